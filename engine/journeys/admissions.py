"""ADT messages: which segments an act's message has, and what stands in them."""

from collections.abc import Callable

from engine.journeys.itinerary import Act
from engine.journeys.people import Person
from engine.journeys.places import FACILITY, SERVICES
from engine.journeys.site_time import stamp
from engine.journeys.stays import Change, Patient, Standing, Stay

_STRUCTURES = {
    "A01": "ADT_A01",
    "A02": "ADT_A02",
    "A03": "ADT_A03",
    "A04": "ADT_A01",
    "A05": "ADT_A05",
    "A08": "ADT_A01",
    "A11": "ADT_A09",
    "A13": "ADT_A01",
    "A28": "ADT_A05",
    "A31": "ADT_A05",
    "A40": "ADT_A39",
}
"""HL7 table 0354: trigger event to message structure."""

_NO_VISIT = "PV1|1|N"
_PATIENT_TYPES = {"I": "IP", "E": "ER", "O": "OP", "P": "PRE"}


def trigger_of(act: Act) -> str:
    """Return the trigger event of *act*'s message."""
    return act.value[:3]


def message_type(act: Act) -> str:
    """Return MSH-9."""
    trigger = trigger_of(act)
    return f"ADT^{trigger}^{_STRUCTURES[trigger]}"


def admission_segments(act: Act, stay: Stay, at: int) -> list[str]:
    """Return every segment after MSH of the message that tells *act*, just performed on *stay* and recorded at *at*."""
    head = f"EVN|{trigger_of(act)}|{stamp(at)}|||CLERK{stay.patient.serial % 7}|{stamp(stay.occurred)}"
    return [head, *_BODIES[act](stay)]


def _arriving(stay: Stay) -> list[str]:
    person = stay.patient.person
    segments = [_pid(stay), *_primary_care(person), f"NK1|1|{person.kin}", _pv1(stay, stay.prior_bed), _pv2(stay)]
    segments += _allergies(stay.patient)
    if stay.standing is not Standing.PLANNED:
        segments.append(_dg1(1, stay.condition.code, stay, "A"))
    return segments + _insurance(stay.patient)


def _transferred(stay: Stay) -> list[str]:
    return [_pid(stay), _pv1(stay, stay.prior_bed), _pv2(stay)]


def _leaving(stay: Stay) -> list[str]:
    segments = [_pid(stay), _pv1(stay), *_allergies(stay.patient), *_coding(stay, "F")]
    return segments + _insurance(stay.patient)


def _updated(stay: Stay) -> list[str]:
    """An update is a snapshot of what changed: groups that did not change are absent, which means keep them."""
    match stay.change:
        case Change.COVERAGE:
            return [_pid(stay), _pv1(stay), *_guarantor(stay.patient), *_insurance(stay.patient)]
        case Change.DIAGNOSIS:
            return [_pid(stay), _pv1(stay), *_coding(stay, "F" if stay.standing is Standing.DISCHARGED else "W")]
        case _:
            person = stay.patient.person
            return [_pid(stay), *_primary_care(person), f"NK1|1|{person.kin}", _pv1(stay), *_guarantor(stay.patient)]


def _cancelled(stay: Stay) -> list[str]:
    return [_pid(stay), _pv1(stay), _dg1(1, stay.condition.code, stay, "W")]


def _reinstated(stay: Stay) -> list[str]:
    return [_pid(stay), _pv1(stay), _pv2(stay), *_allergies(stay.patient), *_coding(stay, "W")]


def _person(stay: Stay) -> list[str]:
    person = stay.patient.person
    head = [_pid(stay, account=""), *_primary_care(person), f"NK1|1|{person.kin}", _NO_VISIT]
    return head + _allergies(stay.patient) + _insurance(stay.patient)


def _merged(stay: Stay) -> list[str]:
    if stay.retired is None:
        return [_pid(stay)]
    mrg = f"MRG|{_identifier(stay.retired)}||||||{stay.retired.person.name}"
    return [_pid(stay, account=""), *_primary_care(stay.patient.person), mrg]


def _person_retired(stay: Stay) -> list[str]:
    """Somebody at another desk still has the old card."""
    retired = stay.retired or stay.patient
    return [_pid_of(retired, "", retired.person.work), f"NK1|1|{retired.person.kin}", _NO_VISIT]


_BODIES: dict[Act, Callable[[Stay], list[str]]] = {
    Act.ADMIT: _arriving,
    Act.TRANSFER: _transferred,
    Act.DISCHARGE: _leaving,
    Act.REGISTER: _arriving,
    Act.PREADMIT: _arriving,
    Act.UPDATE: _updated,
    Act.CANCEL_ADMIT: _cancelled,
    Act.CANCEL_DISCHARGE: _reinstated,
    Act.ADD_PERSON: _person,
    Act.UPDATE_PERSON: _person,
    Act.MERGE: _merged,
    Act.CODE: _updated,
    Act.UPDATE_RETIRED: _person_retired,
}


