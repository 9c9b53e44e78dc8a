"""A second, independent account of a stream: it reads only bytes, and says which message could not have happened."""

from dataclasses import dataclass, field

from engine.journeys import Event


class ContradictionError(AssertionError):
    """A message that contradicts those before it."""


@dataclass(slots=True)
class Visit:
    """How a visit stands, as the messages tell it."""

    owner: str
    state: str = "none"
    bed: str = ""
    occurred: str = ""
    left: str = ""


@dataclass(slots=True)
class Order:
    """What has been reported of an order."""

    code: str
    patient_key: str
    status: str = ""


@dataclass(slots=True)
class Ledger:
    """Everything the messages so far have said."""

    known: set[str] = field(default_factory=set)
    retired: dict[str, int] = field(default_factory=dict)
    """Retired number: how often it was used after the merge."""

    keys: dict[str, str] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)
    beds: dict[str, str] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)


_FROM = {
    "A01": {"none", "planned", "active"},
    "A02": {"admitted"},
    "A03": {"active", "admitted"},
    "A04": {"none"},
    "A05": {"none"},
    "A08": {"planned", "active", "admitted", "discharged"},
    "A11": {"active", "admitted"},
    "A13": {"discharged"},
}
_TO = {"A01": "admitted", "A03": "discharged", "A04": "active", "A05": "planned", "A11": "cancelled"}
_NEXT_STATUS = {"": {"P", "F", "X"}, "P": {"F"}, "F": {"C"}, "C": set[str](), "X": set[str]()}


def segments_of(payload: bytes) -> dict[str, list[str]]:
    """Return the first segment of each name as its fields, indexed as HL7 numbers them."""
    found: dict[str, list[str]] = {}
    for text in payload.decode().split("\r")[:-1]:
        fields = text.split("|")
        found.setdefault(fields[0], ["MSH", "|", *fields[1:]] if fields[0] == "MSH" else fields + [""] * 60)
    return found


def record(ledger: Ledger, event: Event) -> None:
    """Enter *event*, or raise ContradictionError."""
    segments = segments_of(event.payload)
    number = segments["PID"][3].split("^")[0]
    expect(ledger.keys.setdefault(number, event.patient_key) == event.patient_key, "a person's key changes", event)
    if number in ledger.retired:
        ledger.retired[number] += 1
        expect(event.kind in ("ADT^A31", "ORU^R01"), "a retired number opens something", event)
    if event.kind == "ORU^R01":
        _result(ledger, event, number, segments)
    elif event.kind == "ADT^A40":
        _merge(ledger, event, number, segments["MRG"][1].split("^")[0])
    elif event.kind in ("ADT^A28", "ADT^A31"):
        expect((number in ledger.known) is (event.kind == "ADT^A31"), "a person is added twice or never", event)
        ledger.known.add(number)
    else:
        ledger.known.add(number)
        _movement(ledger, event, number, segments)


def _movement(ledger: Ledger, event: Event, number: str, segments: dict[str, list[str]]) -> None:
    trigger, evn, pv1 = event.kind[4:], segments["EVN"], segments["PV1"]
    visit = ledger.visits.setdefault(pv1[19].split("^")[0], Visit(number))
    expect(visit.owner == number, "a visit changes its patient without a merge", event)
    expect(visit.state in _FROM[trigger], f"{trigger} while {visit.state}", event)
    expect(evn[6] <= evn[2], "recorded before it occurred", event)
    if trigger in ("A11", "A13"):
        expect(evn[6] == (pv1[44] if trigger == "A11" else visit.left), "a cancel names another time", event)
    else:
        expect(evn[6] >= visit.occurred, "occurred before the act before", event)
        visit.occurred = evn[6]
    if trigger == "A02":
        expect(pv1[6] == visit.bed != pv1[3], "transferred from where the patient is not", event)
    if trigger == "A03":
        visit.left = evn[6]
    visit.state = _TO.get(trigger, visit.state)
    if trigger == "A13":
        visit.state = "admitted" if pv1[2] == "I" else "active"
    _lie(ledger, event, visit, pv1[3])


def _lie(ledger: Ledger, event: Event, visit: Visit, bed: str) -> None:
    """Move the patient into *bed*, which must be free; clinics have no beds."""
    ledger.beds.pop(visit.bed, None)
    visit.bed = bed
    if visit.state in ("active", "admitted") and not bed.startswith(("CLIN", "IMAG", "INFU")):
        expect(bed not in ledger.beds, "two patients in one bed", event)
        ledger.beds[bed] = visit.owner


def _merge(ledger: Ledger, event: Event, survivor: str, source: str) -> None:
    expect({survivor, source} <= ledger.known and survivor != source, "merges somebody unknown", event)
    expect(not {survivor, source} & ledger.retired.keys(), "merges a retired number", event)
    expect(ledger.keys[source] == ledger.keys[survivor], "one person has two keys", event)
    ledger.retired[source] = 0
    for visit in ledger.visits.values():
        if visit.owner == source:
            visit.owner = survivor


def _result(ledger: Ledger, event: Event, number: str, segments: dict[str, list[str]]) -> None:
    orc, obr = segments["ORC"], segments["OBR"]
    expect(number in ledger.known, "a result for somebody never registered", event)
    expect(orc[2:4] == obr[2:4], "ORC and OBR name different orders", event)
    expect(segments["OBR"][7] < segments["MSH"][7], "reported before the specimen was taken", event)
    order = ledger.orders.setdefault(obr[3], Order(obr[4], event.patient_key))
    expect((order.code, order.patient_key) == (obr[4], event.patient_key), "an order changes hands", event)
    expect(obr[25] in _NEXT_STATUS[order.status], f"{obr[25]} after {order.status or 'nothing'}", event)
    order.status = obr[25]
    if "PV1" in segments and number not in ledger.retired:
        visit = ledger.visits[segments["PV1"][19].split("^")[0]]
        expect(visit.owner == number, "a result on another patient's visit", event)


def expect(holds: bool, contradiction: str, event: Event) -> None:
    """Raise ContradictionError unless *holds*."""
    if not holds:
        raise ContradictionError(f"{event.control_id} {event.kind}: {contradiction}")
