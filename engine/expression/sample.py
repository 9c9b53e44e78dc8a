"""The message, made up, that the examples of the functions' reference page are run on."""

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
