"""What a message comes to and what its sender hears: each state, each code, each error and its place."""

from pathlib import Path

import pytest

from engine.context import EMPTY_CONTEXT
from engine.decision import decide, failed, finish, plan
from engine.states import DeliveryState, MessageState
from tests.support.decisions import ADT, CONFIG, UNREADABLE, answered, decided, errors, receipt_of, rules_of, segments
from tests.support.sites import write_site

TO_BILLING = "  billing: {}\n"


def test_a_message_with_an_output_is_accepted(tmp_path: Path) -> None:
    """AA with its own MSH-10, and the bytes that came for the destination that asked for them."""
    decision = decided(rules_of(tmp_path, TO_BILLING))

    assert (decision.state, decision.ack_code, decision.reason) == (MessageState.ACCEPTED, "AA", "")
    assert answered(decision.ack) == (b"AA", b"MSG1")
    assert errors(decision.ack) == []
    (output,) = decision.outputs
    assert (output.destination, output.route, output.ordinal, output.state) == (
        "billing",
        "all",
        1,
        DeliveryState.PENDING,
    )
    assert (output.payload, output.control_id) == (ADT, "MSG1")
    assert (decision.control_id, decision.message_type) == ("MSG1", "ADT^A01")


def test_the_answer_goes_back_where_the_message_came_from(tmp_path: Path) -> None:
    """Sender and receiver change places, the time is that of receipt, the number is our own."""
    rules = rules_of(tmp_path, TO_BILLING)

    (header,) = segments(decided(rules).ack, b"MSH")

    assert header[2:7] == [b"ENGINE", b"SITE", b"HIS", b"STMARY", b"20260301120000+0000"]
    assert header[8] == b"ACK^A01^ACK"
    assert len(header[9]) == 20
    assert header[9] != b"MSG1"
    assert header[10:12] == [b"P", b"2.5.1"]


def test_a_message_that_no_entry_wants_is_filtered(tmp_path: Path) -> None:
    """A route took it, so its sender did nothing wrong."""
    decision = decided(rules_of(tmp_path, "  billing: {when: MSH-9.2 == 'A03'}\n"))

    assert (decision.state, decision.ack_code, decision.reason) == (MessageState.FILTERED, "AA", "no-entry")
    assert decision.outputs == ()


def test_a_mapping_that_skips_leaves_the_message_filtered_with_its_words(tmp_path: Path) -> None:
    """The reason is kept with the message, because it may hold a value."""
    mapping = "output: {start: copy}\nsteps:\n  - skip: ='not ' + PID-5.1\n"
    rules = rules_of(tmp_path, "  billing: {map: quiet}\n", {"quiet": mapping})

    decision = decided(rules)

    assert (decision.state, decision.reason) == (MessageState.FILTERED, "skipped")
    assert decision.detail == "billing: not DOE"


@pytest.mark.parametrize(
    ("kind", "code"),
    [(b"ADT^A01^ADT_A01", b"200"), (b"ADT^A99", b"201"), (b"XYZ^X01", b"200"), (b"", b"200"), (b"^^^", b"200")],
)
def test_a_message_that_no_route_takes_is_rejected(tmp_path: Path, kind: bytes, code: bytes) -> None:
    """201 where only the event is not known, else 200; the error stands at MSH-9."""
    rules = rules_of(tmp_path, f"route: all\nfrom: adt\naccept: MSH-9.1 == 'ORU'\nto:\n{TO_BILLING}")

    decision = decided(rules, ADT.replace(b"ADT^A01^ADT_A01", kind))

    assert (decision.state, decision.ack_code, decision.reason) == (MessageState.REJECTED, "AR", "no-route")
    assert answered(decision.ack) == (b"AR", b"MSG1")
    assert errors(decision.ack) == [(b"MSH^1^9", code, b"E")]
    assert decision.outputs == ()


