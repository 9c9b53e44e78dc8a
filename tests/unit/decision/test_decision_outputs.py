"""What is made for each destination: by which route, in which lanes, and what becomes of an output that fails."""

from pathlib import Path

import pytest

from engine.context import Context, Identifier
from engine.decision import Decision, Output
from engine.states import DeliveryState, MessageState
from tests.support.decisions import ADT, CONFIG, UNREADABLE, decided, errors, rules_of

FAILING = {"broken": f"output: {{start: copy}}\nsteps:\n  - set:\n      PID-8: ={UNREADABLE}\n"}


def _of(decision: Decision, destination: str) -> list[Output]:
    return [output for output in decision.outputs if output.destination == destination]


def test_one_message_twice_for_one_destination_has_two_numbers(tmp_path: Path) -> None:
    """The destination would take the second for a resend of the first; for another destination it is the first."""
    rules = rules_of(tmp_path, "  billing:\n    - when: MSH-9.2 == 'A01'\n    - when: exists(PID)\n  registry: {}\n")

    decision = decided(rules)

    first, second = _of(decision, "billing")
    (other,) = _of(decision, "registry")
    assert [output.ordinal for output in (first, second, other)] == [1, 2, 3]
    assert (first.payload, other.payload) == (ADT, ADT)
    assert (first.control_id, other.control_id) == ("MSG1", "MSG1")
    assert len(second.control_id) == 20
    assert second.payload == ADT.replace(b"MSG1", second.control_id.encode())


def test_a_failure_is_parked_and_the_others_go_on(tmp_path: Path) -> None:
    """Without bytes, with the rule's place; the sender did nothing wrong."""
    rules = rules_of(tmp_path, "  billing: {map: broken}\n  registry: {}\n", FAILING)

    decision = decided(rules)

    (parked,), (sent,) = _of(decision, "billing"), _of(decision, "registry")
    assert (decision.state, decision.ack_code) == (MessageState.ACCEPTED, "AA")
    assert (parked.state, parked.payload, parked.control_id) == (DeliveryState.PARKED, b"", "")
    assert parked.reason == "unreadable-time"
    assert parked.position.startswith("mappings/broken.yaml:5:")
    assert "19690230" in parked.detail
    assert (sent.state, sent.payload) == (DeliveryState.PENDING, ADT)


def test_a_failure_may_hold_its_patients(tmp_path: Path) -> None:
    """It takes its place in the lanes of its patients, and they wait."""
    rules = rules_of(tmp_path, "  billing: {map: broken, on_failure: hold}\n", FAILING)

    (held,) = decided(rules).outputs

    assert (held.state, held.payload, held.lane_keys) == (DeliveryState.HELD, b"", ("STMARY|4711",))


@pytest.mark.parametrize(
    "entry", ["{map: broken, on_failure: refuse}", f'{{when: "{UNREADABLE} > 1", on_failure: refuse}}']
)
def test_a_failure_may_refuse_the_whole_message(tmp_path: Path, entry: str) -> None:
    """AE, and nothing is sent anywhere, also not where it could have been."""
    rules = rules_of(tmp_path, f"  registry: {{}}\n  billing: {entry}\n", FAILING)

    decision = decided(rules)

    assert (decision.state, decision.ack_code, decision.reason) == (MessageState.REJECTED, "AE", "unreadable-time")
    assert errors(decision.ack) == [(b"", b"102", b"E")]
    assert decision.outputs == ()
    assert "19690230" in decision.detail
    assert b"19690230" not in decision.ack


def test_a_rules_own_refusal_is_no_table_error(tmp_path: Path) -> None:
    """What a rule says stays with the message; the sender hears 207."""
    mapping = {"no": "output: {start: copy}\nsteps:\n  - fail: ='no room for ' + PID-5.1\n"}
    decision = decided(rules_of(tmp_path, "  billing: {map: no, on_failure: refuse}\n", mapping))

    assert (decision.ack_code, errors(decision.ack)[0][1]) == ("AE", b"207")
    assert decision.detail.endswith("no room for DOE")
    assert b"DOE" not in decision.ack


def test_a_condition_that_fails_is_that_outputs_failure(tmp_path: Path) -> None:
    """By the entry's on_failure, park where nothing is said."""
    rules = rules_of(tmp_path, f'  billing: {{when: "{UNREADABLE} > 1"}}\n  registry: {{}}\n')

    decision = decided(rules)

    assert [(output.destination, output.state) for output in decision.outputs] == [
        ("billing", DeliveryState.PARKED),
        ("registry", DeliveryState.PENDING),
    ]
    assert decision.outputs[0].position.startswith("routes/all.yaml:4:")


