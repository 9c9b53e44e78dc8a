"""Payers that do not exist, and the policies people hold with them."""

from dataclasses import dataclass

from engine.journeys.dice import Dice


@dataclass(frozen=True, slots=True)
class Coverage:
    """One policy: what IN1 says of it."""

    plan: str
    """IN1-2 to IN1-4."""

    kind: str
    """IN1-15."""

    group: str
    policy: str
    """IN1-36."""

    since: str
    """IN1-12."""


# \T\ is an ampersand in the payer's name: whoever forgets to escape or unescape is found out here
_COMMERCIAL = (
    ("PPO1^Choice PPO^L|HP01|Harbor \\T\\ Pine Mutual", "PPO"),
    ("HMO2^Family HMO^L|BR02|Blue Ridge Example Health", "HMO"),
    ("POS3^Open Access^L|TS03|Tar \\T\\ Sand Employees Trust", "POS"),
)
_FEDERAL = ("FED1^Seniors A and B^L|FS01|Federal Seniors Example Plan", "MC")
_STATE = ("STA1^State Aid^L|SA01|State Aid Example Plan", "MD")
_SELF_PAY_SHARE = 0.08


def some_coverage(dice: Dice, age: int, year: int) -> Coverage | None:
    """Return a policy fitting *age* that began before the current *year*, or None for people who pay themselves."""
    if dice.chance(_SELF_PAY_SHARE):
        return None
    plan, kind = _FEDERAL if age >= 65 else _STATE if dice.chance(0.25) else dice.pick(_COMMERCIAL)
    group = f"GRP{dice.between(1000, 9999)}"
    return Coverage(
        plan, kind, group, f"XX{dice.between(1_000_000, 9_999_999)}", f"{dice.between(year - 8, year - 1)}0101"
    )
