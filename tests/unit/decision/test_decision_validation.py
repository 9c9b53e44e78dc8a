"""What follows from findings: notes, parked outputs, and refusals that say where; also for what we send ourselves."""

from pathlib import Path

import orjson
import pytest

from engine.decision import INVALID
from engine.states import DeliveryState, MessageState
from tests.support.decisions import ADT, answered, decided, errors, rules_of
from tests.support.sites import write_site


def route(validate: str, entries: str = "  billing: {}\n") -> str:
    """Return a route that validates so."""
    return f"route: all\nfrom: adt\nvalidate: {validate}\nto:\n{entries}"


def test_strict_findings_are_notes_with_their_place(tmp_path: Path) -> None:
    """Code, segment, its number and the field: no value, and no other answer."""
    decision = decided(rules_of(tmp_path, route("strict")))

    assert decision.ack_code == "AA"
    assert ["bad-format", "PID", 3, 7, 1, 1] in orjson.loads(decision.findings)
    assert b"19690230" not in decision.findings


def test_a_policy_that_rejects_answers_with_the_place(tmp_path: Path) -> None:
    """AE, ERR-2 down to the component, ERR-3 of table 0357; kept as rejected with its findings, nothing sent."""
    rules = rules_of(tmp_path, route("{level: strict, policy: {bad-format: reject}}"))

    decision = decided(rules)

    assert (decision.state, decision.ack_code, decision.reason) == (MessageState.REJECTED, "AE", INVALID)
    assert answered(decision.ack) == (b"AE", b"MSG1")
    assert errors(decision.ack) == [(b"PID^1^7^1^1", b"102", b"E")]
    assert b"19690230" not in decision.ack
    assert decision.outputs == ()
    assert "bad-format at PID-7.1" in decision.detail
    assert b"bad-format" in decision.findings


def test_a_missing_segment_is_an_error_of_the_sequence(tmp_path: Path) -> None:
    """The same code for a segment and for a field: 100 and 101 tell them apart."""
    rules = rules_of(tmp_path, route("{level: strict, policy: {required-missing: reject}}"))

    decision = decided(rules, ADT.replace(b"PV1|1|I\r", b"").replace(b"DOE^JANE", b""))

    assert errors(decision.ack) == [(b"PV1^1", b"100", b"E"), (b"PID^1^5", b"101", b"E")]


def test_a_policy_that_parks_keeps_the_outputs_for_a_person(tmp_path: Path) -> None:
    """AA: the sender is not to blame. Without bytes, with the reason, the place and the policy's position."""
    rules = rules_of(tmp_path, route("{level: strict, policy: {bad-format: park}}"))

    decision = decided(rules)

    assert (decision.state, decision.ack_code) == (MessageState.ACCEPTED, "AA")
    (output,) = decision.outputs
    assert (output.state, output.payload, output.reason) == (DeliveryState.PARKED, b"", INVALID)
    assert output.detail == "bad-format at PID-7.1"
    assert output.position == "routes/all.yaml:3:48"


def test_what_cannot_be_made_anyway_keeps_its_own_reason(tmp_path: Path) -> None:
    """Parking takes nothing from what is known already."""
    entries = "  billing: {when: \"years_between(PID-7, '20260101') > 1\"}\n"
    rules = rules_of(tmp_path, route("{level: strict, policy: {bad-format: park}}", entries))

    (output,) = decided(rules).outputs

    assert (output.state, output.reason) == (DeliveryState.PARKED, "unreadable-time")


def test_the_strictest_word_of_the_accepting_routes_counts(tmp_path: Path) -> None:
    """One route notes and one rejects: the message is refused for all."""
    write_site(
        tmp_path, {"routes/b.yaml": route("{level: structure, policy: {bad-format: reject}}").replace("all", "b", 1)}
    )
    rules = rules_of(tmp_path, route("{level: strict, policy: {bad-format: note}}"))

    assert decided(rules).state is MessageState.REJECTED


@pytest.mark.parametrize("notes", ["structure", "{level: structure, policy: {lf-terminated: note}}"])
def test_oddities_of_reading_stand_before_what_is_missing(tmp_path: Path, notes: str) -> None:
    """The same list, whether a policy was asked or not."""
    rules = rules_of(tmp_path, route(notes))

    found = orjson.loads(decided(rules, ADT.replace(b"PV1|1|I\r", b"").replace(b"\r", b"\n")).findings)

    assert found == [["lf-terminated", "MSH", 1], ["required-missing", "PV1", 1]]


def test_an_oddity_of_reading_can_be_refused_too(tmp_path: Path) -> None:
    """Every code of the list can be named in a policy."""
    rules = rules_of(tmp_path, route("{level: 'off', policy: {lf-terminated: reject}}"))

    assert errors(decided(rules, ADT.replace(b"\r", b"\n")).ack) == [(b"MSH^1", b"100", b"E")]


def test_an_output_that_breaks_its_mappings_promise_fails(tmp_path: Path) -> None:
    """What we send is looked at as closely as we say; on_failure tells what becomes of it."""
    write_site(tmp_path, {"mappings/profiles/p.yaml": "profile: p\nvalidate: off\nfields:\n  PID-8: {values: [M]}\n"})
    mapping = "output: {start: copy, validate: p}\nsteps:\n  - set: {PID-5: X}\n"
    entries = "  billing: {map: out}\n  registry: {map: out, on_failure: hold}\n"
    rules = rules_of(tmp_path, route("off", entries), {"out": mapping})

    billing, registry = decided(rules).outputs
    good = decided(rules, ADT.replace(b"|F", b"|M")).outputs

    assert (billing.state, billing.reason, billing.payload) == (DeliveryState.PARKED, "invalid-output", b"")
    assert billing.detail == "bad-table-value at PID-8"
    assert billing.position == "mappings/out.yaml:2:33"
    assert registry.state is DeliveryState.HELD
    assert [each.state for each in good] == [DeliveryState.PENDING, DeliveryState.PENDING]


def test_a_note_of_the_policy_lets_an_output_pass(tmp_path: Path) -> None:
    """Also a rule that only warns."""
    profile = (
        "profile: p\nvalidate: off\nfields:\n  PID-8: {values: [M]}\n"
        "rules:\n  - {rule: no-phone, check: exists(PID-13), says: no telephone, severity: warning}\n"
    )
    write_site(tmp_path, {"mappings/profiles/p.yaml": profile})
    mapping = "output:\n  start: copy\n  validate: {profile: p, policy: {bad-table-value: note}}\nsteps: []\n"
    rules = rules_of(tmp_path, route("off", "  billing: {map: out}\n"), {"out": mapping})

    assert [each.state for each in decided(rules).outputs] == [DeliveryState.PENDING]


def test_a_rule_of_a_profile_speaks_for_itself(tmp_path: Path) -> None:
    """Its code, its place, its sentence and its error reach the sender."""
    profile = (
        "profile: p\nvalidate: off\nrules:\n  - rule: no-phone\n    check: exists(PID-13)\n    at: PID-13\n"
        "    says: a telephone number is agreed on\n    error: 101\n"
    )
    write_site(tmp_path, {"mappings/profiles/p.yaml": profile})
    rules = rules_of(tmp_path, route("{profile: p, policy: {no-phone: reject}}"))

    decision = decided(rules)

    assert errors(decision.ack) == [(b"PID^1^13", b"101", b"E")]
    assert b"no-phone: a telephone number is agreed on" in decision.ack
