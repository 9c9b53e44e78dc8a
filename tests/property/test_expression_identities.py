"""What must be true of expressions whatever the text and whatever the message."""

from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import RuleFailed
from engine.expression import Env, Formula, Moment, Trace, Vocabulary, WholeMessage, compile_condition, compile_formula
from engine.hl7.message import Message
from engine.problems import Problems
from tests.unit.expression.worlds import Line

WORDS = """
PID-5 PID-3[*].1 PID-3[5=='MR'].1 OBX OBX[*]-5 OBX[ [2] PID. .5 -1 5 3.1 '' 'A' 'A^B' "x" null newline true value
and or not in matches == != < <= > >= + ( ) [ ] , upper( exists( count( if( coalesce( split( number( date(
x = && ' " ~ é
"""
PIECES = st.sampled_from(WORDS.split())
TEXTS = st.lists(PIECES, max_size=12).map(" ".join) | st.text(max_size=40)
VALUES = st.text(alphabet=st.sampled_from("ABa5.9^~&\\ \"'"), max_size=8)
SIDES = st.sampled_from(
    [
        "PID-5",
        "PID-5.1",
        "PID-3[*]",
        "PID-3[*].1",
        "PID-3[2 == 'A'].1",
        "ZZZ[*]-1",
        "upper(PID-5)",
        "PID-5 + 'A'",
        "'A'",
        "''",
        "null",
        "5",
        "PID-3[2].1",
    ]
)
MOMENT = Moment(datetime(2024, 2, 1, tzinfo=ZoneInfo("UTC")))


def env_of(name: str, identifiers: str) -> Env:
    message = Message.parse(f"MSH|^~\\&|||||||ADT^A01\rPID|1||{identifiers}||{name}\r".encode())
    return Env(message, MOMENT, WholeMessage(message))


def holds(text: str, env: Env) -> bool:
    problems = Problems()
    condition = compile_condition(Line(text), Vocabulary(), problems)
    assert condition is not None, problems.items
    return condition.holds(env)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_whatever_is_typed_compiles_or_is_a_problem(text: str) -> None:
    """Never an exception, and every problem stands inside the text."""
    problems = Problems()

    formula = compile_formula(Line(text), Vocabulary(allows_value=True), problems)

    assert (formula is None) == bool(problems.errors)
    assert all(1 <= problem.place.column <= len(text) + 1 for problem in problems.items)


@settings(max_examples=200, deadline=None)
@given(TEXTS, VALUES, VALUES)
def test_what_compiles_runs_or_fails_as_a_rule(text: str, name: str, identifiers: str) -> None:
    """A message cannot bring a rule to any other end."""
    formula = compile_formula(Line(text), Vocabulary(allows_value=True), Problems())

    if isinstance(formula, Formula):
        for run in (formula.written, formula.text):
            with suppress(RuleFailed):
                run(env_of(name, identifiers))


@settings(max_examples=200, deadline=None)
@given(SIDES, SIDES, VALUES, VALUES)
def test_unequal_is_exactly_not_equal(left: str, right: str, name: str, identifiers: str) -> None:
    """For single values and lists alike."""
    env = env_of(name, identifiers)

    assert holds(f"{left} != {right}", env) is not holds(f"{left} == {right}", env)
    assert holds(f"not {left} == {right}", env) is not holds(f"{left} == {right}", env)


@settings(max_examples=200, deadline=None)
@given(SIDES, SIDES, VALUES, VALUES)
def test_equality_has_no_direction(left: str, right: str, name: str, identifiers: str) -> None:
    """The shortcuts know a literal on the right only; they must not mean anything else."""
    env = env_of(name, identifiers)

    assert holds(f"{left} == {right}", env) is holds(f"{right} == {left}", env)


@settings(max_examples=200, deadline=None)
@given(
    SIDES,
    st.lists(st.sampled_from(["'A'", "'A^B'", "''", "null", "5", "PID-5.1"]), min_size=1, max_size=3),
    VALUES,
    VALUES,
)
def test_in_is_equal_to_any(left: str, items: list[str], name: str, identifiers: str) -> None:
    """``in`` is nothing but several ``==``, and ``not in`` its opposite."""
    env = env_of(name, identifiers)
    listed = f"[{', '.join(items)}]"

    assert holds(f"{left} in {listed}", env) is any(holds(f"{left} == {item}", env) for item in items)
    assert holds(f"{left} not in {listed}", env) is not holds(f"{left} in {listed}", env)


@settings(max_examples=200, deadline=None)
@given(SIDES, st.sampled_from(["<", "<=", ">", ">="]), SIDES, VALUES, VALUES)
def test_order_can_be_read_from_both_ends(left: str, sign: str, right: str, name: str, identifiers: str) -> None:
    """``a < b`` is ``b > a``; and what is less is never also equal or more, for single values."""
    env = env_of(name, identifiers)
    mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}[sign]

    assert holds(f"{left} {sign} {right}", env) is holds(f"{right} {mirrored} {left}", env)
    if "*" not in left + right and sign == "<":
        assert not (holds(f"{left} < {right}", env) and holds(f"{left} >= {right}", env))


@settings(max_examples=200, deadline=None)
@given(SIDES, st.sampled_from(["==", "!=", "<", ">="]), SIDES, VALUES, VALUES)
def test_a_trace_changes_no_answer(left: str, sign: str, right: str, name: str, identifiers: str) -> None:
    """Explaining is deciding again."""
    text = f"{left} {sign} {right} or exists(PID-5) and count(PID-3) == 2"
    env, traced = env_of(name, identifiers), env_of(name, identifiers)
    traced.trace = Trace()

    assert holds(text, env) is holds(text, traced)
    assert env.budget == traced.budget


@settings(max_examples=200, deadline=None)
@given(VALUES, VALUES)
def test_a_formula_that_is_only_a_path_gives_back_what_it_read(name: str, identifiers: str) -> None:
    """Structure and escapes as they stand."""
    formula = compile_formula(Line("=PID-5"), Vocabulary(), Problems())
    assert formula is not None
    env = env_of(name, identifiers)

    written = formula.written(env)

    assert getattr(written, "text", None) == env.message.field("PID", 5)
