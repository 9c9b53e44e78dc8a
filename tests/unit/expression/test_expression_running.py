"""What expressions do beside giving values: budgets, scopes, traces, and what they say of themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from engine.errors import RuleFailed
from engine.expression import Budget, Env, Kind, Many, Raw, Seen, Trace, Vocabulary, WholeMessage
from engine.hl7.message import Message
from tests.unit.expression.worlds import ADT, condition_of, env_of, formula_of


@dataclass
class Turn:
    """The scope of a turn of ``for each: PID-3`` or ``for each: OBX``."""

    message: Message
    only: int | None = None
    chosen: tuple[int, int, int] | None = None

    def positions(self, name: str, /) -> Sequence[int]:
        """Return the only OBX of the turn, and everything else."""
        found = self.message.positions(name)
        return [self.only] if name == "OBX" and self.only is not None else found

    def repetition(self, position: int, field: int, /) -> int | None:
        """Return the repetition of the turn for its own field."""
        if self.chosen is None or self.chosen[:2] != (position, field):
            return None
        return self.chosen[2]


def in_repetition(number: int) -> Env:
    """Return an Env inside ``for each: PID-3`` at that repetition."""
    env = env_of()
    env.scope = Turn(env.message, chosen=(1, 3, number))
    return env


@pytest.mark.parametrize(
    ("formula", "gives"),
    [
        ("PID-3.1", "987"),
        ("PID-3", "987^^^SSA^SS"),
        ("PID-3.5", "SS"),
        ("PID-5.1", "DOE"),
        ("count(PID-3)", "1"),
        ("PID-3[1].1", "100234"),
    ],
)
def test_in_a_loop_over_repetitions_a_path_means_the_one_of_the_turn(formula: str, gives: str) -> None:
    """Without an index it is this turn's repetition; an index still counts in the whole field."""
    env = in_repetition(2)

    written = formula_of(formula).written(env)

    assert written.text == gives if isinstance(written, Raw) else formula_of(formula).text(env) == gives


def test_in_a_loop_the_list_of_all_repetitions_stays_all() -> None:
    """``[*]`` asks for all of them, also inside a turn."""
    written = formula_of("PID-3[*].1").written(in_repetition(2))

    assert written == Many((Raw("100234"), Raw("987")))


def test_in_a_loop_over_segments_a_path_sees_what_the_scope_shows() -> None:
    """The scope decides; indexes count within it."""
    env = env_of()
    env.scope = Turn(env.message, only=3)

    assert formula_of("OBX-5 + count(OBX)").text(env) == "311"
    assert formula_of("OBX[2]-5").text(env) == ""


def test_out_paths_see_what_their_own_scope_shows() -> None:
    """``out.`` reads the message being built, through the left-hand scope."""
    env = env_of()
    env.out = Message.parse(ADT.replace("9.5", "OUT").encode())

    everything = formula_of("out.OBX-5").text(env)
    env.out_scope = Turn(env.out, only=3)
    in_turn = formula_of("out.OBX-5").text(env)

    assert (everything, in_turn) == ("OUT", "31")


def test_a_let_that_was_never_reached_is_empty() -> None:
    """A let may stand behind a condition that did not hold."""
    words = Vocabulary(lets={"a": Kind.TEXT, "b": Kind.LIST, "c": Kind.PATHS, "d": Kind.TRUTH, "e": Kind.PATH})

    assert formula_of("a + join(b, ',') + first(c) + e + '.'", words).text(env_of()) == "."
    assert not condition_of("d", words).holds(env_of())


def test_lists_cost_steps_and_the_budget_is_exact() -> None:
    """Steps are counted, never time: the same message fails the same way for ever."""
    formula, env = formula_of("PID-3[*].1"), env_of()
    env.budget = Budget(steps=4)

    formula.written(env)

    assert env.budget.steps == 0
    with pytest.raises(RuleFailed, match="budget"):
        formula.written(env)


