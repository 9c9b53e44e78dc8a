"""The event table of HL7.md 3.4 as cases: what comes before, the event, and what the index holds behind it.

docs/reference/events.md is written from it.
"""

from dataclasses import dataclass, field

from tests.unit.index.records_office import Adt

BED_A, BED_B = "MED^1^01^HOSP", "SURG^2^02^HOSP"
TEMPORARY, PENDING = "XRAY^1^01^HOSP", "ICU^1^01^HOSP"
SECOND = "2^^^HOSP^MR"


def _placed(kind: str, minutes: int, **more: object) -> bytes:
    return Adt(kind, minutes, **{"place": BED_A, **more}).payload  # type: ignore[arg-type]  # names of Adt's own fields


ADMITTED = _placed("A01", 10, pv1={7: "D1", 9: "C1"})
REGISTERED = _placed("A04", 10, patient_class="E")
PLANNED = _placed("A05", 5, more=("PV2||||||||20260108",))
TRANSFERRED = _placed("A02", 20, place=BED_B, pv1={6: BED_A})
DISCHARGED = _placed("A03", 30, pv1={36: "01"})
ON_LEAVE = _placed("A21", 30)


@dataclass(frozen=True)
class Row:
    """One row of the table: the effect of one event."""

    kind: str
    name: str
    effect: str
    """For people."""
    event: bytes
    before: tuple[bytes, ...] = ()
    visit: dict[str, object] = field(default_factory=dict)
    """Columns of the one visit, ``places`` of its location history and ``turns`` of its aspects; none: no visit."""
    person: dict[str, object] = field(default_factory=dict)
    """Columns of the one patient, and ``allergies_of``; none: nothing is known of anybody."""


def _swap() -> bytes:
    one, two = _placed("A17", 30, place=BED_B), _placed("A17", 30, patient=SECOND, visit="V2^^^HOSP^VN")
    return one + b"\r".join(two.split(b"\r")[2:])


_ALIVE: dict[str, object] = {"family": "Doe"}
_CONVERTED = ("MRG|1^^^HOSP^MR||||V0^^^HOSP^VN",)

