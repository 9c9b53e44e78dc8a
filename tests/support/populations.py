"""Invented populations with seeded duplicates: who they are, how clerks write them twice, and which pairs are true.

It knows nothing of how duplicates are found. Names come from syllables in seven scripts, the frequent ones far oftener;
households share names, houses and telephones; there are twins, and sons named after their fathers. The slips follow
the rates of Just et al., Perspectives in Health Information Management 2016, as far as those tell them.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import NamedTuple

_LATIN = (
    "ba be bel ber bor ca car co da de dor el fa fer gar go ha hen hol ja ka ko la len lo ma mar mi mon na no "
    "o per ra ri ro sa san so ta ter va wal wil za zi "
)
_ENDS = "ck d er ez in ini ke l ley man mann n nd ng ova r rd ren ric rs s sen ski son ston t tt well y"
_MEN = (
    "James Robert John Michael David William Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony "
    "Mark Steven Andrew Paul Joshua Kenneth Kevin Brian George Timothy Ronald Edward Jason Jeffrey Ryan Jacob "
    "Gary Nicholas Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander Patrick "
    "Frank Raymond Jack Dennis Jerry Tyler Aaron Jose Adam Nathan Henry Zachary Douglas Peter Kyle Noah Ethan "
    "Jeremy Walter Christian Keith Roger "
)
_WOMEN = (
    "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Betty Sandra Margaret "
    "Ashley Kimberly Emily Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Sharon Laura Cynthia "
    "Dorothy Amy Kathleen Angela Shirley Emma Brenda Pamela Nicole Anna Samantha Katherine Christine Debra "
    "Rachel Carolyn Janet Maria Olivia Heather Helen Catherine Diane Julie Victoria Joyce Lauren Kelly "
    "Christina Ruth Joan Virginia Judith Evelyn Hannah "
)
_GIVEN = (_MEN.split(), _WOMEN.split())
_NICKNAMES = {
    "James": "Jim", "Robert": "Bob", "John": "Jack", "Michael": "Mike", "David": "Dave", "William": "Bill",
    "Richard": "Rick", "Joseph": "Joe", "Thomas": "Tom", "Charles": "Chuck", "Christopher": "Chris", "Daniel": "Dan",
    "Matthew": "Matt", "Anthony": "Tony", "Edward": "Ted", "Elizabeth": "Beth", "Margaret": "Peggy", "Patricia": "Pat",
    "Jennifer": "Jenny", "Susan": "Sue", "Deborah": "Debbie", "Rebecca": "Becky", "Katherine": "Kate",
    "Christina": "Tina", "Samantha": "Sam", "Victoria": "Vicky", "Judith": "Judy", "Benjamin": "Ben", "Samuel": "Sam",
}  # fmt: skip
_SCRIPTS = (
    ("иван ков енко шев чук петр ова сид ор мель ник боб ров", "андр ей оль га ирин а серг маря на вла дим ир", 2, 3),
    ("παπα δο που λος γεωρ γιου νικο λαου μαρ κου", "ελε νη νικ ος μαρι α γιωρ γος σοφι", 2, 3),
    ("김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권", "지 우 서 연 민 준 도 윤 하 은 수 현 영 진", 1, 2),
    ("王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡", "伟 芳 秀 英 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟", 1, 2),
    ("حد اد منص ور خل يل نج ار صب اغ", "فا طمة أح مد يو سف لي لى مر يم", 2, 2),
    ("शर् मा वर् गुप् ता सिं ह पटे ल कु मार", "प्रि या रा हुल अन न्या वि क्रम सु नी ता", 2, 2),
)
_STREETS = (
    "Example St",
    "Sample Avenue",
    "Placeholder Ln",
    "Specimen Road",
    "Invented Way",
    "Nowhere Blvd",
    "Fiction Ct",
)


@dataclass(frozen=True, slots=True)
class Somebody:
    """What is true of one person."""

    family: str
    given: str
    middle: str
    suffix: str
    born: str
    sex: str
    ssn: str
    phone: str
    street: str
    postal: str


class Population(NamedTuple):
    """Patients as the index holds them, and which two numbers are one person's."""

    patients: list[tuple[int, str]]
    """Number and PID segment."""
    duplicates: set[tuple[int, int]]


