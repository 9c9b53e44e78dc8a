"""What an expression is made of, before and after its names are bound; every node knows its span in the text."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING

from engine.hl7.path import NamedPath, Path

if TYPE_CHECKING:
    from engine.expression.registry import Function

Number = int | Decimal
Value = str | Number | None
"""One value of an expression: text, a number, or the HL7 null."""


class Kind(Enum):
    """What a node gives, known before any message is seen."""

    TEXT = "text"
    NUMBER = "a number"
    TRUTH = "true or false"
    NULL = "null"
    ANY = "a value"
    """Text, a number or null: only the message tells."""
    PATH = "a field"
    """One raw text of the message, with its structure."""
    PATHS = "a list of fields"
    """Raw texts of the message, with their structure."""
    LIST = "a list"
    SEGMENT = "a segment"


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal: text, number, ``null``, ``newline``, ``true`` or ``false``. *written* is a number as it was typed."""

    start: int
    end: int
    value: Value | bool
    written: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A lower-case name, not yet known to be a let or ``value``."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Written:
    """A path as typed, by number or by name, with its parsed predicates."""

    start: int
    end: int
    path: Path | NamedPath
    which_segment: "Node | None" = None
    which_repetition: "Node | None" = None


@dataclass(frozen=True, slots=True)
class Call:
    """A function as typed."""

    start: int
    end: int
    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``not operand``."""

    start: int
    end: int
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Logic:
    """Operands joined by ``and`` or by ``or``."""

    start: int
    end: int
    word: str
    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """``left == right`` and its like; *negated* for ``!=`` and ``not in``, whose sign is the positive one."""

    start: int
    end: int
    sign: str
    negated: bool
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Join:
    """Texts joined by ``+``."""

    start: int
    end: int
    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """``[a, b]``, on the right of ``in``."""

    start: int
    end: int
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Read:
    """A path bound to numbers."""

    start: int
    end: int
    path: Path
    kind: Kind
    which_segment: "Node | None" = None
    which_repetition: "Node | None" = None


@dataclass(frozen=True, slots=True)
class Piece:
    """``5`` or ``3.1`` in a predicate: a part of the repetition or of the segment being asked about."""

    start: int
    end: int
    numbers: tuple[int, ...]
    of_segment: bool


@dataclass(frozen=True, slots=True)
class Let:
    """A name that a step has given to a value."""

    start: int
    end: int
    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Here:
    """``value``: what stands at the place that a step is about to write."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Invoke:
    """A call bound to its function; what literal arguments were made into at load stands in *prepared*."""

    start: int
    end: int
    function: "Function"
    arguments: tuple["Node", ...]
    kind: Kind
    prepared: tuple[object, ...] = ()


Node = (
    Constant | Word | Written | Call | Not | Logic | Compare | Join | Listing | Read | Piece | Let | Here | Invoke
)  # fmt: skip


def kind_of(node: Node) -> Kind:
    """Return what a bound *node* gives."""
    match node:
        case Read() | Let() | Invoke():
            return node.kind
        case Piece() | Here():
            return Kind.PATH
        case Constant():
            return _kind_of_constant(node.value)
        case Not() | Logic() | Compare():
            return Kind.TRUTH
        case Listing():
            return Kind.LIST
        case Join():
            return Kind.TEXT
        case Word() | Written() | Call():
            raise AssertionError("not bound")


def _kind_of_constant(value: Value | bool) -> Kind:  # noqa: FBT001  true and false are constants
    if value is None:
        return Kind.NULL
    if isinstance(value, bool):
        return Kind.TRUTH
    return Kind.TEXT if isinstance(value, str) else Kind.NUMBER
