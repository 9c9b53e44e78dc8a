"""The functions' reference: every function is described and its examples are true."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from engine.expression import FUNCTIONS, Env, Kind, Moment, Vocabulary, WholeMessage, sample
from engine.expression.registry import Example
from engine.hl7.message import Message
from engine.index.asking import Asking
from engine.index.effects import Origin
from engine.mapping.codes import load_table
from engine.problems import Problems
from tests.unit.expression.worlds import formula_of

_PROMISED = (
    "upper lower trim title digits replace replace_regex substring pad pad_right length luhn split item join first "
    "distinct "
    "count exists if coalesce number translate lookup listed date years_between date_add between "
    "received_at destination counter location_at charge_state"
)


@dataclass(frozen=True)
class Failing:
    """The default policy of tables."""

    policy: Literal["error"] = "error"
    default: str = ""


def given(example: Example) -> object:
    """Return what the example gives for the message of the reference page."""
    name, text = sample.TABLE
    tables = {name: load_table(name, f"{name}.csv", text, Failing(), Problems())}
    message = Message.parse(sample.SAMPLE.encode())
    received = datetime.fromisoformat(sample.RECEIVED_AT).replace(tzinfo=ZoneInfo(sample.ZONE))
    env = Env(message, Moment(received), WholeMessage(message), tables, sample.DESTINATION)
    env.index = Asking(sample.KNOWN, message, Origin("lab", "STMARY", ZoneInfo(sample.ZONE), 0, "delta", "delta"))
    words = Vocabulary(tables=tables, allows_counter=True, allows_known=True)
    formula = formula_of(example.expression, words)
    match formula.kind:
        case Kind.LIST:
            found = formula.stored(env)
            return tuple(found) if isinstance(found, list) else found
        case Kind.TRUTH | Kind.NUMBER:
            return formula.stored(env)
        case _:
            return formula.text(env)


EXAMPLES = [pytest.param(each, id=each.expression) for name in FUNCTIONS for each in FUNCTIONS[name].examples]


@pytest.mark.parametrize("example", EXAMPLES)
def test_what_the_reference_page_says_of_a_function_is_true(example: Example) -> None:
    """The page is made from the registry, so its examples are run."""
    found = given(example)

    assert found == example.gives
    assert type(found) is type(example.gives)


def test_the_registry_holds_exactly_the_promised_functions() -> None:
    """A function that the language page does not name is not there, and none is missing."""
    assert sorted(FUNCTIONS) == sorted(_PROMISED.split())


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_is_described_with_an_example_of_itself(name: str) -> None:
    """Name, signature, a sentence, and an example that uses it."""
    function = FUNCTIONS[name]

    assert function.about.endswith(".")
    assert function.signature.startswith(f"{name}(")
    assert any(f"{name}(" in example.expression for example in function.examples)
