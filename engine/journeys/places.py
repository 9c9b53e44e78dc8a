"""The hospital's wards, beds and doctors; who lies where is kept by `Beds`."""

from dataclasses import dataclass

FACILITY = "STMARY"

_WARDS = {
    "MED": (2, 32),
    "SURG": (3, 28),
    "CARD": (4, 24),
    "ORTH": (5, 18),
    "ICU": (1, 10),
    "PEDS": (6, 14),
    "OBS": (7, 12),
}
"""Ward: (floor, rooms of two beds)."""

SERVICES = {
    "MED": "MED",
    "SURG": "SUR",
    "CARD": "CAR",
    "ORTH": "SUR",
    "ICU": "MED",
    "PEDS": "PED",
    "OBS": "MED",
    "ED": "MED",
}
ADULT_WARDS = ("MED", "SURG", "CARD", "ORTH", "ICU", "OBS")
CHILDRENS_WARDS = ("PEDS", "PEDS", "PEDS", "ICU", "SURG")
CLINICS = tuple(f"{name}^{room}^^{FACILITY}" for name in ("CLIN", "IMAG", "INFU") for room in ("A", "B", "C"))


class Beds:
    """The free beds of each ward, and those made up in the corridor when a ward is full."""

    __slots__ = ("_corridor", "_free")

    def __init__(self) -> None:
        self._corridor = 0
        self._free = {
            ward: [f"{ward}^{floor}{room:02d}^{bed}^{FACILITY}" for room in range(1, rooms + 1) for bed in ("02", "01")]
            for ward, (floor, rooms) in _WARDS.items()
        }
        self._free["ED"] = [f"ED^T{bay:02d}^^{FACILITY}" for bay in range(24, 0, -1)]

    def take(self, ward: str) -> str:
        """Return a free bed of *ward*; the one freed last is given first, so that beds are seen again."""
        if free := self._free[ward]:
            return free.pop()
        self._corridor += 1
        return f"{ward}^HALL^{self._corridor}^{FACILITY}"

    def take_again(self, bed: str) -> str:
        """Return *bed* if nobody has moved in since, otherwise another of its ward."""
        ward = bed.partition("^")[0]
        if bed in self._free[ward]:
            self._free[ward].remove(bed)
            return bed
        return self.take(ward)

    def leave(self, bed: str) -> None:
        """Give *bed* back; clinics have none to give."""
        free = self._free.get(bed.partition("^")[0])
        if free is not None:
            free.append(bed)


@dataclass(frozen=True, slots=True)
class Doctor:
    """A doctor as XCN, and how a note calls them."""

    xcn: str
    family: str


def _national_provider_identifier(serial: int) -> str:
    """Return a number with a right check digit from the range beginning with 29, which nobody has been given."""
    stem = f"2900000{serial:02d}"
    # CMS: Luhn over 80840 + the number; the constant part adds 24
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in stem[::-2])
    return stem + str(-(24 + doubled + sum(int(digit) for digit in stem[-2::-2])) % 10)


def _doctor(serial: int, name: str) -> Doctor:
    return Doctor(f"{_national_provider_identifier(serial)}^{name}^^^MD^^NPI", name.partition("^")[0])


DOCTORS: tuple[Doctor, ...] = tuple(
    _doctor(serial, name)
    for serial, name in enumerate(
        (
            "Hale^Ruth^A",
            "Steward^Noah^B",
            "Quillfeather^Petra^C",
            "Osei^Kwame^D",
            "Lindqvist^Maja^E",
            "Castellano^Rosa^F",
            "Thornbury^Giles^G",
            "Mehta^Anil^H",
            "Bright^Imogen^J",
            "Winterbourne^Otto^K",
            "Delacroix^Simone^L",
            "Abara^Ngozi^M",
        ),
        start=1,
    )
)
