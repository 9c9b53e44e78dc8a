"""Running a mapping: what comes of a job, beside the examples of tests/language/mappings.yaml."""

from engine.hl7.builder import Target
from engine.hl7.charset import codec_of
from engine.hl7.delimiters import delimiters_of
from engine.hl7.message import Message
from engine.mapping import Built, Failed, MappingTrace, Skipped, build, new_control_id
from tests.support.mappings import MOMENT, Destination, job_for, mapping_of, message_of

MESSAGE = message_of("MSH|^~\\&|A|B|||1||ADT^A08^ADT_A01|CTL|P|2.5.1", "PID|1||100~200||DOE^JANE", "PV1|1|I")
EMPTY = "{message: ADT^A01^ADT_A01, version: 2.5.1, start: empty}"


def built(outcome: object) -> Built:
    """Return the outcome, which must be an output."""
    assert isinstance(outcome, Built), outcome
    return outcome


def test_without_a_mapping_the_received_bytes_are_sent() -> None:
    """Not a copy that looks the same: the payload itself, its oddities included."""
    message = Message.parse(b"MSH|^~\\&|A|B|||1||ADT^A08|CTL|P|2.5.1\nPID|1||100")

    (outcome,) = build(None, job_for(message))

    assert built(outcome).payload is message.payload
    assert built(outcome).control_id == "CTL"


def test_the_second_output_to_a_destination_gets_a_control_id_of_its_own() -> None:
    """Also bytes that are otherwise unchanged: a receiver takes an MSH-10 it knows for a resend."""
    expected = new_control_id("adt", MESSAGE.payload, MOMENT.ns, "billing", 1)

    (unchanged,) = build(None, job_for(MESSAGE, ordinal=1))
    (copied,) = build(mapping_of("[]"), job_for(MESSAGE, ordinal=1))

    assert built(unchanged).control_id == built(copied).control_id == expected
    assert built(unchanged).payload == MESSAGE.payload.replace(b"CTL", expected.encode())


def test_bytes_without_a_mapping_are_written_as_the_destination_wants_them() -> None:
    """Its ``encoding`` is how it reads; only without one nothing is touched."""
    destination = Destination(target=Target(delimiters_of("|", "#~\\&"), None))

    (outcome,) = build(None, job_for(MESSAGE, destination))

    assert b"PID|1||100~200||DOE#JANE\r" in built(outcome).payload


def test_a_step_may_write_the_control_id() -> None:
    """What the output is answered by is what it carries."""
    (outcome,) = build(mapping_of("- set: {MSH-10: MINE}"), job_for(MESSAGE))

    assert built(outcome).control_id == "MINE"


def test_a_failure_names_its_rule_and_keeps_its_reason_out_of_its_repr() -> None:
    """The reason is stored with the message; what is logged are the code and the place."""
    (outcome,) = build(mapping_of("- fail: =PID-5.1"), job_for(MESSAGE))

    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.detail, str(outcome.place)) == ("fail", "DOE", "m.yaml:4:5")
    assert "DOE" not in repr(outcome)


def test_a_failing_formula_is_blamed_at_its_own_place() -> None:
    """Not at the step: an analyst jumps to the line and column."""
    mapping = mapping_of("- set:\n    PID-2: x\n    PID-7: =date(PID-5, 'YYYY')")

    (outcome,) = build(mapping, job_for(MESSAGE))

    assert isinstance(outcome, Failed)
    assert outcome.place is not None
    assert outcome.place.line == 6


def test_a_skip_says_why() -> None:
    """Its reason is for people, and not for logs."""
    (outcome,) = build(mapping_of("- skip: ='no ' + PID-5.1"), job_for(MESSAGE))

    assert isinstance(outcome, Skipped)
    assert outcome.reason == "no DOE"
    assert "DOE" not in repr(outcome)


def test_one_failing_part_of_a_split_leaves_the_others() -> None:
    """Each occurrence is an output of its own; what is skipped takes no number."""
    message = message_of("MSH|^~\\&|A|B|||1||ADT^A08^ADT_A01|CTL|P|2.5.1", "PID|1", "DG1|1", "DG1|2", "DG1|3", "DG1|4")
    mapping = mapping_of(
        "- fail: no\n  when: DG1-1 == '2'\n- skip: no\n  when: DG1-1 == '3'\n", "{start: copy, split: DG1}"
    )

    outcomes = build(mapping, job_for(message))

    assert [type(outcome) for outcome in outcomes] == [Built, Failed, Skipped, Built]
    assert built(outcomes[3]).control_id == new_control_id("adt", message.payload, MOMENT.ns, "billing", 2)


