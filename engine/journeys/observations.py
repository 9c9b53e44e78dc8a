"""One observation: what may be found, drawn as the text of OBX-2 to OBX-10."""

from dataclasses import dataclass
from typing import NamedTuple

from engine.journeys.dice import Dice


class Observation(NamedTuple):
    """A result as drawn; status and times are added when it is reported."""

    head: str
    """``|NM|718-7^Hemoglobin^LN||``: OBX-2 to OBX-4 with the separators around."""

    value: str
    tail: str
    """``|g/dL^^UCUM|12.0-16.0|H|||``: OBX-6 to OBX-10 with the separators around."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A number with units and a reference range."""

    head: str
    low: float
    high: float
    digits: int
    unit: str
    usual: str
    """OBX-7."""

    abnormal_share: float

    def draw(self, dice: Dice) -> Observation:
        """Return a value inside the range, or beyond it in the given share, flagged by what is printed."""
        span = self.high - self.low
        value = self.low + span * dice.roll()
        if dice.roll() < self.abnormal_share:
            # above, or below where there is room for it; a tenth of these are critical
            beyond = span * (0.04 + (0.6 if dice.roll() < 0.9 else 1.6) * dice.roll())
            value = self.low - beyond if self.low > beyond and dice.roll() < 0.45 else self.high + beyond
        text = f"{value:.{self.digits}f}"
        return Observation(self.head, text, f"{self.unit}|{self.usual}|{self._flag(float(text))}|||")

    def _flag(self, value: float) -> str:
        span = self.high - self.low
        if value > self.high:
            return "HH" if value > self.high + 0.7 * span else "H"
        if value < self.low:
            return "LL" if value < self.low - 0.7 * span else "L"
        return "N"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A coded or plain text with a usual answer."""

    head: str
    usual: tuple[str, ...]
    unusual: tuple[str, ...]
    abnormal_share: float
    reference: str

    def draw(self, dice: Dice) -> Observation:
        """Return a usual answer, or in the given share an unusual one, flagged A."""
        if dice.roll() < self.abnormal_share:
            return Observation(self.head, dice.pick(self.unusual), f"||{self.reference}|A|||")
        return Observation(self.head, dice.pick(self.usual), f"||{self.reference}|N|||")


Finding = Measured | Chosen


def measured(code: str, low: float, high: float, unit: str, abnormal_share: float = 0.18) -> Measured:
    """Return a number; as many digits as the bounds have. *code* is ``718-7^Hemoglobin``."""
    digits = max(len(str(bound).partition(".")[2]) if isinstance(bound, float) else 0 for bound in (low, high))
    usual = f"{low}-{high}" if low else f"<{high}"
    return Measured(f"|NM|{code}^LN||", low, high, digits, f"|{unit}^^UCUM", usual, abnormal_share)


def coded(code: str, usual: str, unusual: tuple[str, ...], abnormal_share: float) -> Chosen:
    """Return a coded answer: SNOMED CT ``260415000^Not detected``."""
    return Chosen(
        f"|CE|{code}^LN||",
        (f"{usual}^SCT",),
        tuple(f"{one}^SCT" for one in unusual),
        abnormal_share,
        usual.partition("^")[2],
    )


def worded(code: str, usual: tuple[str, ...], unusual: tuple[str, ...], abnormal_share: float) -> Chosen:
    """Return an answer in words."""
    return Chosen(f"|ST|{code}^LN||", usual, unusual, abnormal_share, usual[0])