@pytest.mark.parametrize(
    ("processing", "code"), [(b"T", "AR"), (b"D^A", "AR"), (b"P", "AA"), (b"P^T", "AA"), (b"", "AA")]
)
def test_only_the_processing_ids_of_the_listener_are_taken(tmp_path: Path, processing: bytes, code: str) -> None:
    """A message from a test system must not reach production; one that says nothing is the listener's own."""
    config = CONFIG.replace("authority: STMARY", "processing: [P]")
    rules = rules_of(tmp_path, TO_BILLING, config=config)

    decision = decided(rules, ADT.replace(b"|P|2.5.1", b"|" + processing + b"|2.5.1"))

    assert decision.ack_code == code
    if code == "AR":
        assert (decision.state, decision.reason) == (MessageState.REJECTED, "processing-id")
        assert errors(decision.ack) == [(b"MSH^1^11", b"202", b"E")]


@pytest.mark.parametrize("payload", [b"", b"hello", b"PID|1||4711\r", b"BHS|^~\\&|A|B\rNTE|1\r", b"MSH", b"\x00\xff"])
def test_what_has_no_header_is_quarantined(tmp_path: Path, payload: bytes) -> None:
    """AR 100 from a header of our own, since nothing in it can be echoed; never AA."""
    decision = decided(rules_of(tmp_path, TO_BILLING), payload)

    assert (decision.state, decision.ack_code) == (MessageState.QUARANTINED, "AR")
    assert answered(decision.ack) == (b"AR", b"")
    assert errors(decision.ack) == [(b"", b"100", b"E")]
    assert (decision.outputs, decision.control_id) == ((), "")


def test_a_second_header_without_an_envelope_is_quarantined(tmp_path: Path) -> None:
    """Two messages glued together are nobody's one message; the first one's number is answered."""
    decision = decided(rules_of(tmp_path, TO_BILLING), ADT + ADT.replace(b"MSG1", b"MSG2"))

    assert (decision.state, decision.reason) == (MessageState.QUARANTINED, "several-headers")
    assert answered(decision.ack) == (b"AR", b"MSG1")
    assert errors(decision.ack)[0][1] == b"100"


def test_bytes_that_are_not_in_their_declared_character_set_are_quarantined(tmp_path: Path) -> None:
    """AE 102 at MSH-18, with the header's number: the header itself could be read."""
    payload = ADT.replace(b"|2.5.1\r", b"|2.5.1||||||UNICODE UTF-8\r", 1).replace(b"JANE", b"JAN\xe9")

    decision = decided(rules_of(tmp_path, TO_BILLING), payload)

    assert (decision.state, decision.ack_code) == (MessageState.QUARANTINED, "AE")
    assert answered(decision.ack) == (b"AE", b"MSG1")
    assert errors(decision.ack) == [(b"MSH^1^18", b"102", b"E")]


def test_bad_data_behind_the_header_costs_no_answer(tmp_path: Path) -> None:
    """A birth date that is none, nesting without end, lines that name no segment: noted, never a lost ACK."""
    odd = ADT + b"OBX|" + b"&^~" * 2_000 + b"\r\r\rnot a segment\rpid|1\r"

    decision = decided(rules_of(tmp_path, TO_BILLING), odd)

    assert (decision.ack_code, decision.outputs[0].payload) == ("AA", odd)


def test_an_empty_number_is_flagged_and_answered_with_an_empty_number(tmp_path: Path) -> None:
    """It cannot be told from a resend, so it never is one."""
    payload = ADT.replace(b"|MSG1|", b"||")
    rules = rules_of(tmp_path, TO_BILLING)

    planned = plan(receipt_of(payload), rules)
    decision = finish(planned, EMPTY_CONTEXT)

    assert planned.digest == b""
    assert answered(decision.ack) == (b"AA", b"")
    assert (decision.state, decision.reason) == (MessageState.ACCEPTED, "no-control-id")


@pytest.mark.parametrize("number", [b"x" * 300, b"a&b^c~d", b" padded ", b"\\F\\", b"\xe9\xff", b'""'])
def test_the_senders_number_is_echoed_byte_for_byte(tmp_path: Path, number: bytes) -> None:
    """The sender compares; it is nobody's business what it means."""
    decision = decided(rules_of(tmp_path, TO_BILLING), ADT.replace(b"MSG1", number))

    assert answered(decision.ack) == (b"AA", number)


