"""Which routes take a message and which of their entries ask for an output, in which order, and what may fail."""

from datetime import UTC, datetime

import pytest

from engine.documents import Entries, read_document
from engine.expression import Env, Moment, Trace, Vocabulary, WholeMessage
from engine.hl7.message import Message
from engine.problems import Problems
from engine.routing import Known, Route, Routing, load_route, route

ADT = b"MSH|^~\\&|HIS|STMARY|||20260101||ADT^A01^ADT_A01|1|P|2.5.1\rPID|1||7^^^STMARY||DOE^J||19690230\r"
UNREADABLE = "years_between(PID-7, '20260101') > 1"


def _load(text: str) -> Route:
    problems = Problems()
    node = read_document("routes/x.yaml", text, problems)
    known = Known(frozenset({"adt"}), frozenset({"billing", "registry"}), frozenset(), {}, Vocabulary())
    assert node is not None
    loaded = load_route(node, known, problems)
    assert [str(problem) for problem in problems.items] == []
    assert loaded is not None
    return loaded


def _routed(*texts: str, trace: Trace | None = None) -> Routing:
    message = Message.parse(ADT)

    def env_for(destination: str) -> Env:
        moment = Moment(datetime(2026, 1, 1, tzinfo=UTC))
        return Env(message, moment, WholeMessage(message), destination=destination, trace=trace)

    return route([_load(text) for text in texts], env_for)


def _chosen(routing: Routing) -> list[tuple[str, str, int]]:
    return [(each.route.name, each.entry.destination, each.entry.index) for each in routing.chosen]


def test_every_accepting_route_is_asked_in_order() -> None:
    """A message may be wanted by several."""
    routing = _routed(
        "route: one\nfrom: adt\naccept: MSH-9.1 == 'ADT'\nto: {billing: }\n",
        "route: two\nfrom: adt\naccept: MSH-9.1 == 'ORU'\nto: {billing: }\n",
        "route: three\nfrom: adt\nto: {registry: }\n",
    )

    assert [each.name for each in routing.accepted] == ["one", "three"]
    assert _chosen(routing) == [("one", "billing", 0), ("three", "registry", 0)]


def test_every_entry_whose_when_holds_is_chosen_in_order() -> None:
    """Two entries for one destination are two messages."""
    routing = _routed(
        "route: one\nfrom: adt\nto:\n  billing:\n"
        "    - when: MSH-9.2 == 'A01'\n    - when: MSH-9.2 == 'A03'\n    - when: exists(PID)\n  registry: {}\n"
    )

    assert _chosen(routing) == [("one", "billing", 0), ("one", "billing", 2), ("one", "registry", 0)]


def test_a_route_may_accept_and_send_nothing() -> None:
    """The message is then filtered, not rejected."""
    routing = _routed("route: one\nfrom: adt\nto:\n  billing: {when: MSH-9.2 == 'A03'}\n")

    assert ([each.name for each in routing.accepted], routing.chosen) == (["one"], ())


def test_no_route_accepts() -> None:
    """The message is rejected by whoever asked."""
    routing = _routed("route: one\nfrom: adt\naccept: MSH-9.1 == 'ORU'\nto: {billing: }\n")

    assert (routing.accepted, routing.chosen, routing.undecided) == ((), (), ())


def test_an_accept_that_fails_leaves_its_route_undecided_and_the_others_alone() -> None:
    """The message is kept as parked for this route; others go on."""
    routing = _routed(
        f'route: one\nfrom: adt\naccept: "{UNREADABLE}"\nto: {{billing: }}\n',
        "route: two\nfrom: adt\nto: {registry: }\n",
    )

    assert [(each.name, str(failure.place)) for each, failure in routing.undecided] == [("one", "routes/x.yaml:3:10")]
    assert _chosen(routing) == [("two", "registry", 0)]


@pytest.mark.parametrize("policy", ["park", "hold", "refuse"])
def test_a_when_that_fails_is_an_output_that_failed(policy: str) -> None:
    """By its entry's on_failure; the following entries are still asked."""
    routing = _routed(
        f'route: one\nfrom: adt\nto:\n  billing: {{when: "{UNREADABLE}", on_failure: {policy}}}\n  registry:\n'
    )

    assert [(each.entry.on_failure.value, each.failure is not None) for each in routing.chosen] == [
        (policy, True),
        ("park", False),
    ]


def test_a_failure_names_no_value_of_the_message() -> None:
    """What it says may be logged."""
    routing = _routed(f'route: one\nfrom: adt\naccept: "{UNREADABLE}"\nto: {{billing: }}\n')

    assert "19690230" not in f"{routing.undecided[0][1]} {routing.undecided[0][1]!r}"


def test_a_trace_sees_every_clause_and_changes_nothing() -> None:
    """explain shows why not, too."""
    text = "route: one\nfrom: adt\naccept: MSH-9.1 == 'ADT'\nto:\n  billing: {when: MSH-9.2 == 'A03'}\n"
    trace = Trace()

    traced, plain = _routed(text, trace=trace), _routed(text)

    assert [each.name for each in traced.accepted] == [each.name for each in plain.accepted]
    assert _chosen(traced) == _chosen(plain)
    assert [(asked.words, asked.holds) for asked in trace.asked] == [
        ("MSH-9.1 == 'ADT'", True),
        ("MSH-9.2 == 'A03'", False),
    ]


def test_a_route_keeps_its_cases_as_written() -> None:
    """The workbench reads them."""
    loaded = _load("route: one\nfrom: adt\nto: {billing: }\ncases:\n  - case: x\n")

    assert not isinstance(loaded.cases, Entries)
    assert loaded.cases is not None
