"""Invented people: name, birth, address, telephone, next of kin, and what changes about them over time.

Telephones are 555-01xx, social security numbers 9xx (never issued), towns and streets exist nowhere.
"""

from dataclasses import dataclass, replace

from engine.journeys.coverage import Coverage, some_coverage
from engine.journeys.dice import Dice
from engine.journeys.names import ORIGINS, Origin
from engine.journeys.places import DOCTORS


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody's demographics; fields are texts as they stand on the wire."""

    family: str
    given: str
    name: str
    """PID-5, with a second repetition where the name has another script."""

    birth_year: int
    birth: str
    sex: str
    race: str
    ethnicity: str
    address: str
    telephone: str
    work: str
    """PID-14, empty for many."""

    language: str
    marital: str
    social_security: str
    """An attribute, never a key; empty for many."""

    doctor: str
    """PD1-4, empty for some."""

    kin: str
    """NK1-2 to NK1-5."""

    coverage: Coverage | None
    death: str = ""
    """PID-29; with it PID-30 is Y."""

    @property
    def minor(self) -> bool:
        """Whether the mother answers for this person."""
        return _MOTHER in self.kin


_RACES = (
    *("2106-3^White^HL70005",) * 5,
    *("2054-5^Black or African American^HL70005",) * 3,
    "2028-9^Asian^HL70005",
    "2131-1^Other Race^HL70005",
    "1002-5^American Indian or Alaska Native^HL70005",
)
_ETHNICITIES = (*("N^Not Hispanic or Latino^HL70189",) * 5, "H^Hispanic or Latino^HL70189", "U^Unknown^HL70189")
_LANGUAGES = (*("en^English^ISO639",) * 7, "es^Spanish^ISO639", "vi^Vietnamese^ISO639", "ar^Arabic^ISO639")
_MARITAL = ("S", "M", "M", "D", "W")
_STREETS = ("Example St", "Sample Ave", "Placeholder Ln", "Specimen Rd", "Invented Way", "Nowhere Blvd", "Fiction Ct")
_TOWNS = (
    *("Maple Hollow^NC^27000", "Port Fable^NC^28500", "Larkspur Gap^NC^28700", "Old Pretend^NC^27900") * 5,
    *("Mirage^SC^29000", "Nonesuch^VA^24000", "Cloud Ferry^TN^37000", "Imaginary Falls^GA^30000"),
    *("Make Believe^FL^32000", "Utopia Point^NY^10000"),
)
_AREAS = ("919", "704", "336", "828", "252")
_RELATIONS = ("SPO^Spouse^HL70063", "SIB^Sibling^HL70063", "CHD^Child^HL70063", "FND^Friend^HL70063")
_MOTHER = "MTH^Mother^HL70063"
_MIDDLES = ("", "", "A", "B", "E", "J", "L", "M", "R", "T")


def some_person(dice: Dice, serial: int, year: int) -> Person:
    """Return a new person; *serial* makes the social security number theirs alone, *year* is the current one."""
    origin = dice.pick(ORIGINS)
    sex = "U" if dice.chance(0.01) else dice.pick("FM")
    family, given, name = _some_name(dice, origin, sex)
    age = _some_age(dice)
    return Person(
        family=family,
        given=given,
        name=name,
        birth_year=year - age,
        birth=_some_birth(dice, year - age, age),
        sex=sex,
        race=dice.pick(_RACES),
        ethnicity=dice.pick(_ETHNICITIES),
        address=some_address(dice),
        telephone=some_telephone(dice, serial),
        work=_number(dice, "WPN^PH") if 18 <= age < 67 and dice.chance(0.3) else "",
        language=dice.pick(_LANGUAGES),
        marital=dice.pick(_MARITAL) if age >= 20 else "S",
        social_security=_social_security(serial) if dice.chance(0.7) else "",
        doctor=dice.pick(DOCTORS).xcn if dice.chance(0.3) else "",
        kin=_some_kin(dice, origin, _MOTHER if age < 18 else dice.pick(_RELATIONS)),
        coverage=some_coverage(dice, age, year),
    )


