"""The same traffic for everyone: synthetic journeys, dealt to connections so that a patient keeps to one of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from engine.journeys import Event, Sender, mixed

SEED = 7
ADT_SHARE = 0.6
"""`engine.journeys.mixed` gives 60 % ADT and 40 % ORU; connections are shared out like that, too."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One message as a sender has it."""

    number: int
    """Its place in the whole stream."""
    frame: bytes
    control_id: bytes


def events(count: int) -> list[Event]:
    """Return the first *count* messages."""
    return list(islice(mixed(SEED, count), count))


def deal(stream: Sequence[Event], connections: int) -> dict[Sender, list[list[Sent]]]:
    """Return what each connection of each system sends: a new patient goes where least is to do."""
    of_adt = max(1, round(connections * ADT_SHARE))
    hands = {
        Sender.ADMISSIONS: [list[Sent]() for _ in range(of_adt)],
        Sender.LAB: [list[Sent]() for _ in range(max(1, connections - of_adt))],
    }
    chosen: dict[tuple[Sender, str], list[Sent]] = {}
    for number, event in enumerate(stream):
        hand = chosen.get((event.sender, event.patient_key))
        if hand is None:
            hand = chosen[event.sender, event.patient_key] = min(hands[event.sender], key=len)
        hand.append(Sent(number, b"\x0b%b\x1c\r" % event.payload, event.control_id.encode()))
    return hands


def between(hand: Sequence[Sent], start: int, count: int) -> Iterator[Sent]:
    """Yield what one connection sends of *count* messages of the stream from number *start* on."""
    return (sent for sent in hand if start <= sent.number < start + count)
