"""What a profile says of one element, from YAML: ``R``, or a map of usage, cardinality, length, values and the rest."""

import re

from engine.documents import Entries, Items, Node, Reader, Scalar, kind_of
from engine.errors import InvalidExpression
from engine.expression import Condition, compile_condition
from engine.expression.functions.patterns import Pattern, pattern
from engine.problems import Problems, did_you_mean
from engine.validation.locators import Locating
from engine.validation.profile import UNBOUNDED, Constraint, Locator, Usage

USAGES = [each.value for each in Usage]
OTHERWISE = ["O", "RE", "X"]
_RANGE = re.compile(r"([0-9]{1,6})\.\.([0-9]{1,6}|\*)")
_HL7_TABLE = re.compile(r"HL7[0-9]{4}")


def read_constraint(node: Node, name: Scalar, at: Locator, locating: Locating) -> Constraint | None:
    """Return what *node* says of the element *at*."""
    if isinstance(node, Scalar):
        node = Entries(node.place, ((Scalar("usage", node.place), node),))
    if not isinstance(node, Entries):
        text = f"'{name.text}' takes a usage or a map, not {kind_of(node)}"
        locating.problems.add(node.place, "wrong-kind", text, "as in R or {usage: R, values: [F, M]}")
        return None
    return _Reading(node, name, at, locating).constraint()


class _Reading:
    """One element's words being read."""

    def __init__(self, node: Entries, name: Scalar, at: Locator, locating: Locating) -> None:
        self._reader = Reader(node, locating.problems)
        self._name, self._at, self._locating = name, at, locating
        self._problems: Problems = locating.problems

    def constraint(self) -> Constraint:
        """Return the constraint; a word that cannot be read is told and left out."""
        usage, when, otherwise = self._usage()
        least, most = self._range("cardinality")
        made = Constraint(self._at, self._name.place, usage, when, otherwise, least, most)
        if self._at.field:
            made = self._with_values(made)
        self._reader.node("about")  # a sentence for people
        self._reader.finish("a field in a profile" if self._at.field else "a segment in a profile")
        return made

    def _with_values(self, made: Constraint) -> Constraint:
        shortest, longest = self._range("length")
        value = self._reader.scalar("value")
        values, table = self._values()
        return Constraint(
            **{word: getattr(made, word) for word in ("at", "place", "usage", "when", "otherwise", "least", "most")},
            shortest=shortest,
            longest=longest,
            datatype=self._datatype(),
            value=None if value is None else value.text,
            values=values,
            table=table,
            matches=self._pattern(),
            also=self._listed("also"),
        )

    def _usage(self) -> tuple[Usage | None, Condition | None, Usage | None]:
        written, when = self._reader.choice("usage", USAGES), self._reader.scalar("when")
        otherwise = self._reader.choice("otherwise", OTHERWISE)
        usage = Usage(written) if written else None
        condition = None if when is None else compile_condition(when, self._locating.vocabulary, self._problems)
        place = self._reader.entries.place
        if usage is Usage.CONDITIONAL and when is None:
            text = f"'{self._name.text}' is conditional, and nothing says on what"
            self._problems.add(place, "missing-key", text, "add 'when: CONDITION'")
            return None, None, None
        if usage is not Usage.CONDITIONAL and (when is not None or otherwise):
            text = "'when' and 'otherwise' belong to the usage C"
            self._problems.add(place, "condition-without-c", text, "write 'usage: C'")
            return usage, None, None
        if usage is Usage.CONDITIONAL and condition is None:
            return None, None, None
        return usage, condition, Usage(otherwise) if otherwise else None

    def _range(self, key: str) -> tuple[int | None, int | None]:
        written = self._reader.scalar(key)
        if written is None:
            return None, None
        if key == "length" and written.text.isascii() and written.text.isdigit():
            return None, int(written.text)
        found = _RANGE.fullmatch(written.text)
        if found is None or (found[2] != "*" and int(found[2]) < int(found[1])):
            hint = "as in 1..* or 0..3" if key == "cardinality" else "as in 20 or 1..20"
            self._problems.add(written.place, f"bad-{key}", f"'{written.text}' is no {key}", hint)
            return None, None
        return int(found[1]), UNBOUNDED if found[2] == "*" else int(found[2])

    def _datatype(self) -> str | None:
        written = self._reader.scalar("type")
        if written is None:
            return None
        if self._at.component:
            self._problems.add(written.place, "type-not-here", "'type' is said of whole fields only")
            return None
        if self._locating.grammar.datatype(written.text) is None:
            text = f"{self._locating.grammar.version} has no data type '{written.text}'"
            self._problems.add(written.place, "unknown-type", text, "as in CWE")
            return None
        return written.text

    def _values(self) -> tuple[frozenset[str] | None, str | None]:
        listed, table = self._listed("values"), self._reader.scalar("table")
        if table is None:
            return listed, None
        if listed is not None:
            self._problems.add(table.place, "values-twice", "'values' and 'table' both say which codes may stand here")
            return listed, None
        if _HL7_TABLE.fullmatch(table.text):
            codes = self._locating.grammar.table(table.text)
            if not codes:
                text = f"{self._locating.grammar.version} publishes no codes for {table.text}"
                self._problems.add(table.place, "empty-table", text, "list them under 'values'")
            return codes or None, None
        tables = self._locating.vocabulary.tables
        if table.text not in tables:
            hint = did_you_mean(table.text, tables) or "a table of config.yaml, or one of HL7 as HL70001"
            self._problems.add(table.place, "unknown-table", f"no table is called '{table.text}'", hint)
            return None, None
        return None, table.text

    def _pattern(self) -> Pattern | None:
        written = self._reader.scalar("matches")
        if written is None:
            return None
        try:
            return pattern(written.text)
        except InvalidExpression as error:
            self._problems.add(written.place, "bad-pattern", error.text, error.hint)
            return None

    def _listed(self, key: str) -> frozenset[str] | None:
        node = self._reader.node(key)
        if node is None:
            return None
        values = node.values if isinstance(node, Items) else (node,)
        texts = [each.text for each in values if isinstance(each, Scalar)]
        if len(texts) != len(values):
            self._problems.add(node.place, "wrong-kind", f"'{key}' takes texts, or one text")
        return frozenset(texts)