@pytest.mark.parametrize(
    "formula",
    [
        "pad('x', 10000000, 'y')",
        "replace('aaaaaaaaaa', 'a', pad('x', 90, 'y'))",
        "PID-5 + pad('x', 99, 'y')",
        "join(split('a,b', ','), pad('x', 60, 'y'))",
    ],
)
def test_text_that_grows_too_large_fails_before_it_is_made(formula: str) -> None:
    """Doubling a text a few dozen times must not fill the memory."""
    env = env_of()
    env.budget = Budget(characters=100)

    with pytest.raises(RuleFailed) as caught:
        formula_of(formula).text(env)

    assert caught.value.code == "budget"


def test_a_failure_inside_a_predicate_leaves_nothing_behind() -> None:
    """The next question starts afresh."""
    env = env_of()

    with pytest.raises(RuleFailed):
        condition_of("exists(PID-3[number(1) == 100234 and number(5) == 1])").holds(env)

    assert env.chosen == ""


def test_a_failure_knows_the_call_that_failed() -> None:
    """The innermost place is kept."""
    with pytest.raises(RuleFailed) as caught:
        condition_of("exists(PID) and number(PID-5) == 1").holds(env_of())

    assert caught.value.place is not None
    assert caught.value.place.column == 17
    assert "DOE" not in repr(caught.value)


def test_a_trace_tells_each_clause_and_what_it_saw() -> None:
    """The words of the rule, the answer, and the values behind it."""
    env = env_of()
    env.trace = Trace()

    holds = condition_of(
        "MSH-9.2 in ['A01'] and not exists(PID-10) and upper(PID-8) == 'M' and PID-3[*].5 == 'X'"
    ).holds(env)

    (asked,) = env.trace.asked
    assert (holds, asked.holds) == (False, False)
    assert [(clause.words, clause.holds) for clause in asked.clauses] == [
        ("MSH-9.2 in ['A01']", True),
        ("exists(PID-10)", False),
        ("upper(PID-8) == 'M'", False),
    ]
    assert asked.clauses[0].seen == (Seen("MSH-9.2", "A01"),)
    assert asked.clauses[1].seen == (Seen("PID-10", '""'),)
    assert asked.clauses[2].seen == (Seen("PID-8", "F"), Seen("upper(PID-8)", "F"))
    assert asked.clauses[2].place.column == 47


def test_a_trace_shows_lists_as_lists_and_no_values_in_its_repr() -> None:
    """What is printed by accident holds the words of the rule only."""
    env = env_of()
    env.trace = Trace()

    condition_of("PID-3[*].5 == 'SS'").holds(env)

    assert env.trace.asked[0].clauses[0].seen == (Seen("PID-3[*].5", ("MR", "SS")),)
    assert "MR" not in repr(env.trace)


def test_a_condition_asked_without_a_trace_after_one_with_is_as_before() -> None:
    """Listening is a matter of the Env alone."""
    condition, env = condition_of("PID-8 == 'F'"), env_of()
    env.trace = Trace()
    condition.holds(env)
    env.trace = None

    assert condition.holds(env)


def test_a_formula_says_what_it_reads() -> None:
    """Segments of the message that came, inside predicates too; not those of the message being built."""
    formula = formula_of("if(exists(OBX[3 == PV1-2]), out.ZPI-1, PID-5)")

    assert formula.reads == frozenset({"OBX", "PV1", "PID"})
    assert not formula.needs
    assert formula.only_path is None
    assert formula_of("PID-5").only_path is not None


def test_the_record_index_is_declared_as_a_need() -> None:
    """Rules that read what the store knows say so when they are compiled."""
    words = Vocabulary(allows_known=True)

    formula = formula_of("known.PV1-3", words)

    assert formula.needs.known == frozenset({"PV1"})
    assert formula.text(env_of()) == ""


def test_the_whole_message_has_no_chosen_repetition() -> None:
    """Outside of loops the first repetition is meant."""
    assert WholeMessage(env_of().message).repetition(1, 3) is None
