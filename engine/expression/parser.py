"""From text to a tree: a Pratt parser, smallest binding first: or, and, not, comparisons (which do not chain), +."""

from decimal import Decimal

from engine.errors import InvalidExpression
from engine.expression.syntax import Call, Compare, Constant, Join, Listing, Logic, Node, Not, Number, Word, Written
from engine.expression.tokens import Token, TokenKind, tokenize
from engine.hl7.path import NamedPath, Path, Selector, Where

_OR, _AND, _NOT, _COMPARE, _JOIN = 1, 2, 3, 4, 5
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "matches"})
_INFIX = {"or": _OR, "and": _AND, "+": _JOIN, "not": _COMPARE, **dict.fromkeys(_COMPARISONS, _COMPARE)}
_CONSTANTS: dict[str, str | bool | None] = {"null": None, "newline": "\n", "true": True, "false": False}
_DEEPEST = 40


def parse(text: str, start: int = 0) -> Node:
    """Return the tree of the expression in *text* from *start* on; raise InvalidExpression, and nothing else."""
    return _Parser(text, start, len(text), 0).whole()


class _Parser:
    """One pass over one stretch of the text; a predicate is parsed by a parser of its own, over its own stretch."""

    def __init__(self, text: str, start: int, end: int, depth: int) -> None:
        self._text = text
        self._tokens = tokenize(text, start, end)
        self._at = 0
        self._depth = depth

    def whole(self) -> Node:
        """Return the only expression there is."""
        if self._now.kind is TokenKind.END:
            raise InvalidExpression("empty-expression", self._now.start, "there is no expression here")
        node = self._expression(0)
        self._expect_end()
        return node

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._tokens[self._at]
        if token.kind is not TokenKind.END:
            self._at += 1
        return token

    def _expression(self, power: int) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise InvalidExpression("too-deep", self._now.start, f"brackets nest more than {_DEEPEST} deep")
        left = self._prefix(power)
        while self._now.kind is TokenKind.SIGN and _INFIX.get(self._now.text, 0) > power:
            left = self._infix(left)
        self._depth -= 1
        return left

    def _infix(self, left: Node) -> Node:
        sign = self._now.text
        if sign in ("or", "and", "+"):
            return self._chain(left, sign)
        return self._comparison(left)

    def _chain(self, left: Node, sign: str) -> Node:
        operands = [left]
        while self._now.is_sign(sign):
            self._take()
            operands.append(self._expression(_INFIX[sign]))
        end = operands[-1].end
        if sign == "+":
            return Join(left.start, end, tuple(operands))
        return Logic(left.start, end, sign, tuple(operands))

    def _comparison(self, left: Node) -> Node:
        operator = self._take()
        sign, negated = operator.text, operator.text == "!="
        if sign == "not":
            if not self._now.is_sign("in"):
                hint = "write not X matches '...'" if self._now.is_sign("matches") else "write X and not Y"
                raise InvalidExpression("unexpected", operator.start, "'not' cannot stand here", hint)
            sign, negated = self._take().text, True
        right = self._list() if sign == "in" and self._now.is_sign("[") else self._expression(_COMPARE)
        if self._now.kind is TokenKind.SIGN and self._now.text in _COMPARISONS:
            hint = "join two comparisons with and"
            raise InvalidExpression("chained", self._now.start, "comparisons do not chain", hint)
        return Compare(left.start, right.end, "==" if sign == "!=" else sign, negated, left, right)

    def _list(self) -> Node:
        opening = self._take()
        if self._now.is_sign("]"):
            raise InvalidExpression("empty-list", opening.start, "the list is empty", "nothing is in an empty list")
        items = self._separated("]")
        return Listing(opening.start, self._tokens[self._at - 1].end, items)

    def _separated(self, closing: str) -> tuple[Node, ...]:
        """Return the expressions up to *closing*, which is taken too."""
        items: list[Node] = []
        if self._now.is_sign(closing):
            self._take()
            return ()
        while True:
            items.append(self._expression(0))
            if self._now.is_sign(closing):
                self._take()
                return tuple(items)
            if not self._now.is_sign(","):
                raise self._unexpected(f"expected ',' or '{closing}'")
            self._take()

    def _prefix(self, power: int) -> Node:
        token = self._take()
        match token.kind:
            case TokenKind.PATH if token.path is not None:
                return self._written(token, token.path)
            case TokenKind.STRING:
                return Constant(token.start, token.end, token.text)
            case TokenKind.NUMBER:
                return Constant(token.start, token.end, _number(token), token.text)
            case TokenKind.WORD:
                return self._word(token)
            case _:
                return self._opened(token, power)

    def _opened(self, token: Token, power: int) -> Node:
        if token.is_sign("not"):
            if power > _NOT:
                raise InvalidExpression("unexpected", token.start, "'not' cannot stand here", "put brackets around it")
            operand = self._expression(_NOT)
            return Not(token.start, operand.end, operand)
        if token.is_sign("("):
            inside = self._expression(0)
            if not self._now.is_sign(")"):
                raise self._unexpected("expected ')'")
            self._take()
            return inside
        if token.is_sign("["):
            hint = "one value is compared with ==" if self._at > 1 else ""
            raise InvalidExpression("unexpected", token.start, "a list stands only on the right of 'in'", hint)
        if token.kind is not TokenKind.END:
            self._at -= 1
        raise self._unexpected("expected a path, a text in quotes, a number, a function or '('")

    def _word(self, token: Token) -> Node:
        if self._now.is_sign("("):
            self._take()
            arguments = self._separated(")")
            return Call(token.start, self._tokens[self._at - 1].end, token.text, arguments)
        if token.text in _CONSTANTS:
            return Constant(token.start, token.end, _CONSTANTS[token.text])
        return Word(token.start, token.end, token.text)

    def _written(self, token: Token, path: Path | NamedPath) -> Node:
        repetition = path.parts[0][1] if isinstance(path, NamedPath) else path.repetition
        segment_where, repetition_where = self._predicate(path.occurrence), self._predicate(repetition)
        return Written(token.start, token.end, path, segment_where, repetition_where)

    def _predicate(self, selector: Selector) -> Node | None:
        if not isinstance(selector, Where):
            return None
        end = selector.offset + len(selector.text)
        return _Parser(self._text, selector.offset, end, self._depth + 1).whole()

    def _unexpected(self, expected: str) -> InvalidExpression:
        found = "the end" if self._now.kind is TokenKind.END else repr(self._text[self._now.start : self._now.end])
        return InvalidExpression("unexpected", self._now.start, f"{expected}, found {found}")

    def _expect_end(self) -> None:
        token = self._now
        if token.kind is TokenKind.END:
            return
        found = self._text[token.start : token.end]
        hint = ""
        if token.kind is not TokenKind.SIGN:
            hint = "two values need a sign between them: == + and or"
        elif found in (")", "]"):
            hint = "there is no opening bracket for it"
        elif found == ",":
            hint = "a list is written ['A', 'B']"
        elif found == "[":
            hint = "an index stands directly behind a path"
        raise InvalidExpression("unexpected", token.start, f"{found!r} cannot stand here", hint)


def _number(token: Token) -> Number:
    # 3.1.2 is a place in a predicate and no number: the binder refuses it elsewhere, by what was written.
    parts = token.text.split(".")
    return int(parts[0]) if len(parts) == 1 else Decimal(".".join(parts[:2]))
