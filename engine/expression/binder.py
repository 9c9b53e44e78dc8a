"""From the tree as typed to a tree that means something: names to numbers, words to lets, calls to functions.

Every mistake of an expression is told, not only the first; what is returned after a mistake is not to be compiled.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from engine.context import KEPT_SEGMENTS
from engine.errors import InvalidExpression
from engine.expression.calls import CallBinder
from engine.expression.functions import FUNCTIONS
from engine.expression.names import RESERVED, Vocabulary, beyond_fields, check_segment, resolve
from engine.expression.paths import selects_list
from engine.expression.patterned import check_pattern
from engine.expression.syntax import (
    Call,
    Compare,
    Constant,
    Here,
    Join,
    Kind,
    Let,
    Listing,
    Logic,
    Node,
    Not,
    Piece,
    Read,
    Word,
    Written,
    kind_of,
)
from engine.hl7.path import EVERY, NamedPath, Path, Root
from engine.problems import did_you_mean

Tell = Callable[[InvalidExpression], None]
VALUES = frozenset({Kind.TEXT, Kind.NUMBER, Kind.NULL, Kind.ANY, Kind.PATH, Kind.PATHS, Kind.LIST})
_LISTS = frozenset({Kind.LIST, Kind.PATHS})
_HL7_NULL = '""'


@dataclass(frozen=True, slots=True)
class Inside:
    """Where a node stands: in a predicate over repetitions or segments, on the side where numbers are places."""

    predicate: bool = False
    of_segment: bool = False
    places: bool = False


OUTSIDE = Inside()


@dataclass(slots=True)
class Binder:
    """Binds one expression; *told* collects its mistakes, *doubts* what works but is hardly meant."""

    vocabulary: Vocabulary
    told: list[InvalidExpression] = field(default_factory=list)
    doubts: list[InvalidExpression] = field(default_factory=list)

    def tell(self, at: int, code: str, text: str, hint: str = "") -> None:
        """Keep a mistake."""
        self.told.append(InvalidExpression(code, at, text, hint))

    def condition(self, node: Node, inside: Inside = OUTSIDE) -> Node:
        """Bind *node* where true or false is needed."""
        bound, known = self._known(node, inside)
        if known and kind_of(bound) is not Kind.TRUTH:
            self.tell(node.start, "not-a-condition", "a condition must be true or false", _as_condition(bound))
        return bound

    def value(self, node: Node, inside: Inside = OUTSIDE) -> Node:
        """Bind *node* where a value is needed."""
        bound, known = self._known(node, inside)
        kind = kind_of(bound) if known else Kind.ANY
        if kind is Kind.TRUTH:
            hint = "write if(condition, 'Y', 'N')"
            self.tell(node.start, "not-a-value", "this is true or false, where a value is needed", hint)
        elif kind is Kind.SEGMENT:
            hint = "name a field, or ask exists() or count()"
            self.tell(node.start, "not-a-value", "a segment is no value", hint)
        return bound

    def _known(self, node: Node, inside: Inside) -> tuple[Node, bool]:
        """Bind *node*; tell also whether what it gives is known: after a mistake in it, it is not."""
        before = len(self.told)
        return self.bind(node, inside), len(self.told) == before

    def bind(self, node: Node, inside: Inside = OUTSIDE) -> Node:  # noqa: PLR0911  one line per kind of node
        """Bind *node* and everything in it."""
        match node:
            case Constant():
                return self._constant(node, inside)
            case Word():
                return self._word(node)
            case Written():
                return self._path(node)
            case Call():
                return CallBinder(self, node, inside).bound(FUNCTIONS)
            case Not():
                return replace(node, operand=self.condition(node.operand, inside))
            case Logic():
                return replace(node, operands=tuple(self.condition(each, inside) for each in node.operands))
            case Join():
                return replace(node, operands=tuple(self.value(each, inside) for each in node.operands))
            case Compare():
                return self._compare(node, inside)
            case Listing():
                return replace(
                    node, items=tuple(self.value(each, replace(inside, places=False)) for each in node.items)
                )
            case _:
                return node

    def _constant(self, node: Constant, inside: Inside) -> Node:
        if not node.written or node.written.startswith("-"):
            return node
        if inside.places:
            numbers = tuple(map(int, node.written.split(".")))
            if 0 in numbers:
                self.tell(node.start, "index-from-one", "this counts from 1")
            if len(numbers) == 3 and not inside.of_segment:
                self.tell(node.start, "too-deep", "a repetition has no part below the subcomponent", "5 or 5.1")
            return Piece(node.start, node.end, numbers, inside.of_segment)
        if node.written.count(".") > 1:
            self.tell(
                node.start, "bad-number", "this is no number", "a number is written 5 or 3.1; other text in quotes"
            )
        return node

    def _word(self, node: Word) -> Node:
        kind = self.vocabulary.lets.get(node.name)
        if kind is not None:
            return Let(node.start, node.end, node.name, kind)
        if node.name == "value":
            if not self.vocabulary.allows_value:
                hint = "it is what stands at a place chosen by [*], a predicate or SEG-*"
                self.tell(node.start, "value-not-here", "'value' means nothing here", hint)
            return Here(node.start, node.end)
        hint = did_you_mean(node.name, {*self.vocabulary.lets, *RESERVED})
        if node.name in FUNCTIONS:
            hint = f"a function is called with brackets: {FUNCTIONS[node.name].signature}"
        self.tell(node.start, "unknown-name", f"there is no name {node.name!r}", hint or "a text stands in quotes")
        return Let(node.start, node.end, node.name, Kind.ANY)

    def _path(self, node: Written) -> Node:
        path = self.numbered(node.path, node.start)
        self._root(path, node.start)
        if path.field == EVERY:
            self.tell(node.start, "every-field", f"{path.text} names every field", "it stands only on the left of set")
        return self.bind_path(node, path)

    def bind_path(self, node: Written, path: Path) -> Read:
        """Bind the predicates of a path whose numbers are known."""
        kind = Kind.SEGMENT if path.field is None else Kind.PATHS if selects_list(path) else Kind.PATH
        segment = self._predicate(node.which_segment, of_segment=True)
        repetition = self._predicate(node.which_repetition, of_segment=False)
        return Read(node.start, node.end, path, kind, segment, repetition)

    def numbered(self, path: Path | NamedPath, at: int) -> Path:
        """Return *path* by numbers, its segment and field looked up."""
        try:
            found = resolve(path, self.vocabulary.version, at) if isinstance(path, NamedPath) else path
            check_segment(found, self.vocabulary.version, at)
        except InvalidExpression as error:
            self.told.append(error)
            return (
                path
                if isinstance(path, Path)
                else Path(path.text, path.root, path.segment, path.occurrence, 1, path.parts[0][1], None, None)
            )
        if last := beyond_fields(found, self.vocabulary.version):
            words = f"{found.segment} has {last} fields in every version known here"
            self.doubts.append(InvalidExpression("beyond-segment", at, words))
        return found

    def _predicate(self, node: Node | None, *, of_segment: bool) -> Node | None:
        if node is None:
            return None
        return self.condition(node, Inside(predicate=True, of_segment=of_segment, places=True))

    def _root(self, path: Path, at: int) -> None:
        if path.root is Root.OUT and not self.vocabulary.allows_out:
            self.tell(
                at, "no-output-here", "no message is being built here", "leave out 'out.' to read the message that came"
            )
        if path.root is Root.KNOWN:
            self.known(at, path.text)
            if path.segment not in KEPT_SEGMENTS:
                hint = f"it keeps {', '.join(KEPT_SEGMENTS)}"
                self.tell(at, "not-kept", f"the index keeps no {path.segment}", hint)

    def known(self, at: int, words: str) -> None:
        """Tell that the index cannot be read, where it cannot."""
        if not self.vocabulary.allows_known:
            hint = "mappings can, and the 'when' of an entry"
            self.tell(at, "known-not-here", f"{words} reads the record index, which cannot be asked here", hint)

    def _compare(self, node: Compare, inside: Inside) -> Node:
        right_inside = replace(inside, places=False)
        left, left_known = self._known(node.left, inside)
        right, right_known = self._known(node.right, right_inside)
        bound = replace(node, left=left, right=right)
        for side, known in ((left, left_known), (right, right_known)):
            if known and kind_of(side) is Kind.SEGMENT:
                hint = "name a field, or ask exists() or count()"
                self.tell(side.start, "not-a-value", "a segment cannot be compared", hint)
            if isinstance(side, Constant) and side.value == _HL7_NULL:
                self.tell(side.start, "null", "the HL7 null is no text", "write null, without quotes")
        if left_known and right_known:
            self._truths(bound)
        if node.sign == "in" and right_known:
            self._in(bound)
        if node.sign == "matches":
            check_pattern(bound.right, self.tell)
        return bound

    def _truths(self, node: Compare) -> None:
        kinds = [kind_of(node.left), kind_of(node.right)]
        if Kind.TRUTH not in kinds:
            return
        if kinds != [Kind.TRUTH, Kind.TRUTH] or node.sign != "==":
            side = node.left if kinds[0] is Kind.TRUTH else node.right
            hint = "join conditions with and, or, not"
            self.tell(side.start, "not-a-value", "what is true or false cannot be compared with a value", hint)

    def _in(self, node: Compare) -> None:
        right = node.right
        if isinstance(right, Listing):
            for item in right.items:
                if isinstance(item, Constant) and item.value == _HL7_NULL:
                    self.tell(item.start, "null", "the HL7 null is no text", "write null, without quotes")
        elif kind_of(right) not in _LISTS:
            hint = (
                "write [*] behind the path, or compare with =="
                if kind_of(right) is Kind.PATH
                else "write ['A', 'B'] or =="
            )
            self.tell(right.start, "not-a-list", "the right side of 'in' is a list", hint)


def _as_condition(bound: Node) -> str:
    match kind_of(bound):
        case Kind.PATH | Kind.PATHS | Kind.SEGMENT if isinstance(bound, Read):
            return f"did you mean exists({bound.path.text})?"
        case _:
            return "compare it with something: == 'A01'"
