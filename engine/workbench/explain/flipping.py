"""Which comparisons would have to answer otherwise for a condition to hold: every way, the smallest first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, product

from engine.errors import RuleFailed
from engine.expression import Condition, Env, Kind
from engine.expression.compiler import Compiler, Source
from engine.expression.syntax import Invoke, Logic, Node, Not, Read, kind_of
from engine.expression.tracing import Word
from engine.problems import Place

MOST_WAYS = 200
MOST_OCCURRENCES = 25
"""How many segments are looked at one by one; those behind them would need the same."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One comparison, asked of the whole message or, in a predicate, of one segment."""

    node: Node
    source: Source
    position: int | None
    """The segment that a predicate is asked about, counted from 0."""
    answer: bool | None
    """None: it cannot be answered for this message."""

    @property
    def words(self) -> str:
        """The comparison as written."""
        return self.source.text[self.node.start : self.node.end]

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.source.place_of(self.node.start)


@dataclass(frozen=True, slots=True)
class Group:
    """``and``, ``or`` or ``not``."""

    word: Word
    parts: tuple["Part", ...]


Part = Leaf | Group


@dataclass(frozen=True, slots=True)
class Flip:
    """A comparison that is to answer otherwise."""

    leaf: Leaf
    wanted: bool


Way = frozenset[Flip]


def whole(conditions: Iterable[Condition | None], env: Env) -> Group:
    """Return the comparisons of all *conditions*, each answered for the message of *env*."""
    parts = tuple(taken_apart(each.node, each.source, env) for each in conditions if each is not None)
    return Group(Word.AND, parts)


def taken_apart(node: Node, source: Source, env: Env, position: int | None = None) -> Part:
    """Return *node* as comparisons; whether a segment exists that ... is asked segment by segment."""
    match node:
        case Logic():
            return Group(Word(node.word), tuple(taken_apart(each, source, env, position) for each in node.operands))
        case Not():
            return Group(Word.NOT, (taken_apart(node.operand, source, env, position),))
        case Invoke() if (read := _predicated(node)) is not None and read.which_segment is not None:
            positions = env.message.positions(read.path.segment)[:MOST_OCCURRENCES]
            parts = tuple(taken_apart(read.which_segment, source, env, each) for each in positions)
            return Group(Word.OR, parts) if parts else Leaf(node, source, None, answered(node, source, env, None))
        case _:
            return Leaf(node, source, position, answered(node, source, env, position))


def answered(node: Node, source: Source, env: Env, position: int | None) -> bool | None:
    """Return what one comparison answers; None where it fails."""
    before = env.chosen
    if position is not None:
        if position >= len(env.message.names):
            return None
        env.chosen = env.message.fields(position)
    try:
        return Compiler(source).truth(node)(env)
    except RuleFailed:
        return None
    finally:
        env.chosen = before


def ways(part: Part, *, wanted: bool) -> list[Way]:
    """Return the sets of comparisons whose change makes *part* what is wanted, the smallest first."""
    found = list(dict.fromkeys(islice(_ways(part, wanted=wanted), MOST_WAYS * 5)))
    return sorted(found, key=len)[:MOST_WAYS]


def _ways(part: Part, *, wanted: bool) -> Iterator[Way]:
    if isinstance(part, Leaf):
        yield frozenset() if part.answer is wanted else frozenset({Flip(part, wanted)})
        return
    if part.word is Word.NOT:
        yield from ways(part.parts[0], wanted=not wanted)
        return
    each_way = [ways(each, wanted=wanted) for each in part.parts]
    if (part.word is Word.AND) is wanted:  # all of them are needed
        for chosen in product(*[each[:12] for each in each_way]):
            yield frozenset().union(*chosen)
    else:  # one of them does
        yield from sorted((way for each in each_way for way in each), key=len)


def _predicated(node: Invoke) -> Read | None:
    """Return the path of ``exists(OBX[...])``."""
    first = node.arguments[0] if node.arguments else None
    is_segment = isinstance(first, Read) and kind_of(first) is Kind.SEGMENT and node.function.name == "exists"
    return first if is_segment and isinstance(first, Read) else None
