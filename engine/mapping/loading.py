"""What the loaders of steps know while a mapping is read: its words, its structure, and the loops they stand in."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from engine.documents import Entries, Items, Node, Scalar, kind_of
from engine.expression.names import Vocabulary
from engine.grammar import Grammar, Structure
from engine.mapping.library import Library
from engine.mapping.output import Start
from engine.problems import Problems

Loop = tuple[str, int]
"""The segment that a loop walks, and the field whose repetitions it walks; 0 for whole segments."""


@dataclass(slots=True)
class Loading:
    """One list of steps being read. Lists inside get a copy, so that their lets end with them."""

    problems: Problems
    vocabulary: Vocabulary
    start: Start
    grammar: Grammar
    structure: Structure | None = None
    """None: the output has the structure of the message that came, or none that is known."""
    loops: tuple[Loop, ...] = ()
    """Outermost first."""
    split: Loop | None = None
    """What the output splits by: a loop around everything."""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    """Where steps get their identities from."""
    library: Library = field(default_factory=Library)
    using: tuple[str, ...] = ()
    """The shared lists that are being put in, outermost first."""

    def inner(self, *loop: Loop) -> "Loading":
        """Return what a list inside this one knows, perhaps inside a further loop."""
        return replace(self, loops=(*self.loops, *loop))

    def per_place(self, *, many: bool) -> "Loading":
        """Return what a value knows whose target may be *many* places: then ``value`` is one of its words."""
        return replace(self, vocabulary=self.vocabulary.per_place()) if many else self


def scalars_in(node: Node, loading: Loading) -> tuple[Scalar, ...]:
    """Return a single value or a list of them; anything else is reported."""
    found: list[Scalar] = []
    for each in node.values if isinstance(node, Items) else (node,):
        if isinstance(each, Scalar):
            found.append(each)
        else:
            loading.problems.add(each.place, "wrong-kind", f"here stands {kind_of(each)}, where a value is needed")
    return tuple(found)


def pairs_in(node: Node, loading: Loading) -> tuple[tuple[Scalar, Scalar], ...]:
    """Return the entries of a map of single values; anything else is reported."""
    if not isinstance(node, Entries):
        loading.problems.add(node.place, "wrong-kind", f"here stands {kind_of(node)}, where a map is needed")
        return ()
    found: list[tuple[Scalar, Scalar]] = []
    for key, value in node.pairs:
        if isinstance(value, Scalar):
            found.append((key, value))
        else:
            hint = "several repetitions are joined with ~, or given by a formula"
            loading.problems.add(
                value.place, "wrong-kind", f"here stands {kind_of(value)}, where a value is needed", hint
            )
    return tuple(found)