def registered_twice(dice: Dice, person: Person, serial: int) -> Person:
    """Return *person* as a clerk in a hurry enters them: no social security number, maybe no middle name."""
    name = f"{person.family}^{person.given}^^^^^L" if dice.chance(0.6) else person.name
    return replace(person, name=name, telephone=some_telephone(dice, serial), social_security="", doctor="")


def moved(dice: Dice, person: Person) -> Person:
    """Return *person* at a new address."""
    return replace(person, address=some_address(dice))


def reachable_elsewhere(dice: Dice, person: Person, serial: int) -> Person:
    """Return *person* with a new telephone."""
    return replace(person, telephone=some_telephone(dice, serial))


def without_work(person: Person) -> Person:
    """Return *person* with no telephone at work."""
    return replace(person, work="")


def insured_otherwise(dice: Dice, person: Person, year: int) -> Person:
    """Return *person* with other insurance."""
    return replace(person, coverage=some_coverage(dice, year - person.birth_year, year))


def died(person: Person, moment: str) -> Person:
    """Return *person* with the time of death."""
    return replace(person, death=moment)


def some_address(dice: Dice) -> str:
    """Return an XAD in a town that does not exist, most of them in North Carolina."""
    return f"{dice.between(1, 999)} {dice.pick(_STREETS)}^^{dice.pick(_TOWNS)}^USA^H"


def some_telephone(dice: Dice, serial: int) -> str:
    """Return PID-13: a home number, sometimes with an e-mail address."""
    number = _number(dice, "PRN^PH")
    return f"{number}~^NET^Internet^person{serial}@example.org" if dice.chance(0.25) else number


def _number(dice: Dice, use: str) -> str:
    area, line = dice.pick(_AREAS), dice.between(100, 199)
    return f"({area})555-0{line}^{use}^^1^{area}^5550{line}"


def _some_name(dice: Dice, origin: Origin, sex: str) -> tuple[str, str, str]:
    """Return family, given, and PID-5."""
    names = origin.men if sex == "M" else origin.women
    first, last = int(dice.roll() * len(names)), int(dice.roll() * len(origin.families))
    family, given = origin.families[last], names[first]
    if (script := origin.script) is None:
        return family, given, f"{family}^{given}^{dice.pick(_MIDDLES)}^^^^L"
    own = f"{script.families[last]}^{(script.men if sex == 'M' else script.women)[first]}^^^^^L^{script.representation}"
    return family, given, f"{family}^{given}^^^^^L^A~{own}"


def _some_age(dice: Dice) -> int:
    low, high = dice.pick(((0, 5), (6, 17), (18, 44), (18, 44), (45, 64), (45, 64), (65, 79), (65, 79), (80, 97)))
    return dice.between(low, high)


def _some_birth(dice: Dice, year: int, age: int) -> str:
    """Return a day of that year; a newborn's is in the last December, so that nobody is born tomorrow."""
    if age == 0:
        return f"{year - 1}12{dice.between(1, 31):02d}"
    return f"{year}{dice.between(1, 12):02d}{dice.between(1, 28):02d}"


def _some_kin(dice: Dice, origin: Origin, relation: str) -> str:
    names = origin.women if relation is _MOTHER else origin.women + origin.men
    return f"{dice.pick(origin.families)}^{dice.pick(names)}^^^^^L|{relation}||{_number(dice, 'PRN^PH')}"


def _social_security(serial: int) -> str:
    # 9xx is never issued, and groups 01 to 49 are no taxpayer numbers either
    spread = serial * 7_919 % (100 * 49 * 10_000)
    area, rest = divmod(spread, 490_000)
    group, line = divmod(rest, 10_000)
    return f"{900 + area}-{group + 1:02d}-{line:04d}^^^USSSA^SS"
