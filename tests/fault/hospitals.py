"""The load of the kill test: what each sender sends, and, known to the test alone, what is due for it at whom.

The rules are so simple that what they owe is written here a second time, by hand, without the engine's code.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

LANES = 8
MARK = b"ZMK|billing\r"
"""What the mapping for billing adds."""

RULES = {
    "routes/everything.yaml": """\
route: everything
from: inbound
accept: MSH-9.1 == 'ADT' and MSH-9.2 != 'A60'
to:
  billing:
    when: MSH-9.2 in ['A03', 'A08', 'A31', 'A40']
    map: marked
  registry:
    when: MSH-9.2 in ['A08', 'A31', 'A40']
""",
    "mappings/marked.yaml": """\
mapping: marked
output: {start: copy}
steps:
  - when: MSH-9.2 == 'A31'
    fail: billing has no use for this
  - append: ZMK
    set: {ZMK-1: billing}
""",
}


def configuration(billing: int, registry: int) -> str:
    """Return the site's config.yaml for two destinations on these ports."""
    return f"""\
site: ledger
time_zone: UTC
store: sqlite:///data/engine.db
listeners:
  inbound: {{mllp: 127.0.0.1:0, sender: {{authority: HOSP}}}}
destinations:
  billing: {{mllp: 127.0.0.1:{billing}, lanes: {LANES}, retry: {{first: 50ms, longest: 200ms}}}}
  registry: {{mllp: 127.0.0.1:{registry}, lanes: {LANES}, retry: {{first: 50ms, longest: 200ms}}}}
"""


class Kind(Enum):
    """What a message is, as (type, share of the load, answer, billing gets it, registry gets it)."""

    UPDATE = ("ADT^A08^ADT_A01", 60, b"AA", True, True)
    MERGE = ("ADT^A40^ADT_A39", 8, b"AA", True, True)
    DISCHARGE = ("ADT^A03^ADT_A03", 16, b"AA", True, False)
    PARKED_AT_BILLING = ("ADT^A31^ADT_A05", 5, b"AA", False, True)
    FILTERED = ("ADT^A05^ADT_A05", 7, b"AA", False, False)
    REJECTED = ("ADT^A60^ADT_A60", 4, b"AR", False, False)

    @property
    def type(self) -> str:
        """MSH-9."""
        return self.value[0]

    @property
    def answer(self) -> bytes:
        """MSA-1."""
        return self.value[2]


_KINDS = tuple(Kind)
_SHARES = [kind.value[1] for kind in Kind]


@dataclass(frozen=True, slots=True)
class Order:
    """One message that is to be sent."""

    sender: int
    number: int
    """Its place in what its sender sends."""
    kind: Kind
    control_id: bytes
    payload: bytes
    persons: frozenset[str]
    """The patients' numbers it is about, and those they had been merged into: it keeps its place among theirs."""

    def due(self) -> dict[str, bytes]:
        """Return the bytes that each destination must get."""
        _, _, _, to_billing, to_registry = self.kind.value
        found = {"billing": self.payload + MARK} if to_billing else {}
        return {**found, "registry": self.payload} if to_registry else found


def hospital(sender: int, seed: int) -> Iterator[Order]:
    """Yield what one sender sends: no patient of its own is anyone else's, so its order is the patients' order."""
    dice = random.Random(f"{seed} {sender}")
    present = [f"S{sender}N{number}" for number in range(6)]
    retired: list[str] = []
    survivor: dict[str, str] = {}
    number = 0
    while True:
        number += 1
        kind = dice.choices(_KINDS, _SHARES)[0]
        patient = dice.choice(retired[-3:]) if retired and dice.random() < 0.2 else dice.choice(present)
        numbers = [patient]
        if kind is Kind.MERGE:
            patient, gone = dice.sample(present, 2)
            numbers = [patient, gone]
        persons = frozenset(each for one in numbers for each in _chain(one, survivor))
        name = f"{seed}-{sender}-{number}"
        yield Order(sender, number, kind, name.encode(), _payload(name, kind, numbers), persons)
        if kind is Kind.MERGE:
            survivor[numbers[1]] = numbers[0]
            present.remove(numbers[1])
            retired.append(numbers[1])
            present.append(f"S{sender}M{number}")


def _chain(patient: str, survivor: dict[str, str]) -> Iterator[str]:
    yield patient
    while patient in survivor:
        patient = survivor[patient]
        yield patient


def _payload(name: str, kind: Kind, numbers: list[str]) -> bytes:
    segments = [
        f"MSH|^~\\&|SENDER{name.split('-')[1]}|HOSP|ENGINE|HERE|20260101120000||{kind.type}|{name}|P|2.5.1",
        f"EVN|{kind.type[4:7]}|20260101120000",
        f"PID|1||{numbers[0]}^^^HOSP^MR||TEST^PATIENT||19700101|F",
        *(f"MRG|{gone}^^^HOSP^MR" for gone in numbers[1:]),
        *(["PV1|1|I|WARD^1^1"] if kind is not Kind.MERGE else []),
    ]
    return "".join(f"{segment}\r" for segment in segments).encode()
