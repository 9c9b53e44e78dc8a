"""Whatever a message holds, a mapping makes an output or says why not, and leaves alone what it does not name."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.errors import Hl7Error
from engine.hl7.message import Message
from engine.mapping import Built, Failed, Mapping, MappingTrace, Skipped, build
from tests.support.mappings import job_for, mapping_of

EMPTY = "{message: ORU^R01^ORU_R01, version: 2.5.1, start: empty}"
MAPPINGS = (
    mapping_of("- set: {PID-5: =upper(PID-5), PID-3.4: CITY, PID-30.2: x, NK1-2: =PID-5}"),
    mapping_of(
        """
- set:
    "PID-3[*].1": =digits(value)
    "PID-3[5 == 'MR'].4": "=value + '|^'"
    "PID-3[1]": =PID-5
    PID-*: =coalesce(value, '')
    "OBX[*]-5": =OBX[*]-3
"""
    ),
    mapping_of(
        """
- for each: OBR
  do:
    - set: {OBR-1: =counter(), NTE-3: =OBX-5, OBR-4: =OBR-2}
    - append: ZNW
      after: OBX
      set: {ZNW-1: =OBR-3.1}
    - for each: OBX
      when: OBX-3 != ''
      do:
        - append: NTE
          set: {NTE-3: =OBX-5}
        - delete: [ZZZ, OBX-8]
- number: [OBX, NTE]
"""
    ),
    mapping_of(
        """
- copy: [PID, "Z*", "OBX[3.1 == 'A']"]
- for each: OBR
  do:
    - copy: [OBR, OBX, NTE, "Z*"]
    - append: FT1
      set: {FT1-1: =counter(), FT1-19: '=DG1[*]-3'}
    - set: {FT1-7.2: =OBR-4, PV1-3: =PID-5}
    - append: FT1-7
      set: {FT1-7.1: =OBX-5}
""",
        EMPTY,
    ),
    mapping_of(
        "- for each: PID-3\n  do:\n    - delete: PID-3\n      when: PID-3.1 == 'A'\n    - set: {PID-3.2: =PID-3}"
    ),
    mapping_of("- delete: [NTE, 'Z*', PID-5, 'OBX[2]', 'PID-3[1]', PID-4.2]\n- append: DG1\n  set: {DG1-3: =PID-3}"),
    mapping_of("- set:\n    OBX-1: =counter()\n    PID-5: =date(PID-7, 'YYYY')", "{start: copy, split: OBR}"),
    mapping_of(
        "- copy: [PID, OBR, OBX]\n- skip: =OBX-5\n  when: OBX-2 == 'A'", EMPTY[:-1] + ", split: \"OBX[1 != '']\"}"
    ),
)

names = st.sampled_from(("PID", "NTE", "PV1", "ORC", "OBR", "OBX", "SPM", "DG1", "ZPI", "ZZZ", "NK1", "FT1"))
leaves = st.sampled_from(
    ("", "A", "1", '""', "MR", "a b", "\\T\\", "\\.br\\", "\\X0D\\", "\\", "é", "漢", "20260301", "x\ny")
)
fields = st.lists(st.tuples(st.sampled_from("^&~#"), leaves), max_size=4).map(
    lambda parts: "".join(mark + leaf for mark, leaf in parts)[1:]
)
segments = st.builds(lambda name, values: "|".join([name, *values]), names, st.lists(fields, max_size=8))
headers = st.sampled_from(
    (
        "MSH|^~\\&|A|B|||20260301||ORU^R01^ORU_R01|1|P|2.5.1",
        "MSH|^~\\&|A|B|||20260301||ADT^A01^ADT_A01|1|P|2.3",
        "MSH|^~\\&#|A|B|||20260301||ORU^R01|1|P|2.5.1||||||UNICODE UTF-8",
        "MSH|^~\\|A|B|||20260301||ZZZ^Z01|1|P|9",
        "MSH|^~|A|B",
    )
)
bodies = st.lists(segments, min_size=1, max_size=14)
messages = st.builds(lambda header, rest: "\r".join([header, *rest]) + "\r", headers, bodies)
mappings = st.sampled_from(MAPPINGS)


def parsed(text: str) -> Message:
    """Return the message, or say that it is none."""
    try:
        return Message.parse(text.encode())
    except Hl7Error:
        assume(condition=False)
        raise


@settings(max_examples=300, deadline=None)
@given(messages, mappings)
def test_every_output_is_built_or_says_why_not(text: str, mapping: Mapping) -> None:
    """No message makes a mapping raise, and what it builds reads back as the segments that were built."""
    message = parsed(text)

    outcomes = build(mapping, job_for(message))

    assert outcomes
    for outcome in outcomes:
        assert isinstance(outcome, Built | Skipped | Failed)
        if isinstance(outcome, Built):
            again = Message.parse(outcome.payload)
            assert "\r".join([*again.segments, ""]).encode(again.codec if again.codec != "ascii" else "utf-8") == (
                outcome.payload
            )
            assert again.names[0] == "MSH"
            assert "MSH" not in again.names[1:]


@settings(max_examples=200, deadline=None)
@given(messages, mappings)
def test_tracing_never_changes_an_outcome(text: str, mapping: Mapping) -> None:
    """The observer of ``explain`` sees the same run that a message takes."""
    message = parsed(text)
    traced = job_for(message)
    traced.trace = MappingTrace()

    assert build(mapping, traced) == build(mapping, job_for(message))


@settings(max_examples=200, deadline=None)
@given(messages)
def test_segments_that_no_step_names_leave_byte_for_byte(text: str) -> None:
    """With ``start: copy`` every segment but the one that is set comes out as it came in, in its place."""
    message = parsed(text)
    mapping = mapping_of("- set: {PV1-44: X, PV1-3.2: Y}")

    (outcome,) = build(mapping, job_for(message))

    if isinstance(outcome, Built):
        kept = [line for line in outcome.payload.decode().split("\r") if not line.startswith("PV1")]
        came = [line for line in [*message.segments, ""] if not line.startswith("PV1")]
        first = next((line for line in message.segments if line.startswith("PV1")), "")
        others = [line for line in message.segments if line.startswith("PV1")][1:]
        assert kept == came
        assert [line for line in outcome.payload.decode().split("\r") if line.startswith("PV1")][1:] == others
        assert first[:4] in {"", "PV1", "PV1|"}


@settings(max_examples=200, deadline=None)
@given(messages, mappings)
def test_outputs_of_one_message_never_share_a_control_id(text: str, mapping: Mapping) -> None:
    """Split messages have an MSH-10 each, and deciding again gives the same ones."""
    message = parsed(text)

    built = [each for each in build(mapping, job_for(message)) if isinstance(each, Built)]

    assert len({each.control_id for each in built}) == len(built)
    assert built == [each for each in build(mapping, job_for(message)) if isinstance(each, Built)]
