"""No rules and no message make one output take for ever or swell without bound: it fails, by ``budget``, in seconds."""

import time

import pytest

from engine.hl7.message import Message
from engine.mapping import Built, Failed, Outcome, build
from tests.support.mappings import job_for, mapping_of, message_of, problems_of

SECONDS = 12
"""Far above what is seen: the machine may be busy."""
HEADER = "MSH|^~\\&|A|B|C|D|20260101||ADT^A01^ADT_A01|1|P|2.5.1"
LONG = message_of(
    HEADER,
    "PID|1||100||" + "DOE" * 10 + "^JANE",
    *(f"NK1|{number}|A" for number in range(60)),
    "OBX|1|TX|A||" + "a" * 100_000,
)
EIGHT = r"\\0" * 8
"""All that was found, eight times; doubled for YAML."""
FIRST = f"- set: {{PID-6: \"=replace_regex(OBX-5, 'a', '{EIGHT}')\"}}\n"
AGAIN = FIRST.replace("OBX-5", "out.PID-6")
GROWING = {
    "a name that doubles itself": "- let: {x: =PID-5.1}\n" + "- let: {x: =x + x}\n" * 40,
    "a list joined with itself": "- let: {x: =PID-5.1}\n" + "- let: {x: \"=join(split(x, 'D'), x)\"}\n" * 9,
    "a field that doubles in every turn": "- for each: NK1\n  do:\n    - set: {PID-5.1: =out.PID-5.1 + out.PID-5.1}",
    "segments added in every turn": "- for each: NK1\n  do:\n"
    + "    - append: NTE\n      set: {NTE-3: =OBX-5}\n" * 200,
    "repetitions added in every turn": (
        "- for each: NK1\n  do:\n" + "    - append: PID-3\n      set: {PID-3.1: =OBX-5}\n" * 12
    ),
    "every letter replaced by all of them": "- set: {PID-6: \"=replace(OBX-5, 'a', OBX-5)\"}",
    "every letter found replaced by eight": FIRST + AGAIN * 6,
    "a wide column": "- set: {PID-6: \"=pad(PID-3.1, 900000000, 'x')\"}",
}
PHONES = message_of(HEADER, "PID|1||100||DOE^JANE||||||||" + "~".join(f"({n})^PRN^PH" for n in range(100_000)))
REPEATING = {
    "each repetition": "- set: {'PID-13[*].1': =digits(value)}",
    "each repetition that is so": "- set: {\"PID-13[2 == 'PRN'].1\": x}",
    "a loop over repetitions": "- for each: PID-13\n  do:\n    - set: {PID-13.1: =digits(PID-13.1)}",
    "repetitions taken out": "- delete: [\"PID-13[2 == 'PRN']\"]",
}


def _built(steps: str, message: Message) -> tuple[Outcome, float]:
    mapping = mapping_of(steps)
    begun = time.process_time()
    [outcome] = build(mapping, job_for(message))
    return outcome, time.process_time() - begun


@pytest.mark.parametrize("name", GROWING)
def test_a_mapping_that_grows_without_bound_fails(name: str) -> None:
    """Before it has taken the memory, not after."""
    outcome, seconds = _built(GROWING[name], LONG)

    assert isinstance(outcome, Failed)
    assert outcome.code in {"budget", "bad-argument"}
    assert seconds < SECONDS


@pytest.mark.parametrize("name", REPEATING)
def test_a_field_of_a_hundred_thousand_repetitions_holds_nobody_up(name: str) -> None:
    """Each repetition costs the whole field: together they would take hours."""
    outcome, seconds = _built(REPEATING[name], PHONES)

    assert isinstance(outcome, Failed)
    assert outcome.code == "budget"
    assert seconds < SECONDS


def test_a_field_of_a_thousand_repetitions_is_ordinary() -> None:
    """The bound is far from what hospitals send."""
    phones = message_of(HEADER, "PID|1||100||DOE^JANE||||||||" + "~".join(f"({n})^PRN^PH" for n in range(1_000)))

    outcomes = [_built(steps, phones)[0] for steps in REPEATING.values()]

    assert all(isinstance(each, Built) for each in outcomes)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+b$", "(a*)*c", "^(([a-z])+.)+[A-Z]$"])
def test_patterns_that_others_choke_on_are_quick(pattern: str) -> None:
    """RE2 does not go back: no pattern makes a long text slow."""
    outcome, seconds = _built(f"- when: OBX-5 matches '{pattern}'\n  set: {{PID-6: x}}", LONG)

    assert isinstance(outcome, Built)
    assert seconds < 1


def test_a_pattern_too_big_to_compile_is_a_problem() -> None:
    """Told when the rules are loaded."""
    found = problems_of("- when: PID-5 matches '((a{100}){100}){100}'\n  set: {PID-6: x}")

    assert [each.code for each in found] == ["bad-pattern"]