ROWS = (
    Row("A01", "admit", "admitted, in its bed, since PV1-44; a planned visit is promoted", ADMITTED, (PLANNED,),
        {"status": "admitted", "location": BED_A, "places": [BED_A], "provisional": 0}, _ALIVE),
    Row("A02", "transfer", "in the bed of PV1-3 from EVN-6 on; PV1-6 is checked", TRANSFERRED, (ADMITTED,),
        {"status": "admitted", "location": BED_B, "places": [BED_A, BED_B], "flags": ""}, _ALIVE),
    Row("A03", "discharge", "discharged with PV1-45 and PV1-36; the last location stays", DISCHARGED, (ADMITTED,),
        {"status": "discharged", "location": BED_A, "disposition": "01"}, _ALIVE),
    Row("A04", "register", "active, without admission", REGISTERED, (),
        {"status": "active", "patient_class": "E", "provisional": 0}, _ALIVE),
    Row("A05", "pre-admit", "planned: no bed yet, nothing begun", PLANNED, (),
        {"status": "planned", "location": "", "begun_at": None, "provisional": 0}, _ALIVE),
    Row("A06", "outpatient to inpatient", "admitted under the new class; no merge of what MRG names",
        _placed("A06", 20, place=BED_B), (REGISTERED,),
        {"status": "admitted", "patient_class": "I", "location": BED_B}, _ALIVE),
    Row("A07", "inpatient to outpatient", "active under the new class", _placed("A07", 20, patient_class="O"),
        (ADMITTED,), {"status": "active", "patient_class": "O"}, _ALIVE),
    Row("A08", "update", "attributes only; neither status nor location",
        _placed("A08", 20, place=BED_B, pv1={10: "SUR"}, pid={5: "Roe^Jane"}), (ADMITTED,),
        {"status": "admitted", "location": BED_A, "places": [BED_A]}, {"family": "Roe"}),
    Row("A09", "departing, tracking", "on the way to PV1-11 or PV1-42; the census does not change",
        _placed("A09", 20, pv1={11: TEMPORARY, 42: PENDING}), (ADMITTED,),
        {"location": BED_A, "temporary": TEMPORARY, "pending": PENDING, "places": [BED_A]}, _ALIVE),
    Row("A10", "arriving, tracking", "arrived at PV1-11 for a while, else at PV1-3", _placed("A10", 30, place=BED_B),
        (ADMITTED, _placed("A09", 20, pv1={11: TEMPORARY})),
        {"location": BED_B, "temporary": "", "places": [BED_A, BED_B]}, _ALIVE),
    Row("A11", "cancel admit", "cancelled with all that happened in it; planned again behind an A05",
        Adt("A11", 30, 10, place=BED_B).payload, (ADMITTED, TRANSFERRED),
        {"status": "cancelled", "places": []}, _ALIVE),
    Row("A12", "cancel transfer", "back in the bed before; PV1-3 has the last word", Adt("A12", 30, 20).payload,
        (ADMITTED, TRANSFERRED), {"status": "admitted", "location": BED_A, "places": [BED_A]}, _ALIVE),
    Row("A13", "cancel discharge", "open again, without PV1-45 and PV1-36, in the bed of PV1-3",
        Adt("A13", 40, 30, place=BED_B).payload, (ADMITTED, DISCHARGED),
        {"status": "admitted", "location": BED_B, "ended_at": None, "disposition": ""}, _ALIVE),
    Row("A14", "pending admit", "planned", _placed("A14", 10), (), {"status": "planned", "location": ""}, _ALIVE),
    Row("A15", "pending transfer", "PV1-42 is awaited; the location stays", _placed("A15", 20, pv1={42: PENDING}),
        (ADMITTED,), {"pending": PENDING, "location": BED_A}, _ALIVE),
    Row("A16", "pending discharge", "PV2-9 is when it is expected", _placed("A16", 20, more=("PV2|||||||||20260107",)),
        (ADMITTED,), {"status": "admitted", "turns": [("LEAVING", "20260107")]}, _ALIVE),
    Row("A17", "swap", "two visits change places, each to its own PV1-3", _swap(),
        (ADMITTED, Adt("A01", 11, patient=SECOND, visit="V2^^^HOSP^VN", place=BED_B).payload),
        {"location": BED_B, "places": [BED_A, BED_B]}, _ALIVE),
    Row("A19", "query", "no event: nothing is kept", _placed("A19", 20)),
    Row("A20", "bed status", "the bed only: NPU-2 of NPU-1",
        Adt("A20", 20, has_visit=False, more=(f"NPU|{BED_A}|C",)).payload.replace(b"\rPID|||1^^^HOSP^MR||", b"\rZZZ|")),
    Row("A21", "leave begins", "on leave, its bed kept", ON_LEAVE, (ADMITTED,),
        {"status": "leave", "location": BED_A}, _ALIVE),
    Row("A22", "back from leave", "admitted again", _placed("A22", 40), (ADMITTED, ON_LEAVE),
        {"status": "admitted", "location": BED_A}, _ALIVE),
    Row("A23", "delete visit", "nothing is left of the visit but that there was one; the person stays",
        _placed("A23", 40), (ADMITTED, TRANSFERRED), {"status": "deleted", "places": [], "pv1": ""}, _ALIVE),
    Row("A25", "cancel pending discharge", "nothing is expected",
        Adt("A25", 30, 20).payload, (ADMITTED, _placed("A16", 20, more=("PV2|||||||||20260107",))),
        {"status": "admitted", "pv2": "PV2"}, _ALIVE),
    Row("A26", "cancel pending transfer", "nothing is awaited", Adt("A26", 30, 20).payload,
        (ADMITTED, _placed("A15", 20, pv1={42: PENDING})), {"pending": "", "location": BED_A}, _ALIVE),
    Row("A27", "cancel pending admit", "cancelled", Adt("A27", 30, 10).payload, (_placed("A14", 10),),
        {"status": "cancelled"}, _ALIVE),
    Row("A28", "add person", "the person and the numbers; no visit", Adt("A28", 10, patient_class="N").payload, (),
        {}, _ALIVE),
    Row("A29", "delete person", "nothing is left of the person and the visits; the numbers stay",
        Adt("A29", 40, has_visit=False).payload, (ADMITTED,),
        {"status": "deleted", "places": []}, {"family": "", "pid": ""}),
    Row("A31", "update person", "the person; no visit", Adt("A31", 20, pid={5: "Roe^Jane"}).payload, (), {},
        {"family": "Roe"}),
    Row("A32", "cancel arriving", "the A10 did not happen", Adt("A32", 40, 30).payload,
        (ADMITTED, _placed("A09", 20, pv1={11: TEMPORARY}), _placed("A10", 30, place=BED_B)),
        {"location": BED_A, "temporary": TEMPORARY, "places": [BED_A]}, _ALIVE),
    Row("A33", "cancel departing", "the A09 did not happen", Adt("A33", 30, 20).payload,
        (ADMITTED, _placed("A09", 20, pv1={11: TEMPORARY, 42: PENDING})),
        {"location": BED_A, "temporary": "", "pending": ""}, _ALIVE),
    Row("A38", "cancel pre-admit", "cancelled", Adt("A38", 30, 5).payload, (PLANNED,), {"status": "cancelled"}, _ALIVE),
    Row("A52", "cancel leave", "the leave did not happen", Adt("A52", 40, 40).payload, (ADMITTED, ON_LEAVE),
        {"status": "admitted"}, _ALIVE),
    Row("A53", "cancel return from leave", "on leave again", Adt("A53", 50, 50).payload,
        (ADMITTED, ON_LEAVE, _placed("A22", 40)), {"status": "leave"}, _ALIVE),
    Row("A54", "change attending doctor", "PV1-7 from EVN-6 on", _placed("A54", 30, occurred=20, pv1={7: "D2"}),
        (ADMITTED,), {"turns": [("ATTENDING", "D1"), ("ATTENDING", "D2")]}, _ALIVE),
    Row("A55", "cancel change of attending doctor", "PV1-7 as before", Adt("A55", 30, 20).payload,
        (ADMITTED, _placed("A54", 20, pv1={7: "D2"})), {"turns": [("ATTENDING", "D1")]}, _ALIVE),
    *(Row(kind, "not defined", "nothing; said to be undefined", _placed(kind, 20))
      for kind in ("A56", "A57", "A58", "A59")),
    Row("A60", "adverse reactions", "allergies by IAM-6: A adds, U updates, D deletes, X leaves",
        Adt("A60", 20, has_visit=False, more=("IAM|1||N^Nuts||Rash|U", "IAM|2||E^Egg|||D", "IAM|3||M|||A")).payload,
        (Adt("A60", 10, has_visit=False, more=("IAM|1||N^Nuts|SV||A", "IAM|2||E^Egg|||A")).payload,), {},
        {"allergies_of": [("N", "SV", "Rash"), ("M", "", "")]}),
    Row("A61", "change consulting doctors", "PV1-9, all of them, from EVN-6 on", _placed("A61", 30, pv1={9: "C2~C3"}),
        (ADMITTED,), {"turns": [("CONSULTING", "C1"), ("CONSULTING", "C2~C3")]}, _ALIVE),
    Row("A62", "cancel change of consulting doctors", "PV1-9 as before", Adt("A62", 40, 30).payload,
        (ADMITTED, _placed("A61", 30, pv1={9: "C2~C3"})), {"turns": [("CONSULTING", "C1")]}, _ALIVE),
)  # fmt: skip
