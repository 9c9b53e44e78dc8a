"""ORU^R01 messages: patient, visit, order, observations with their statuses, notes and specimen."""

from engine.journeys.laboratory import Order, Report, Status
from engine.journeys.observations import Observation
from engine.journeys.places import FACILITY
from engine.journeys.site_time import stamp

MESSAGE_TYPE = "ORU^R01^ORU_R01"
_ORDER_STATUS = {Status.PRELIMINARY: "IP", Status.FINAL: "CM", Status.CORRECTED: "CM", Status.CANCELLED: "CA"}


def result_segments(order: Order, report: Report, at: int) -> list[str]:
    """Return every segment after MSH of *report*, sent at *at*."""
    segments = [_pid(order)]
    if order.stay.number:
        segments.append(_pv1(order))
    segments.append(
        f"ORC|RE|O{order.number}^{FACILITY}|F{order.number}^LAB||{_ORDER_STATUS[report.status]}|||||||{order.doctor.xcn}"
    )
    segments.append(_obr(order, report, at))
    segments += _observations(order, report)
    if specimen := order.panel.specimen:
        collected = stamp(order.ordered + 300)
        segments.append(
            f"SPM|1|S{order.number}&LAB||{specimen}^SCT|||||||||||||{collected}|{stamp(order.ordered + 900)}"
        )
    return segments + _susceptibilities(order, report, at) if order.susceptible else segments


def _pid(order: Order) -> str:
    patient = order.patient
    person = patient.person
    return (
        f"PID|1||{patient.number}^^^{FACILITY}^MR||{person.name}||{person.birth}|{person.sex}||{person.race}"
        f"|{person.address}||{person.telephone.partition('~')[0]}"
    )


def _pv1(order: Order) -> str:
    stay = order.stay
    return f"PV1|1|{stay.patient_class}|{stay.bed}||||{stay.attending.xcn}||||||||||||{stay.number}^^^{FACILITY}^VN"


def _obr(order: Order, report: Report, at: int) -> str:
    collected, received = stamp(order.ordered + 300), stamp(order.ordered + 900)
    return (
        f"OBR|1|O{order.number}^{FACILITY}|F{order.number}^LAB|{order.panel.code}^LN|||{collected}|||||||{received}"
        f"||{order.doctor.xcn}||||||{stamp(at)}||{order.panel.section}|{report.status.value}"
    )


def _observations(order: Order, report: Report) -> list[str]:
    observed = stamp(order.ordered + 300)
    match report.status:
        case Status.CANCELLED:
            missing = order.found[0]
            return [
                f"OBX|1{missing.head}||||||X|||{observed}",
                "NTE|1|L|Specimen hemolyzed \\T\\ clotted.\\.br\\Please collect again.",
            ]
        case Status.CORRECTED:
            first, *rest = _obx(order.found, "F", observed)
            end = f"F|||{observed}"
            corrected = f"{first.removesuffix(end)}C|||{observed}"
            before = order.replaced.split("^")
            said = before[1] if len(before) > 1 else before[0]
            note = f"NTE|1|L|Corrected result, was {said}.\\.br\\Called to Dr. {order.doctor.family} \\T\\ read back."
            return [corrected, note, *rest]
        case status:
            return _obx(order.found, status.value, observed)


def _obx(found: list[Observation], status: str, observed: str) -> list[str]:
    end = f"{status}|||{observed}"
    return [f"OBX|{number}{head}{value}{tail}{end}" for number, (head, value, tail) in enumerate(found, start=1)]


def _susceptibilities(order: Order, report: Report, at: int) -> list[str]:
    """Return the child order: HL7 OBR-26 names the organism's observation, OBR-29 the parent order."""
    organism = order.found[0].value.split("^")[1]
    status, collected = report.status.value, stamp(order.ordered + 300)
    request = f"OBR|2||F{order.number}S^LAB|50545-3^Bacterial susceptibility panel by MIC^LN|||{collected}||||G"
    parent_result = f"{order.panel.code.replace('^', '&')}&LN^1^{organism}"
    parent = f"O{order.number}&{FACILITY}^F{order.number}&LAB"
    return [
        f"{request}|||||{order.doctor.xcn}||||||{stamp(at)}||MB|{status}|{parent_result}|||{parent}",
        *_obx(order.susceptible, status, collected),
    ]
