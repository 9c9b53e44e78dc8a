"""Orders and how their results come: preliminary, final, sometimes corrected, now and then not at all."""

from dataclasses import dataclass
from enum import Enum

from engine.journeys import microbiology
from engine.journeys.dice import Dice
from engine.journeys.observations import Observation
from engine.journeys.panels import ORDERABLE, ORDERABLE_FOR_MINORS, PANELS, Course, Panel
from engine.journeys.places import DOCTORS, Doctor
from engine.journeys.stays import Patient, Stay


class Status(Enum):
    """OBR-25 and, for what it is about, OBX-11."""

    PRELIMINARY = "P"
    FINAL = "F"
    CORRECTED = "C"
    CANCELLED = "X"


@dataclass(frozen=True, slots=True)
class Report:
    """One message to come."""

    minutes: int
    """After the report before it, or after the order."""

    status: Status


class Order:
    """One order from the moment it is placed; every report of it is planned then."""

    __slots__ = (
        "doctor",
        "found",
        "next_report",
        "number",
        "ordered",
        "panel",
        "patient_under",
        "replaced",
        "reports",
        "stay",
        "susceptible",
    )

    def __init__(self, number: int, stay: Stay, panel: Panel, ordered: int) -> None:
        self.number = number
        self.stay = stay
        self.panel = panel
        self.ordered = ordered
        self.doctor: Doctor = stay.attending
        self.patient_under: Patient | None = None
        """Whom the laboratory takes the patient for, where it has not heard of a merge."""
        self.reports: tuple[Report, ...] = ()
        self.next_report = 0
        self.found: list[Observation] = []
        self.susceptible: list[Observation] = []
        self.replaced = ""
        """The text a correction replaces; the replaced observation is the first."""

    @property
    def patient(self) -> Patient:
        """Whom the report names."""
        return self.patient_under or self.stay.patient

    @property
    def finished(self) -> bool:
        """Whether every report has been sent."""
        return self.next_report >= len(self.reports)


def place_order(dice: Dice, number: int, stay: Stay, now: int) -> Order:
    """Return an order for *stay*'s patient with everything that will be reported."""
    catalogue = ORDERABLE_FOR_MINORS if stay.patient.person.minor else ORDERABLE
    order = Order(number, stay, dice.pick(catalogue), now)
    if dice.chance(0.25):
        order.doctor = dice.pick(DOCTORS)
    order.reports = _course(dice, order.panel)
    order.found = _found(dice, order.panel)
    return order


def place_stray_order(dice: Dice, number: int, stay: Stay, now: int) -> Order:
    """Return an order that the laboratory reports at once, under the number that a merge has retired."""
    order = Order(number, stay, PANELS[0], now - 1_800)
    order.patient_under = stay.retired
    order.reports = (Report(0, Status.FINAL),)
    order.found = _found(dice, order.panel)
    return order


def advance(dice: Dice, order: Order) -> Report:
    """Take the next report of *order* and find what it newly finds."""
    report = order.reports[order.next_report]
    order.next_report += 1
    if report.status is Status.FINAL and order.panel.course is Course.CULTURE:
        order.found = microbiology.grown(dice, order.panel.code)
        if order.found[0].tail.endswith("A|||"):
            order.susceptible = microbiology.susceptibilities(dice)
    if report.status is Status.CORRECTED:
        _correct(dice, order)
    return report


def _course(dice: Dice, panel: Panel) -> tuple[Report, ...]:
    minutes = dice.between(*panel.minutes)
    fate = dice.roll()
    if fate < 0.015:
        return (Report(minutes, Status.CANCELLED),)
    final = Report(minutes, Status.FINAL)
    preliminary: tuple[Report, ...] = ()
    if panel.course is Course.CULTURE or fate < 0.3:
        final = Report(dice.between(15, 240), Status.FINAL)
        preliminary = (Report(minutes, Status.PRELIMINARY),)
    if fate > 0.94 and panel.course is Course.AT_ONCE:
        return (*preliminary, final, Report(dice.between(30, 600), Status.CORRECTED))
    return (*preliminary, final)


def _found(dice: Dice, panel: Panel) -> list[Observation]:
    match panel.course:
        case Course.AT_ONCE:
            return [finding.draw(dice) for finding in panel.findings]
        case Course.CULTURE:
            return microbiology.growing(panel.code)
        case Course.NARRATIVE:
            return microbiology.narrative(dice)


def _correct(dice: Dice, order: Order) -> None:
    """Find the first observation again until it says something else; HL7: C replaces a final."""
    before = order.found[0]
    order.replaced = before.value
    while order.found[0].value == before.value:
        order.found[0] = order.panel.findings[0].draw(dice)
