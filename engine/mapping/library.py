"""What all mappings of a site may use: shared lists of steps, and functions in Python."""

from collections.abc import Mapping as Names
from dataclasses import dataclass, field
from typing import Protocol

from engine.documents import Node, Scalar


@dataclass(frozen=True, slots=True)
class Shared:
    """A list of steps with a name, as written: it is compiled where it is used."""

    name: Scalar
    steps: Node | None


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function in Python may be given, by name."""

    required: frozenset[str]
    known: frozenset[str] | None
    """None: whatever it is given."""


class Functions(Protocol):
    """The functions in Python that a site declares. They run elsewhere, and only *call* reaches them."""

    @property
    def modules(self) -> Names[str, Names[str, Signature]]:
        """Return module -> function -> what it may be given."""
        ...

    def call(self, name: str, arguments: Names[str, str], /) -> Names[str, str]:
        """Return what ``module:function`` gives for *arguments*; raise RuleFailed where it gives nothing usable."""
        ...


@dataclass(slots=True)
class Library:
    """Handed to every mapping that is loaded."""

    shared: Names[str, Shared] = field(default_factory=dict)
    functions: Functions | None = None
    """None: config.yaml declares none."""
    used: set[str] = field(default_factory=set)
    """Shared lists that some mapping names, also one with mistakes."""