def test_what_our_own_code_fails_on_is_kept_and_accepted(tmp_path: Path) -> None:
    """The sender is not to blame and must not resend it for ever; a person finds it in quarantine."""
    rules = rules_of(tmp_path, TO_BILLING)

    planned = failed(receipt_of(), rules)
    decision = finish(planned, EMPTY_CONTEXT)

    assert (decision.state, decision.reason) == (MessageState.QUARANTINED, "engine-failed")
    assert answered(decision.ack) == (b"AA", b"MSG1")
    assert planned.digest == plan(receipt_of(), rules).digest


def test_deciding_is_planning_and_finishing(tmp_path: Path) -> None:
    """One function for those who need no store."""
    rules = rules_of(tmp_path, TO_BILLING)

    assert decide(receipt_of(), rules, EMPTY_CONTEXT) == finish(plan(receipt_of(), rules), EMPTY_CONTEXT)


def test_findings_are_notes(tmp_path: Path) -> None:
    """A structure check tells code, segment and its number, no value, and changes no answer."""
    rules = rules_of(tmp_path, f"route: all\nfrom: adt\nvalidate: structure\nto:\n{TO_BILLING}")

    decision = decided(rules, ADT.replace(b"PV1|1|I\r", b"PID|9\r"))

    assert decision.ack_code == "AA"
    assert b'"PV1"' in decision.findings
    assert b"DOE" not in decision.findings


def test_the_strictest_of_the_accepting_routes_checks(tmp_path: Path) -> None:
    """One that looks is enough, and one that does not take the message does not look."""
    payload = ADT.replace(b"PV1|1|I\r", b"")
    found = {}
    for accept in ("true", "false"):
        folder = tmp_path / accept
        strict = f"route: strict\nfrom: adt\naccept: {accept}\nvalidate: structure\nto:\n{TO_BILLING}"
        write_site(folder, {"routes/strict.yaml": strict})
        found[accept] = decided(rules_of(folder, TO_BILLING), payload).findings

    assert found["false"] == b""
    assert b'"PV1"' in found["true"]


@pytest.mark.parametrize(
    ("payload", "code"),
    [(ADT.replace(b"\r", b"\n"), b"lf"), (b"\r\n" + ADT, b"leading"), (ADT.replace(b"EVN|", b"stray\rEVN|"), b"cont")],
)
def test_what_was_odd_about_reading_it_is_noted(tmp_path: Path, payload: bytes, code: bytes) -> None:
    """Whether or not a route checks: somebody may look for the reason of what they see."""
    decision = decided(rules_of(tmp_path, TO_BILLING), payload)

    assert (decision.state, decision.ack_code) == (MessageState.ACCEPTED, "AA")
    assert code in decision.findings
    assert b"stray" not in decision.findings


def test_a_million_oddities_are_not_all_told(tmp_path: Path) -> None:
    """Notes are for a person; a person stops reading."""
    decision = decided(rules_of(tmp_path, TO_BILLING), ADT + b"\r" * 5_000)

    assert 0 < len(decision.findings) < 10_000


def test_no_part_of_a_decision_shows_what_the_message_holds(tmp_path: Path) -> None:
    """A value in a repr finds its way into a log one day."""
    mapping = f"output: {{start: copy}}\nsteps:\n  - set:\n      PID-8: ={UNREADABLE}\n"
    rules = rules_of(tmp_path, "  billing: {}\n  registry: {map: broken}\n", {"broken": mapping})
    planned = plan(receipt_of(), rules)
    decision = finish(planned, EMPTY_CONTEXT)

    shown = repr((planned, planned.receipt, planned.reply, planned.drafts, decision, decision.outputs))

    assert decision.outputs[1].state is DeliveryState.PARKED
    assert not [value for value in ("4711", "DOE", "JANE", "19690230", "MSG1") if value in shown]
