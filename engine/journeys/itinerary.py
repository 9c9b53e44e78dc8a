"""What will happen to a patient, drawn whole on arrival: acts in an order that a hospital could live through."""

from enum import Enum
from typing import NamedTuple

from engine.journeys.dice import Dice


class Act(Enum):
    """Something admissions does; each is one ADT message, except a late result, which the laboratory sends."""

    ADMIT = "A01"
    TRANSFER = "A02"
    DISCHARGE = "A03"
    REGISTER = "A04"
    PREADMIT = "A05"
    UPDATE = "A08"
    CANCEL_ADMIT = "A11"
    CANCEL_DISCHARGE = "A13"
    ADD_PERSON = "A28"
    UPDATE_PERSON = "A31"
    MERGE = "A40"
    CODE = "A08 with final diagnoses"
    UPDATE_RETIRED = "A31 under the retired number"
    RESULT_RETIRED = "R01 under the retired number"


class Step(NamedTuple):
    """An act, so many minutes after the one before: five or more, so that it occurs after that one was recorded."""

    minutes: int
    act: Act


def newcomer(dice: Dice) -> list[Step]:
    """Return the journey of somebody never seen before."""
    if not dice.chance(0.12):
        return _visit(dice, 0)
    steps = [Step(0, Act.ADD_PERSON)]
    if dice.chance(0.3):
        steps.append(Step(dice.between(10, 120), Act.UPDATE_PERSON))
    return steps + _visit(dice, dice.between(10, 300))


def returning(dice: Dice) -> list[Step]:
    """Return the journey of somebody who has been here before."""
    if dice.chance(0.2):
        return [Step(0, Act.UPDATE_PERSON), *_visit(dice, dice.between(10, 300))]
    return _visit(dice, 0)


def mistaken(dice: Dice) -> list[Step]:
    """Return the journey of somebody registered under a second number, found out, and met under it once more."""
    steps = [Step(0, Act.REGISTER)]
    if dice.chance(0.3):
        steps.append(Step(dice.between(5, 30), Act.UPDATE))
    steps.append(Step(dice.between(20, 180), Act.MERGE))
    steps.append(Step(dice.between(15, 90), Act.DISCHARGE))
    steps.append(Step(dice.between(20, 240), dice.pick((Act.UPDATE_RETIRED, Act.RESULT_RETIRED))))
    return steps


def _visit(dice: Dice, minutes: int) -> list[Step]:
    """Return one visit that begins after *minutes*."""
    kind = dice.roll()
    if kind < 0.50:
        return [Step(minutes, Act.REGISTER), *_outpatient(dice)]
    if kind < 0.68:
        return [Step(minutes, Act.REGISTER), Step(dice.between(60, 300), Act.ADMIT), *_inpatient(dice)]
    if kind < 0.80:
        return [Step(minutes, Act.PREADMIT), *_planned(dice), *_inpatient(dice)]
    if kind < 0.82:
        return [Step(minutes, Act.ADMIT), Step(dice.between(5, 90), Act.CANCEL_ADMIT)]
    return [Step(minutes, Act.ADMIT), *_inpatient(dice)]


def _outpatient(dice: Dice) -> list[Step]:
    if dice.chance(0.04):
        return [Step(dice.between(5, 40), Act.CANCEL_ADMIT)]
    steps = [Step(dice.between(10, 60), Act.UPDATE)] if dice.chance(0.4) else []
    return steps + _leaving(dice, dice.between(30, 180))


def _planned(dice: Dice) -> list[Step]:
    steps = [Step(dice.between(30, 240), Act.UPDATE)] if dice.chance(0.3) else []
    return [*steps, Step(dice.between(120, 2_880), Act.ADMIT)]


def _inpatient(dice: Dice) -> list[Step]:
    steps: list[Step] = []
    for _ in range(dice.pick((0, 0, 1, 1, 2))):
        steps.append(Step(dice.between(60, 900), Act.TRANSFER))
        if dice.chance(0.6):
            steps.append(Step(dice.between(10, 400), Act.UPDATE))
    if dice.chance(0.6):
        steps.append(Step(dice.between(10, 600), Act.UPDATE))
    return steps + _leaving(dice, dice.between(240, 2_400))


def _leaving(dice: Dice, minutes: int) -> list[Step]:
    """Return the discharge, sometimes taken back and given again, and what is done about the papers afterwards."""
    steps = [Step(minutes, Act.DISCHARGE)]
    if dice.chance(0.07):
        steps.append(Step(dice.between(5, 60), Act.CANCEL_DISCHARGE))
        steps.append(Step(dice.between(20, 240), Act.DISCHARGE))
    if dice.chance(0.3):
        steps.append(Step(dice.between(60, 1_440), Act.CODE))
    if dice.chance(0.1):
        steps.append(Step(dice.between(60, 1_440), Act.UPDATE_PERSON))
    return steps