def test_a_route_that_cannot_decide_keeps_the_message_parked(tmp_path: Path) -> None:
    """AA: it may well be for us, and is kept until a person has mended the rule."""
    route = f"route: all\nfrom: adt\naccept: {UNREADABLE} > 1\nto:\n  billing: {{}}\n"

    decision = decided(rules_of(tmp_path, route))

    (parked,) = decision.outputs
    assert (decision.state, decision.ack_code) == (MessageState.ACCEPTED, "AA")
    assert (parked.destination, parked.route, parked.state) == ("-", "all", DeliveryState.PARKED)
    assert parked.position.startswith("routes/all.yaml:3:")


def test_a_message_waits_for_every_patient_it_names(tmp_path: Path) -> None:
    """Those of PID-3 and MRG-1, each with the survivors that the store knows."""
    merge = ADT.replace(b"A01", b"A40").replace(b"PV1|1|I\r", b"MRG|0815^^^STMARY^MR\r")
    known = Context({Identifier("STMARY", "0815"): ("STMARY|0815", "STMARY|9999")})

    (output,) = decided(rules_of(tmp_path, "  billing: {}\n"), merge, known).outputs

    assert output.lane_keys == ("STMARY|0815", "STMARY|4711", "STMARY|9999")


def _with_lane(lane_by: str) -> str:
    return CONFIG.replace("  billing: {mllp: 127.0.0.1:1}", f"  billing: {{mllp: 127.0.0.1:1, lane_by: {lane_by}}}")


def test_a_destination_may_keep_another_order(tmp_path: Path) -> None:
    """``lane_by`` is asked instead of the patients, and no patient's key can be mistaken for its value."""
    rules = rules_of(tmp_path, "  billing: {}\n  registry: {}\n", config=_with_lane("MSH-4"))

    billing, registry = decided(rules).outputs

    assert billing.lane_keys == ("=STMARY",)
    assert registry.lane_keys == ("STMARY|4711",)


def test_what_has_no_value_to_keep_order_by_is_in_every_lane(tmp_path: Path) -> None:
    """Its place in the order is not known, so it passes nobody."""
    (output,) = decided(rules_of(tmp_path, "  billing: {}\n", config=_with_lane("PV1-19"))).outputs

    assert output.lane_keys == ()


def test_what_is_held_stands_in_the_destinations_own_order(tmp_path: Path) -> None:
    """In its patients' lanes it would hold back nobody."""
    rules = rules_of(tmp_path, "  billing: {map: broken, on_failure: hold}\n", FAILING, _with_lane("MSH-4"))

    (held,) = decided(rules).outputs

    assert (held.state, held.lane_keys) == (DeliveryState.HELD, ("=STMARY",))


@pytest.mark.parametrize(("wish", "state"), [("park", DeliveryState.PARKED), ("hold", DeliveryState.HELD)])
def test_an_order_that_cannot_be_told_is_a_failure_of_the_output(
    tmp_path: Path, wish: str, state: DeliveryState
) -> None:
    """Without its place in the order it cannot be sent; held, it holds everybody."""
    config = _with_lane(f'"{UNREADABLE}"')

    (output,) = decided(rules_of(tmp_path, f"  billing: {{on_failure: {wish}}}\n", config=config)).outputs

    assert (output.state, output.payload, output.reason) == (state, b"", "unreadable-time")
    assert state is DeliveryState.PARKED or output.lane_keys == ()


def test_an_order_that_cannot_be_told_may_refuse_the_message(tmp_path: Path) -> None:
    """It was lost once: neither refused nor kept."""
    config = _with_lane(f'"{UNREADABLE}"')

    decision = decided(rules_of(tmp_path, "  billing: {on_failure: refuse}\n", config=config))

    assert (decision.state, decision.ack_code) == (MessageState.REJECTED, "AE")
    assert decision.outputs == ()


def test_numbers_are_the_same_whenever_it_is_decided(tmp_path: Path) -> None:
    """They come from what was received and when, so that deciding again gives the bytes that were sent."""
    mapping = {"new": "output: {message: ADT^A08^ADT_A01, version: 2.5.1, start: empty}\nsteps:\n  - copy: [PID]\n"}
    rules = rules_of(tmp_path, "  billing: {map: new}\n", mapping)

    one, again = decided(rules), decided(rules)

    assert one == again
    assert one.outputs[0].control_id != "MSG1"
