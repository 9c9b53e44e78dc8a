"""One message on its way: who sends it, when, about whom, and its bytes."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Sender(Enum):
    """The two simulated systems, by the name in MSH-3."""

    ADMISSIONS = "ADT1"
    LAB = "LAB"


@dataclass(frozen=True, slots=True)
class Event:
    """A message and what a sender needs to know about it."""

    sender: Sender
    at: datetime
    """When it is sent: MSH-7, aware, UTC, never earlier than the event before."""

    kind: str
    """Message code and trigger event, e.g. ``ADT^A01``."""

    patient_key: str
    """The number a person keeps through every merge: a sender with many connections keeps one person on one of them."""

    control_id: str
    payload: bytes