def test_an_order_of_the_second_patient_leaves_without_the_first_patient() -> None:
    """A group that only holds what was left out is left out with it: nobody's result goes out under another name."""
    message = message_of(
        "MSH|^~\\&|A|B|||1||ORU^R01^ORU_R01|CTL|P|2.5.1", "PID|1||ONE", "OBR|1", "OBX|1", "PID|2||TWO", "OBR|2", "OBX|2"
    )

    first, second = build(mapping_of("[]", "{start: copy, split: OBR}"), job_for(message))

    assert built(first).payload.split(b"\r")[1:] == [b"PID|1||ONE", b"OBR|1", b"OBX|1", b""]
    assert built(second).payload.split(b"\r")[1:] == [b"PID|2||TWO", b"OBR|2", b"OBX|2", b""]


def test_a_split_without_a_structure_goes_by_position() -> None:
    """Everything from one occurrence up to the next is its own."""
    message = message_of("MSH|^~\\&|A|B|||1||ZZZ^Z01|CTL|P|2.5.1", "PID|1", "ZOR|1", "ZRE|1", "ZOR|2", "ZRE|2")

    first, second = build(mapping_of("[]", "{start: copy, split: ZOR}"), job_for(message))

    assert built(first).payload.split(b"\r")[1:] == [b"PID|1", b"ZOR|1", b"ZRE|1", b""]
    assert built(second).payload.split(b"\r")[1:] == [b"PID|1", b"ZOR|2", b"ZRE|2", b""]


def test_a_budget_ends_a_mapping_that_writes_without_end() -> None:
    """Deciding again must end the same way, so steps and characters count, never time."""
    segments = [f"OBX|{number}||{'x' * 1000}" for number in range(400)]
    message = message_of("MSH|^~\\&|A|B|||1||ZZZ^Z01|CTL|P|2.5.1", *segments, "ZZA|1", *["ZZB|1"] * 400)
    mapping = mapping_of("- for each: ZZB\n  do:\n    - copy: ['OBX[*]']\n", EMPTY)

    (outcome,) = build(mapping, job_for(message))

    assert isinstance(outcome, Failed)
    assert outcome.code == "budget"


def test_a_character_that_the_destination_cannot_write_fails_that_output() -> None:
    """Nothing is replaced by a question mark."""
    destination = Destination(target=Target(None, codec_of("8859/1")))

    (outcome,) = build(mapping_of("- set: {PID-2: 漢}"), job_for(MESSAGE, destination))

    assert isinstance(outcome, Failed)
    assert outcome.code == "charset"


def test_a_mapping_declares_what_its_formulas_read() -> None:
    """Found in all its steps, also in nested lists, conditions and predicates."""
    mapping = mapping_of(
        """
- set: {PID-2: =PV1-2}
- when: exists(NK1)
  do:
    - for each: OBR
      when: ORC-1 == 'X'
      do:
        - delete: ["OBX[3 == 'A']"]
        - let: {a: =GT1-3}
"""
    )

    assert mapping.reads >= {"PV1", "NK1", "ORC", "GT1", "OBR"}
    assert not mapping.needs


def test_a_trace_tells_every_place_written_with_what_stood_there() -> None:
    """``explain`` shows the rule's place, the target, and the raw text before and after."""
    job = job_for(MESSAGE)
    job.trace = MappingTrace()

    build(mapping_of("- set: {PID-2: x, PID-5.1: ROE}\n- delete: [PV1, PID-1]\n- append: NK1"), job)

    told = [(each.step, each.target, each.before, each.after) for each in job.trace.steps]
    assert told == [
        ("set", "PID-2", "", "x"),
        ("set", "PID-5.1", "DOE", "ROE"),
        ("delete", "PID-1", "1", ""),
        ("delete", "PV1", "PV1|1|I", ""),
        ("append", "NK1", "", "NK1"),
    ]
    assert str(job.trace.steps[1].place) == "m.yaml:4:21"
    assert "ROE" not in repr(job.trace.steps[1])


def test_conditions_are_traced_with_the_values_they_saw() -> None:
    """Why a step did not run is as much of an answer as why it did."""
    job = job_for(MESSAGE)
    job.trace = MappingTrace()

    build(mapping_of("- set: {PID-2: x}\n  when: PV1-2 == 'O'"), job)

    assert [asked.holds for asked in job.trace.conditions.asked] == [False]
    assert not job.trace.steps