def population(size: int, share: float = 0.05, seed: int = 1) -> Population:
    """Return *size* patients, of whom a *share* is somebody else's duplicate, in random order."""
    dice = random.Random(seed)
    second = round(size * share)
    people = _people(dice, size - second)
    twice = dice.sample(range(len(people)), second)
    records = [(place, person) for place, person in enumerate(people)]
    records += [(place, _written_again(dice, people[place])) for place in twice]
    dice.shuffle(records)
    numbers: dict[int, int] = {}
    duplicates: set[tuple[int, int]] = set()
    patients = []
    for number, (place, person) in enumerate(records, 1):
        patients.append((number, _pid(number, person)))
        if place in numbers:
            duplicates.add((numbers[place], number))
        numbers[place] = number
    return Population(patients, duplicates)


class _Names:
    """Who is called what, the frequent names far oftener (Zipf)."""

    def __init__(self, dice: random.Random) -> None:
        begins, ends = _LATIN.split(), _ENDS.split()
        made = {
            (dice.choice(begins) + dice.choice([*begins, ""]) + dice.choice(ends)).capitalize() for _ in range(14_000)
        }
        self._families = sorted(made)
        dice.shuffle(self._families)
        self._weights = list(accumulate(1.0 / (place + 12) for place in range(len(self._families))))

    def of(self, dice: random.Random, sex: str) -> tuple[str, str]:
        """Return a family and a given name."""
        if dice.random() < 0.08:
            family, given, most, least = dice.choice(_SCRIPTS)
            made = ["".join(dice.choices(text.split(), k=count)) for text, count in ((family, most), (given, least))]
            return made[0], made[1]
        family = dice.choices(self._families, cum_weights=self._weights)[0]
        names = _GIVEN[sex == "F"]
        place = min(int(dice.expovariate(1 / 22)), len(names) - 1)
        given = names[place]
        if dice.random() < 0.35:  # the long tail of rarer names
            given = (dice.choice(_LATIN.split()) + dice.choice(("lia", "nna", "ra", "don", "vin", "ray"))).capitalize()
        return family, given


def _people(dice: random.Random, count: int) -> list[Somebody]:
    """Return people in households: one to five who share a house, mostly a name, often a telephone."""
    names = _Names(dice)
    people: list[Somebody] = []
    while len(people) < count:
        head = _one(dice, names)
        people.append(head)
        for _ in range(dice.choice((0, 0, 0, 1, 1, 2, 3, 4))):
            other = _one(dice, names)
            family = head.family if dice.random() < 0.8 else other.family
            phone = head.phone if dice.random() < 0.5 else other.phone
            other = replace(other, family=family, phone=phone, street=head.street, postal=head.postal)
            luck = dice.random()
            if luck < 0.015:
                other = replace(other, born=people[-1].born, family=people[-1].family, phone=people[-1].phone)
            elif luck < 0.035 and head.sex == "M":
                father = f"{int(head.born[:4]) - dice.randint(20, 40)}{other.born[4:]}"
                marked = ("SR", "JR") if dice.random() < 0.6 else ("", "")
                other = replace(other, given=head.given, family=head.family, sex="M", born=father, suffix=marked[0])
                people[-1] = replace(people[-1], suffix=marked[1]) if people[-1] is head else people[-1]
            people.append(other)
    return people[:count]


def _one(dice: random.Random, names: _Names) -> Somebody:
    sex = dice.choice("FM")
    family, given = names.of(dice, sex)
    return Somebody(
        family,
        given,
        dice.choice("ABCDEGHJKLMPRSTW") if dice.random() < 0.5 else "",
        "",
        f"{dice.randint(1930, 2024)}{dice.randint(1, 12):02}{dice.randint(1, 28):02}",
        sex,
        _a_number(dice) if dice.random() < 0.55 else "",
        _a_phone(dice),
        f"{dice.randint(1, 2999)} {dice.choice(_STREETS)}",
        f"{27000 + min(int(dice.expovariate(1 / 60)), 900):05}",
    )  # fmt: skip


def _a_phone(dice: random.Random) -> str:
    return f"({dice.randint(200, 989)}){dice.randint(200, 989)}-{dice.randint(0, 9999):04}"


