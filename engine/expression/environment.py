"""Everything an expression may see while it runs: one Env per evaluation of a route's clauses or per output built."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from math import floor
from typing import Protocol

from engine.context import Charge
from engine.errors import Miss, RuleFailed
from engine.expression.syntax import Number, Value
from engine.expression.tracing import Trace
from engine.hl7.message import Message, View
from engine.quick import quick_value

Stored = Value | bool | list[str]
"""What a let holds. By the kind of its formula: a raw text, a list of raw texts or of texts, or one value."""

MOST_STEPS = 1_000_000
MOST_CHARACTERS = 64 * 1024 * 1024


class Scope(Protocol):
    """Which segments and repetitions a path without an index means, here."""

    def positions(self, name: str, /) -> Sequence[int]:
        """Return the positions of the segments called *name* that a path may see, in order."""
        ...

    def repetition(self, position: int, field: int, /) -> int | None:
        """Return the repetition that a loop over this very field has chosen, counted from 1; None outside one."""
        ...


class Table(Protocol):
    """A code table, as the functions see it; its policy for unknown codes is its own."""

    @property
    def columns(self) -> Sequence[str]: ...
    @property
    def file(self) -> str: ...
    def line_of(self, value: str, as_of: date, /) -> int: ...
    def translate(self, value: str, as_of: date, missed: list[Miss] | None = None, /) -> str: ...
    def lookup(self, value: str, column: str, as_of: date, missed: list[Miss] | None = None, /) -> str: ...
    def listed(self, value: str, as_of: date, /) -> bool: ...


class Index(Protocol):
    """What the record index knows of the message's patient, visit and orders; RuleFailed where it cannot tell."""

    @property
    def view(self) -> View:
        """The segments that it keeps."""
        ...

    def location_at(self, time: str, /) -> str:
        """Return the raw place where the visit was at an HL7 time, '' where that is not known."""
        ...

    def charge_state(self, order: str, code: str, /) -> str:
        """Return what was recorded of the order with that number, an EI in the standard's delimiters."""
        ...

    def record(self, order: str, code: str, state: str, /) -> None:
        """Take note of what becomes of a charge, if the output is made."""
        ...

    def begin(self) -> None:
        """Begin an output: nothing is recorded for it yet."""
        ...

    def taken(self) -> tuple[Charge, ...]:
        """Return what was recorded for the output that was made; the following ones see it."""
        ...

    def forget(self, charges: Sequence[Charge], /) -> None:
        """Forget what an output recorded that is not sent after all."""
        ...


class WholeMessage:
    """The scope outside of loops: every segment, no repetition chosen."""

    __slots__ = ("positions",)

    def __init__(self, view: View) -> None:
        self.positions = view.positions

    def repetition(self, position: int, field: int, /) -> int | None:
        return None


@quick_value
class Moment:
    """When the message was received: the only clock there is."""

    received_at: datetime
    """Aware, in the site's zone."""
    ns: int = 0
    """The same instant in nanoseconds since 1970, UTC."""

    @property
    def second(self) -> int:
        """The whole second, since 1970 UTC."""
        return self.ns // 1_000_000_000 if self.ns else floor(self.received_at.timestamp())

    @property
    def zone(self) -> tzinfo:
        """The site's zone, for times without an offset."""
        zone = self.received_at.tzinfo
        if zone is None:
            raise ValueError("the time of receipt has no zone")
        return zone


@dataclass(slots=True)
class Budget:
    """How much work one output may cost. Never time: deciding again must end the same way."""

    steps: int = MOST_STEPS
    characters: int = MOST_CHARACTERS

    def spend(self, steps: int) -> None:
        """Take *steps* off what is left; raise RuleFailed when it is used up."""
        self.steps -= steps
        if self.steps < 0:
            raise RuleFailed("budget", "the rules take more steps than one output may")

    def rewrite(self, characters: int, times: int = 1) -> None:
        """Take off what it costs to take a field of so many characters apart and put it together again."""
        self.spend(times * (characters >> 9))

    def grow(self, characters: int) -> None:
        """Take *characters* of new text off what is left; raise RuleFailed when it is used up."""
        self.characters -= characters
        if self.characters < 0:
            raise RuleFailed("budget", "the rules write more text than one output may hold")


@dataclass(slots=True)
class Env:
    """Mutable, because the steps of a mapping move it along; expressions themselves only count and spend."""

    message: Message
    moment: Moment
    scope: Scope
    tables: Mapping[str, Table] = field(default_factory=dict)
    destination: str = ""
    out: View | None = None
    """The message being built."""
    out_scope: Scope | None = None
    """What ``out.`` paths see of it; None: all of it."""
    index: Index | None = None
    """What ``known.`` reads, and some functions; None: nothing is known."""
    lets: dict[str, Stored] = field(default_factory=dict)
    value: str = ""
    """The raw text at the place that is about to be written; what ``value`` means."""
    step: int = 0
    """The identity of the running step, for ``counter()``."""
    counters: dict[str | int, int] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    trace: Trace | None = None
    missed: list[Miss] | None = None
    """Where codes are noted that a table does not list; None: nobody counts them."""
    chosen: str | list[str] = ""
    """While a predicate is asked: the raw repetition, or the raw fields of the segment, that it is asked about."""


def number_text(number: Number) -> str:
    """Return a number as it is written into a message: no exponent, no sign of addition."""
    return format(number, "f") if not isinstance(number, int) else str(number)


def text_of(value: Value) -> str:
    """Return *value* as text; null is empty."""
    if value is None:
        return ""
    return value if isinstance(value, str) else number_text(value)
