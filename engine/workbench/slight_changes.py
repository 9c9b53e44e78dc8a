"""Small changes to one expression, each of which means something else: what a slip of the pen could have written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.errors import InvalidExpression
from engine.expression import FUNCTIONS
from engine.expression.parser import parse
from engine.expression.registry import Takes
from engine.expression.syntax import Call, Compare, Constant, Join, Listing, Logic, Node, Not, Written

_BRACKET = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[()]")
"""Brackets, and the texts in quotes that may hold some."""
_BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_OTHER = {"and": "or", "or": "and"}
_NAMES = frozenset({Takes.TABLE, Takes.COLUMN})
"""Arguments that name something: another name is no slip that could be loaded."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a text, and where in it."""

    offset: int
    what: str
    text: str
    """The whole text, changed."""


def changes_of(text: str, start: int = 0) -> Iterator[Change]:
    """Yield the changes of the formula in *text* from *start* on; of one that cannot be parsed none."""
    node = _parsed(text, start)
    yield from () if node is None else _Changes(text).of(node)


def changes_of_condition(text: str) -> Iterator[Change]:
    """Yield the changes of a condition; of one that cannot be parsed none."""
    node = _parsed(text, 0)
    yield from () if node is None else _Changes(text).of_condition(node)


def _parsed(text: str, start: int) -> Node | None:
    try:
        return parse(text, start)
    except InvalidExpression:
        return None  # the loader tells of it


def changes_of_path(text: str) -> Iterator[Change]:
    """Yield the changes of the questions in the brackets of a path."""
    if "[" in text:
        yield from changes_of(text)


@dataclass(frozen=True, slots=True)
class _Changes:
    text: str

    def of(self, node: Node) -> Iterator[Change]:
        """Yield the changes of *node* and of all in it."""
        match node:
            case Logic():
                yield from self._logic(node)
            case Not():
                yield from self.of_condition(node.operand)
            case Compare():
                yield from self._compare(node)
            case Call():
                yield from self._call(node)
            case Constant():
                yield from self._constant(node)
            case _:
                yield from self._inside(node)

    def _inside(self, node: Node) -> Iterator[Change]:
        match node:
            case Join():
                for each in node.operands:
                    yield from self.of(each)
            case Listing():
                for each in node.items:
                    yield from self.of(each)
            case Written():
                for predicate in (node.which_segment, node.which_repetition):
                    if predicate is not None:
                        yield from self.of_condition(predicate)

    def of_condition(self, node: Node) -> Iterator[Change]:
        """Yield the changes of a node that is true or false."""
        if isinstance(node, Call):  # a question: comparisons are turned round wherever they stand
            yield self._negated(node)
        yield from self.of(node)

    def _logic(self, node: Logic) -> Iterator[Change]:
        other, pieces = _OTHER[node.word], [self._words(each) for each in node.operands]
        yield self._with(node, f"'{node.word}' made '{other}'", f" {other} ".join(f"({each})" for each in pieces))
        for index, left_out in enumerate(node.operands):
            rest = f" {node.word} ".join(f"({each})" for at, each in enumerate(pieces) if at != index)
            changed = self._with(node, f"left out: {pieces[index]}", f"({rest})")
            yield replace(changed, offset=left_out.start)
        for each in node.operands:
            yield from self.of_condition(each)

    def _compare(self, node: Compare) -> Iterator[Change]:
        yield self._negated(node)
        other = _BOUNDARY.get(node.sign)
        if other is not None:
            start, end = node.left.end, node.right.start
            between = self.text[start:end].replace(node.sign, other, 1)
            text = self.text[:start] + between + self.text[end:]
            yield Change(start, f"'{node.sign}' made '{other}'", text)
        yield from self.of(node.left)
        yield from self.of(node.right)

    def _call(self, node: Call) -> Iterator[Change]:
        function = FUNCTIONS.get(node.name)
        if function is None:
            return
        for index, argument in enumerate(node.arguments):
            takes = function.parameter(index).takes
            if takes is Takes.TRUTH:
                yield from self.of_condition(argument)
            elif takes not in _NAMES:
                yield from self.of(argument)
            if node.name == "coalesce" and len(node.arguments) > 1:
                rest = [self._words(each) for at, each in enumerate(node.arguments) if at != index]
                changed = self._with(node, f"left out: {self._words(argument)}", f"coalesce({', '.join(rest)})")
                yield replace(changed, offset=argument.start)

    def _constant(self, node: Constant) -> Iterator[Change]:
        if node.written:
            whole, _, part = node.written.rpartition(".")
            written = f"{whole}.{int(part) + 1}" if whole else str(int(part) + 1)
        elif isinstance(node.value, bool):
            written = "false" if node.value else "true"
        elif isinstance(node.value, str) and node.value != "\n":
            words = self._words(node)
            written = f"{words[:-1]}X{words[-1]}"
        else:
            return
        yield self._with(node, f"{self._words(node)} made {written}", written)

    def _negated(self, node: Node) -> Change:
        words = self._words(node)
        return self._with(node, f"turned round: {words}", f"(not ({words}))")

    def _words(self, node: Node) -> str:
        start, end = balanced(self.text, node.start, node.end)
        return self.text[start:end]

    def _with(self, node: Node, what: str, words: str) -> Change:
        start, end = balanced(self.text, node.start, node.end)
        return Change(node.start, what, self.text[:start] + words + self.text[end:])


def balanced(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span widened by the brackets that its ends cut off: a node knows nothing of those around its parts."""
    depth = lowest = 0
    for found in _BRACKET.finditer(text, start, end):
        depth += {"(": 1, ")": -1}.get(found.group(), 0)
        lowest = min(lowest, depth)
    for _ in range(-lowest):
        start = text.rindex("(", 0, start)
    for _ in range(depth - lowest):
        end = text.index(")", end) + 1
    return start, end