def _a_number(dice: random.Random) -> str:
    return f"{dice.randint(1, 665):03}{dice.randint(1, 99):02}{dice.randint(1, 9999):04}"


def _written_again(dice: random.Random, person: Somebody) -> Somebody:
    """Return what another clerk made of the same person."""
    for chance, slip in _SLIPS:
        if dice.random() < chance:
            person = slip(dice, person)
    return person


def _typo(dice: random.Random, text: str) -> str:
    if len(text) < 3:
        return text
    place = dice.randrange(1, len(text))
    letter = dice.choice(text) if not text.isascii() else dice.choice("abcdefghijklmnopqrstuvwxyz")
    kind = dice.randrange(4)
    if kind == 0:
        return text[:place] + letter + text[place:]
    if kind == 1:
        return text[:place] + text[place + 1 :]
    if kind == 2:
        return text[:place] + letter + text[place + 1 :]
    return text[: place - 1] + text[place] + text[place - 1] + text[place + 1 :]


def _wrong_digit(dice: random.Random, digits: str) -> str:
    place = dice.randrange(3, len(digits))
    if dice.random() < 0.5 and place + 1 < len(digits):
        return digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    return digits[:place] + dice.choice("0123456789") + digits[place + 1 :]


def _birth_slip(dice: random.Random, person: Somebody) -> Somebody:
    born = person.born
    if dice.random() < 0.3 and int(born[6:]) <= 12:
        return replace(person, born=born[:4] + born[6:] + born[4:6])
    return replace(person, born=_wrong_digit(dice, born))


def _called(dice: random.Random, person: Somebody) -> Somebody:
    short = _NICKNAMES.get(person.given, person.given[:1] if dice.random() < 0.2 else person.given)
    return replace(person, given=short)


def _moved(dice: random.Random, person: Somebody) -> Somebody:
    return replace(
        person, street=f"{dice.randint(1, 2999)} {dice.choice(_STREETS)}", postal=f"{dice.randint(27000, 27900)}"
    )


def _married(dice: random.Random, person: Somebody) -> Somebody:
    if person.sex != "F" or not person.family.isascii():
        return person
    new = _typo(dice, _typo(dice, person.family[::-1].lower())).capitalize()
    return replace(person, family=f"{person.family}-{new}" if dice.random() < 0.3 else new)


_SLIPS: tuple[tuple[float, Callable[[random.Random, Somebody], Somebody]], ...] = (
    (0.35, lambda dice, person: replace(person, middle="" if person.middle else dice.choice("ABCDEJLMRST"))),
    (0.30, lambda _dice, person: replace(person, ssn="")),
    (0.03, lambda _dice, person: replace(person, ssn="999999999")),
    (0.06, lambda dice, person: replace(person, ssn=_wrong_digit(dice, person.ssn) if person.ssn else "")),
    (0.09, lambda dice, person: replace(person, given=_typo(dice, person.given))),
    (0.09, _called),
    (0.08, lambda dice, person: replace(person, family=_typo(dice, person.family))),
    (0.03, _married),
    (0.02, lambda _dice, person: replace(person, family=person.given, given=person.family)),
    (0.06, _birth_slip),
    (0.01, lambda _dice, person: replace(person, born="")),
    (0.005, lambda _dice, person: replace(person, sex="FM"[person.sex == "F"])),
    (0.02, lambda _dice, person: replace(person, sex="U")),
    (0.30, _moved),
    (0.25, lambda dice, person: replace(person, phone=_a_phone(dice))),
    (0.10, lambda _dice, person: replace(person, phone="")),
    (0.20, lambda _dice, person: replace(person, family=person.family.upper(), given=person.given.upper())),
    (0.50, lambda _dice, person: replace(person, suffix="")),
)  # fmt: skip


def _pid(number: int, person: Somebody) -> str:
    name = f"{person.family}^{person.given}^{person.middle}^{person.suffix}"
    place = f"{person.street}^^Old Pretend^NC^{person.postal}"
    known = f"PID|1||{number:08}^^^STMARY^MR||{name}||{person.born}|{person.sex}|||{place}||{person.phone}"
    return f"{known}||||||{person.ssn}"
