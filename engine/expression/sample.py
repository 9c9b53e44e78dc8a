"""The message, made up, that the examples of the functions' reference page are run on."""

from engine.context import Charge, Knowledge, Needs

SAMPLE = "\r".join(
    (
        r"MSH|^~\&|ADT1|STMARY|HUB|HUB|20240201102900-0500||ADT^A01^ADT_A01|MSG001|P|2.5.1",
        "EVN|A01|20240201102900-0500",
        "PID|1||100234^^^STMARY^MR~987654321^^^SSA^SS||DOE^JANE^Q||19800229|F",
        "NK1|1|DOE^JOHN|SPO",
        "NK1|2|DOE^JIM|CHD",
        "PV1|1|I|ICU^101^A",
        "",
    )
)
RECEIVED_AT = "2024-02-01T10:30:00"
ZONE = "America/New_York"
DESTINATION = "billing"
TABLE = ("patient-class", "from,to,display\nI,INP,Inpatient\nO,OUT,Outpatient\n")

KNOWN = Knowledge(
    Needs(frozenset({"PID", "IN1"}), locations=True, charges=True),
    ("PID|1||100234^^^STMARY^MR||DOE^JANE", "IN1|1|BLUE1|77^^^BLUE|Blue Mutual"),
    ((1_706_000_000_000_000, "3N^301^A"),),
    orders=frozenset({"LAB|F1"}),
    charges=(Charge("LAB|F1", "30001", "charged"),),
)
"""What the record index knows of its patient."""
