"""Messages about who is who, and the index read as people read it: by number, through merges and moves."""

from engine.index import tables
from engine.index.decisions import Action, Choice, effect_of
from engine.index.effects import Facts
from engine.index.fold import fold
from engine.index.identity_records import MergeState
from tests.unit.index.records_office import Adt, Office, at

ONE, TWO, THREE = "1^^^HOSP^MR", "2^^^HOSP^MR", "3^^^HOSP^MR"


def person(minutes: int, patient: str, *, kind: str = "A28", born: str = "19800101", **pid: str) -> bytes:
    """Return a message about a person alone."""
    names = {"name": 5, "sex": 8, "street": 11, "account": 18, "ssn": 19}
    shown = {names[name]: value for name, value in pid.items()}
    return Adt(kind, minutes, patient=patient, pid={7: born, **shown}, has_visit=False).payload


def visit(minutes: int, patient: str, number: str, account: str = "", kind: str = "A01") -> bytes:
    """Return an admission."""
    pid = {18: account} if account else {}
    return Adt(kind, minutes, patient=patient, visit=f"{number}^^^HOSP^VN", place="W^1", pid=pid).payload


def identity(kind: str, minutes: int, *segments: str) -> bytes:
    """Return a message of that event with exactly these segments."""
    header = f"MSH|^~\\&|ADT|HOSP|E|E|{at(minutes)}||ADT^{kind}|C1|P|2.5.1"
    return "\r".join([header, f"EVN|{kind}|{at(minutes)}", *segments, ""]).encode()


def pid(patient: str, *, external: str = "", alternate: str = "", account: str = "") -> str:
    """Return a PID."""
    fields = ["PID", "", external, patient, alternate, "Doe^Jane", "", "19800101", "F", *[""] * 9, account]
    return "|".join(fields)


def mrg(patient: str = "", *, account: str = "", number: str = "", alternate: str = "", external: str = "") -> str:
    """Return an MRG: the patient, MRG-2 or MRG-4, the account, the visit's number."""
    return "|".join(["MRG", patient, "", account, external, number, alternate])


def pv1(number: str = "", alternate: str = "") -> str:
    """Return a PV1 with nothing but its numbers."""
    fields = ["PV1", "", "I", *[""] * 16, number, *[""] * 30, alternate]
    return "|".join(fields)


def of(office: Office, key: str) -> dict[str, object]:
    """Return the patient that an identifier leads to, before any pointer."""
    (row,) = [row for row in office.rows(tables.IDENTIFIER) if row["key"] == key]
    return next(each for each in office.rows(tables.PATIENT) if each["id"] == row["patient_id"])


def reader(office: Office, key: str) -> str:
    """Return the lane of the patient through whom an identifier is read."""
    patients = {row["id"]: row for row in office.rows(tables.PATIENT)}
    found = of(office, key)
    while found["merged_into"] is not None:
        found = patients[found["merged_into"]]
    return str(found["lane_key"])


def visits(office: Office) -> dict[str, str]:
    """Return by number through which patient each visit is read; one that goes on as another by that one's number."""
    patients = {row["id"]: row for row in office.rows(tables.PATIENT)}
    encounters = {row["id"]: row for row in office.rows(tables.ENCOUNTER)}
    told: dict[str, str] = {}
    for row in encounters.values():
        last = row
        while last["merged_into"] is not None:
            last = encounters[last["merged_into"]]
        owner = patients[last["moved_to"] or last["patient_id"]]
        while owner["merged_into"] is not None:
            owner = patients[owner["merged_into"]]
        shown = owner["lane_key"] if last is row else f"as {last['number_key']}"
        told[row["number_key"]] = str(shown)
    return told


def states(office: Office) -> list[tuple[str, MergeState, str]]:
    """Return what became of all that was asked for."""
    rows = office.rows(tables.MERGE)
    return [(row["kind"], MergeState(row["state"]), row["reason"]) for row in rows]


def decide(office: Office, action: Action, place: int = -1) -> None:
    """Let a person decide about a merge: the last one, if nothing is said."""
    row = office.rows(tables.MERGE)[place]
    decide_about(office, Choice(action, (row["message_id"], row["ordinal"], row["number"])))


def decide_about(office: Office, choice: Choice) -> None:
    """Let a person decide."""
    concerned = [row["lane_key"] for row in office.rows(tables.PATIENT)]
    effect = effect_of(choice, concerned, 1_767_800_000_000_000)
    facts = Facts(effect.kind, effect.effective_us, (effect.retired,), effect.retired, (effect,), ())
    events = [row["ordinal"] for row in office.rows(tables.EVENT) if row["message_id"] == office.messages]
    working = office.index.load(office.connection, [facts])
    fold(working.states, office.messages, facts, max(events, default=0) + 1)
    office.index.write(office.connection, working)
