"""Binding a call: which function, how many arguments, what each must be, and what the call gives."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.errors import InvalidExpression
from engine.expression.functions.patterns import Pattern, Template
from engine.expression.registry import Function, Parameter, Takes
from engine.expression.slips import OTHER_WORDS
from engine.expression.syntax import Call, Constant, Invoke, Kind, Node, kind_of
from engine.problems import did_you_mean

if TYPE_CHECKING:
    from engine.expression.binder import Binder, Inside

_STRUCTURED = frozenset({Kind.PATH, Kind.PATHS})
_LISTS = frozenset({Kind.LIST, Kind.PATHS})
_OF_OUTPUTS = frozenset({"counter", "destination"})


@dataclass(frozen=True, slots=True)
class CallBinder:
    """Binds one call."""

    binder: "Binder"
    call: Call
    inside: "Inside"

    def bound(self, functions: Mapping[str, Function]) -> Node:
        """Return the bound call; after a mistake, something of the same span."""
        call = self.call
        function = functions.get(call.name)
        if function is None:
            hint = OTHER_WORDS.get(call.name) or did_you_mean(call.name, functions)
            self.binder.tell(call.start, "unknown-function", f"there is no function {call.name!r}", hint)
            return Invoke(call.start, call.end, _UNKNOWN, (), Kind.ANY)
        if not self._arguments_fit(function):
            return Invoke(call.start, call.end, function, (), function.gives)
        if call.name in _OF_OUTPUTS and not self.binder.vocabulary.allows_counter:
            self.binder.tell(
                call.start, "no-output-here", f"{call.name}() means nothing here", "no output is being made yet"
            )
        if function.needs:
            self.binder.known(call.start, f"{call.name}()")
        before = len(self.binder.told)
        arguments = tuple(self._argument(function, index, node) for index, node in enumerate(call.arguments))
        if len(self.binder.told) > before and function.name == "if":  # what its sides give is not known
            return Invoke(call.start, call.end, function, arguments, Kind.ANY)
        prepared = tuple(self._prepared(function, index, node) for index, node in enumerate(arguments))
        self._together(function, arguments, prepared)
        return Invoke(call.start, call.end, function, arguments, self._gives(function, arguments), prepared)

    def _arguments_fit(self, function: Function) -> bool:
        given, least, most = len(self.call.arguments), function.least, len(function.parameters)
        if given >= least and (given <= most or function.repeats):
            return True
        least_most = f"{least}" if least == most else f"{least} to {most}"
        wanted = f"at least {least}" if function.repeats else least_most
        text = f"{function.name} takes {wanted} argument{'' if wanted == '1' else 's'}, not {given}"
        self.binder.tell(self.call.start, "wrong-arguments", text, f"write {function.signature}")
        return False

    def _argument(self, function: Function, index: int, node: Node) -> Node:
        parameter = function.parameter(index)
        inside = self.inside
        match parameter.takes:
            case Takes.TRUTH:
                return self.binder.condition(node, inside)
            case Takes.PLACE:
                return self.binder.bind(node, inside)
            case Takes.NUMBER | Takes.LITERAL | Takes.TABLE | Takes.COLUMN:
                inside = replace(inside, places=False)
            case Takes.TEXT | Takes.VALUE | Takes.LIST | Takes.WHOLE:
                pass
        if parameter.takes is Takes.VALUE and function.name == "if":
            return self.binder.bind(node, inside)
        bound = self.binder.value(node, inside)
        self._number(parameter, bound)
        return bound

    def _number(self, parameter: Parameter, bound: Node) -> None:
        if parameter.takes is not Takes.NUMBER or not isinstance(bound, Constant):
            return
        if not isinstance(bound.value, int) or isinstance(bound.value, bool) or bound.value < parameter.least:
            text = f"{parameter.name} is a whole number from {parameter.least}"
            self.binder.tell(bound.start, "wrong-argument", text)

    def _prepared(self, function: Function, index: int, node: Node) -> object:
        parameter = function.parameter(index)
        text = node.value if isinstance(node, Constant) and isinstance(node.value, str) else None
        match parameter.takes:
            case Takes.LITERAL:
                return self._literal(parameter, node, text)
            case Takes.TABLE:
                self._table(node, text)
            case Takes.COLUMN if text is None:
                self.binder.tell(node.start, "wrong-argument", "the name of a column stands in quotes")
            case Takes.TEXT if text is not None and parameter.prepare is not None:
                self._literal(parameter, node, text)
            case _:
                pass
        return None

    def _literal(self, parameter: Parameter, node: Node, text: str | None) -> object:
        if text is None or parameter.prepare is None:
            self.binder.tell(node.start, "wrong-argument", f"{parameter.name} is a text in quotes")
            return None
        try:
            return parameter.prepare(text)
        except InvalidExpression as error:
            self.binder.tell(node.start, error.code, error.text, error.hint)
            return None

    def _table(self, node: Node, text: str | None) -> None:
        tables = self.binder.vocabulary.tables
        if text is None:
            self.binder.tell(
                node.start, "wrong-argument", "the name of a table stands in quotes", "for example 'charge-master'"
            )
        elif text not in tables:
            hint = did_you_mean(text, tables) or "tables are listed in config.yaml"
            self.binder.tell(node.start, "unknown-table", f"there is no table {text!r}", hint)

    def _together(self, function: Function, arguments: tuple[Node, ...], prepared: tuple[object, ...]) -> None:
        """Tell what only two arguments together show."""
        if function.name == "lookup":
            self._column(arguments)
        if function.name == "replace_regex" and isinstance(prepared[1], Pattern) and isinstance(prepared[2], Template):
            groups, highest = prepared[1].groups, prepared[2].highest
            if highest > groups:
                self.binder.tell(
                    arguments[2].start, "bad-pattern", f"the pattern has {groups} groups, none is \\{highest}"
                )

    def _column(self, arguments: tuple[Node, ...]) -> None:
        table, _, column = (node.value if isinstance(node, Constant) else None for node in arguments[:3])
        if not isinstance(table, str) or not isinstance(column, str):
            return
        known = self.binder.vocabulary.tables.get(table)
        if known is not None and known.columns and column not in known.columns:
            hint = did_you_mean(column, known.columns)
            self.binder.tell(arguments[2].start, "unknown-column", f"{table} has no column {column!r}", hint)

    def _gives(self, function: Function, arguments: tuple[Node, ...]) -> Kind:
        kinds = [kind_of(node) for node in arguments]
        if function.keeps_structure and kinds[0] in _STRUCTURED:
            return kinds[0]
        if function.name == "coalesce":
            return _common([*map(_single, kinds)])
        return self._of_choice(arguments) if function.name == "if" else function.gives

    def _of_choice(self, arguments: tuple[Node, ...]) -> Kind:
        one, other = kind_of(arguments[1]), kind_of(arguments[2])
        if (one is Kind.TRUTH) is not (other is Kind.TRUTH) or Kind.SEGMENT in (one, other):
            text = "both sides of if are values, or both are conditions"
            self.binder.tell(arguments[2].start, "wrong-argument", text)
        if one is other is Kind.TRUTH:
            return Kind.TRUTH
        if one in _LISTS and other in _LISTS:
            return Kind.LIST
        return Kind.ANY


def _single(kind: Kind) -> Kind:
    return Kind.TEXT if kind in (Kind.LIST, *_STRUCTURED) else kind


def _common(kinds: list[Kind]) -> Kind:
    return kinds[0] if len(set(kinds)) == 1 and kinds[0] is Kind.TEXT else Kind.ANY


_UNKNOWN = Function("?", (), Kind.ANY, "", ())