def _identifier(patient: Patient) -> str:
    return f"{patient.number}^^^{FACILITY}^MR"


def _pid(stay: Stay, account: str | None = None) -> str:
    # HL7: "" deletes what is stored; in the messages after it the field is empty again, which means no information
    work = '""' if stay.change is Change.WORK else stay.patient.person.work
    return _pid_of(stay.patient, stay.account if account is None else account, work)


def _pid_of(patient: Patient, account: str, work: str) -> str:
    person = patient.person
    identifiers = _identifier(patient)
    if person.social_security:
        identifiers = f"{identifiers}~{person.social_security}"
    number = f"{account}^^^{FACILITY}^AN" if account else ""
    segment = (
        f"PID|1||{identifiers}||{person.name}||{person.birth}|{person.sex}||{person.race}|{person.address}||"
        f"{person.telephone}|{work}|{person.language}|{person.marital}||{number}||||{person.ethnicity}"
    )
    return f"{segment}|||||||{person.death}|Y" if person.death else segment


def _primary_care(person: Person) -> list[str]:
    return [f"PD1||||{person.doctor}"] if person.doctor else []


def _pv1(stay: Stay, prior: str = "") -> str:
    doctor, patient_class = stay.attending.xcn, stay.patient_class
    service = SERVICES.get(stay.bed.partition("^")[0], "MED")
    # HL7 tables 0007 and 0023: emergency, through the emergency room; routine, referred by a doctor
    urgency, origin = ("E", "7") if patient_class == "E" else ("R", "1")
    here = f"PV1|1|{patient_class}|{stay.bed}|{urgency}||{prior}|{doctor}|||{service}||||{origin}"
    segment = f"{here}||||{_PATIENT_TYPES[patient_class]}|{stay.number}^^^{FACILITY}^VN"
    if stay.standing is Standing.PLANNED:
        return segment
    left = f"|{stamp(stay.ended)}" if stay.ended else ""
    return f"{segment}|||||||||||||||||{stay.disposition}||||||||{stamp(stay.begun)}{left}"


def _pv2(stay: Stay) -> str:
    if stay.standing is Standing.PLANNED:
        expected = stay.occurred + 60 * _minutes_to_admission(stay)
        return f"PV2|||^{stay.condition.complaint}|||||{stamp(expected)}"
    return f"PV2|||^{stay.condition.complaint}"


def _minutes_to_admission(stay: Stay) -> int:
    minutes = 0
    for step in stay.steps[stay.next_step :]:
        minutes += step.minutes
        if step.act is Act.ADMIT:
            break
    return minutes


def _allergies(patient: Patient) -> list[str]:
    return [f"AL1|{number}|{allergy}" for number, allergy in enumerate(patient.allergies, start=1)]


def _coding(stay: Stay, kind: str) -> list[str]:
    condition = stay.condition
    segments = [_dg1(1, condition.code, stay, kind), _dg1(2, condition.also, stay, kind)]
    if condition.procedure and kind == "F":
        # HL7 table 0230: D diagnostic, P procedure for treatment
        segments.append(f"PR1|1||{condition.procedure}||{stamp(stay.begun + 900)}|P|||||{stay.attending.xcn}")
    return segments


def _dg1(number: int, code: str, stay: Stay, kind: str) -> str:
    return f"DG1|{number}||{code}||{stamp(stay.begun)}|{kind}|||||||||{number}"


def _guarantor(patient: Patient) -> list[str]:
    """Adults answer for themselves, children's next of kin for them."""
    person = patient.person
    if person.minor:
        name, relation, _, telephone = person.kin.split("|")
        return [f"GT1|1||{name}||{person.address}|{telephone}||||I|{relation}"]
    name = person.name.partition("~")[0]
    return [f"GT1|1||{name}||{person.address}|{person.telephone}||{person.birth}|{person.sex}|I|SEL^Self^HL70063"]


def _insurance(patient: Patient) -> list[str]:
    person = patient.person
    if (coverage := person.coverage) is None:
        return []
    name, relation = person.name.partition("~")[0], "CHD^Child^HL70063" if person.minor else "SEL^Self^HL70063"
    plan = f"IN1|1|{coverage.plan}||||{coverage.group}||||{coverage.since}|||{coverage.kind}"
    return [f"{plan}|{name}|{relation}|{person.birth}||||1||||||||||||||{coverage.policy}"]
