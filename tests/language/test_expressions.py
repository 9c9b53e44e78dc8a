"""Every example of expressions.yaml: what it gives, how it fails, or what is said of it when the rules are loaded.

Each is run three times, as on the hot path, with a trace, and without the shortcuts for frequent shapes: all agree.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from engine.errors import RuleFailed
from engine.expression import (
    CompiledPath,
    Condition,
    Env,
    Formula,
    Leaf,
    Many,
    Moment,
    Null,
    Raw,
    Trace,
    Vocabulary,
    WholeMessage,
    Written,
    compile_condition,
    compile_formula,
    compile_let,
    compile_path,
    escaped,
)
from engine.expression.compiled import bound_condition
from engine.expression.compiler import Compiler
from engine.expression.syntax import Compare
from engine.hl7.builder import Builder
from engine.hl7.delimiters import Delimiters
from engine.hl7.message import Message
from engine.mapping.codes import CodeTable, load_table
from engine.problems import Place, Problems

TABLE: dict[str, Any] = yaml.load(
    (Path(__file__).parent / "expressions.yaml").read_text("utf-8"),
    Loader=yaml.BaseLoader,  # noqa: S506  it makes text of everything and nothing else
)
EXAMPLES: list[dict[str, Any]] = TABLE["examples"]
MOMENT = Moment(datetime(2024, 2, 1, 10, 30, tzinfo=ZoneInfo("America/New_York")))


@dataclass(frozen=True)
class Policy:
    """What a table does with an unknown code."""

    policy: Any = "error"
    default: str = ""


class PlainCompiler(Compiler):
    """The compiler without shortcuts."""

    def shape(self, node: Compare) -> None:
        """Have no shape but the general one."""


@dataclass
class Case:
    """One example and the world around it."""

    entry: dict[str, Any]
    problems: Problems = field(default_factory=Problems)

    @property
    def message(self) -> Message:
        lines = TABLE["messages"][self.entry.get("message", "adt")].strip("\n").split("\n")
        return Message.parse(("\r".join(lines) + "\r").encode())

    @property
    def vocabulary(self) -> Vocabulary:
        in_route = self.entry.get("place") == "route"
        return Vocabulary(
            self.entry.get("version", "2.5.1"),
            tables(),
            allows_out=not in_route,
            allows_value="value" in self.entry,
            allows_counter=not in_route,
        )

    def compiled(self, how: Callable[..., Any], key: str) -> Any:
        """Compile the example, and its lets before it."""
        vocabulary = self.vocabulary
        for name, text in self.entry.get("lets", {}).items():
            let = compile_let(source(text), vocabulary, self.problems)
            assert let is not None, self.problems.items
            vocabulary = vocabulary.with_let(name, let.kind)
        return how(source(self.entry[key]), vocabulary, self.problems)

    def env(self) -> Env:
        """Return a fresh Env, its lets filled in."""
        message = self.message
        env = Env(message, MOMENT, WholeMessage(message), tables(), "billing", value=self.entry.get("value", ""))
        if "out" in self.entry:
            builder = Builder.empty(message)
            for line in self.entry["out"].split("\n"):
                builder.append_segment(line)
            env.out = builder
        vocabulary = self.vocabulary
        for name, text in self.entry.get("lets", {}).items():
            let = compile_let(source(text), vocabulary, self.problems)
            assert let is not None
            env.lets[name] = let.stored(env)
            vocabulary = vocabulary.with_let(name, let.kind)
        return env


@dataclass(frozen=True)
class Line:
    """A text that stands on one line of a file from its first column on."""

    text: str
    place: Place = Place("example.yaml")  # noqa: RUF009  frozen

    def place_of(self, offset: int) -> Place:
        """Return the column of a character."""
        return Place(self.place.file, 1, offset + 1)


def source(text: str) -> Line:
    return Line(text)


def tables() -> dict[str, CodeTable]:
    loaded = {}
    for name, entry in TABLE["tables"].items():
        unknown = entry["unknown"]
        policy = Policy("default", unknown["default"]) if isinstance(unknown, dict) else Policy(unknown)
        problems = Problems()
        loaded[name] = load_table(name, f"{name}.csv", entry["csv"], policy, problems)
        assert problems.items == []
    return loaded


def encoded(written: Written, delimiters: Delimiters) -> str:
    match written:
        case Raw(text):
            return text
        case Leaf(text):
            return escaped(text, delimiters)
        case Null():
            return '""'
        case Many(items):
            return delimiters.repetition.join(encoded(item, delimiters) for item in items)


def chosen(*keys: str) -> list[Any]:
    found = [entry for entry in EXAMPLES if any(key in entry for key in keys)]
    assert found
    return [
        pytest.param(entry, id=" ".join(str(entry.get(k)) for k in ("condition", "formula", "path") if k in entry))
        for entry in found
    ]


def compiler_of(entry: dict[str, Any]) -> tuple[Callable[..., Any], str]:
    ways = {"condition": compile_condition, "formula": compile_formula, "path": compile_path}
    key = next(key for key in ways if key in entry)
    return ways[key], key


def test_every_example_says_what_it_shows_and_has_one_result() -> None:
    """The table is documentation: no example without the sentence it shows, and none that cannot fail."""
    results = {"holds", "writes", "text", "fails", "problem", "spots"}

    wrong = [entry for entry in EXAMPLES if not entry.get("says") or len(results & entry.keys()) != 1]

    assert wrong == []
    assert len(EXAMPLES) > 300


@pytest.mark.parametrize("entry", chosen("holds"))
def test_a_condition_holds_or_not(entry: dict[str, Any]) -> None:
    """The answer is the same on the hot path, with a trace, and without shortcuts."""
    case = Case(entry)
    condition = case.compiled(compile_condition, "condition")
    assert isinstance(condition, Condition), case.problems.items
    wanted = entry["holds"] == "yes"
    traced_env = case.env()
    traced_env.trace = Trace()
    node = case.compiled(bound_condition, "condition")

    plain, traced = condition.holds(case.env()), condition.holds(traced_env)
    general = PlainCompiler(source(entry["condition"])).truth(node)(case.env())

    assert (plain, traced, general) == (wanted, wanted, wanted)
    assert [asked.holds for asked in traced_env.trace.asked] == [wanted]


@pytest.mark.parametrize("entry", chosen("writes"))
def test_a_formula_writes_what_it_gives(entry: dict[str, Any]) -> None:
    """Structure stands as it stood, text is one escaped leaf, a list is repetitions."""
    case = Case(entry)
    formula = case.compiled(compile_formula, "formula")
    assert isinstance(formula, Formula), case.problems.items

    written = formula.written(case.env())

    assert encoded(written, case.message.delimiters) == entry["writes"]


@pytest.mark.parametrize("entry", chosen("text"))
def test_a_formula_gives_text(entry: dict[str, Any]) -> None:
    """The first leaf, decoded."""
    case = Case(entry)
    formula = case.compiled(compile_formula, "formula")
    assert isinstance(formula, Formula), case.problems.items

    assert formula.text(case.env()) == entry["text"]


@pytest.mark.parametrize("entry", chosen("fails"))
def test_a_failure_has_its_code_and_its_place_and_shows_no_value(entry: dict[str, Any]) -> None:
    """What is logged of a failure is its code; the rest is stored with the message."""
    case = Case(entry)
    formula = case.compiled(compile_formula, "formula")
    assert isinstance(formula, Formula), case.problems.items

    with pytest.raises(RuleFailed) as caught:
        formula.written(case.env())

    assert caught.value.code == entry["fails"]
    assert caught.value.place is not None
    assert str(caught.value) == entry["fails"]


@pytest.mark.parametrize("entry", chosen("problem"))
def test_a_problem_is_told_at_its_column_with_a_hint(entry: dict[str, Any]) -> None:
    """Every mistake is found when the rules are loaded, under its caret."""
    case = Case(entry)
    how, key = compiler_of(entry)

    result = case.compiled(how, key)

    assert result is None
    words = entry["problem"].split()
    found = [(problem.code, problem.place.column) for problem in case.problems.items]
    assert found == list(zip(words[::2], map(int, words[1::2]), strict=True))
    assert entry.get("hint", "") in case.problems.items[0].hint


@pytest.mark.parametrize("entry", chosen("spots"))
def test_a_path_on_the_left_names_its_places(entry: dict[str, Any]) -> None:
    """Positions are written as paths here: the segment, the field, the repetition, component and subcomponent."""
    case = Case(entry)
    path = case.compiled(compile_path, "path")
    assert isinstance(path, CompiledPath), case.problems.items
    env = case.env()

    spots = path.spots(env, env.message, env.scope)

    shown = []
    for spot in spots:
        repetition = f"[{spot.repetition}]" if spot.repetition else ""
        deeper = "".join(f".{each}" for each in (spot.component, spot.subcomponent) if each)
        shown.append(f"{env.message.names[spot.position]}-{spot.field}{repetition}{deeper}")
    assert " ".join(shown) == entry["spots"]
