"""A segment written in one go is the segment that its entries write one by one."""

from dataclasses import replace

import pytest

from engine.mapping.job import Failed, MappingTrace
from engine.mapping.mapper import build
from engine.mapping.setting import AppendSegment
from tests.support.mappings import job_for, mapping_of, message_of

MESSAGE = message_of(
    r"MSH|^~\&|A|B|C|D|20260301||ADT^A01^ADT_A01|1|P|2.5.1",
    "PID|1||77^^^H^MR~88^^^L^PI||DOE^JANE^Q||19800101|F|||1 Elm St^^Springfield^NC",
)
ENTRIES = (
    "{ZZ1-3: =PID-3, ZZ1-1: =PID-5.1, ZZ1-3.2: X, ZZ1-2: '', ZZ1-7.5: ''}",
    "{ZZ1-2.3: =PID-8, ZZ1-2.1: =PID-5, ZZ1-2.9: '', ZZ1-2: =upper(PID-5)}",
    "{ZZ1-4: =null, ZZ1-4.2: =PID-11.3}",
    "{ZZ1-1: =counter(), ZZ1-2: =counter(), ZZ1-3: '=PID-3[*].1'}",
    "{ZZ1-2: A^B~C, ZZ1-2.2: '', ZZ1-9: =PID-99}",
)


@pytest.mark.parametrize("entries", ENTRIES)
def test_one_go_gives_what_one_by_one_gives(entries: str) -> None:
    """With a trace every entry is run alone: both ways must make the same bytes."""
    mapping = mapping_of(f"- append: ZZ1\n  set: {entries}")

    (at_once,) = build(mapping, job_for(MESSAGE))
    (one_by_one,) = build(mapping, replace(job_for(MESSAGE), trace=MappingTrace()))

    assert not isinstance(at_once, Failed)
    assert at_once == one_by_one


def test_entries_that_look_at_what_is_being_built_are_run_one_by_one() -> None:
    """``out.`` shows the segment as far as it has come."""
    plain = mapping_of("- append: ZZ1\n  set: {ZZ1-1: =PID-3.1}")
    looking = mapping_of("- append: ZZ1\n  set: {ZZ1-1: =PID-3.1, ZZ1-2: =out.ZZ1-1}")

    steps = [mapping.steps.steps[0].step for mapping in (plain, looking)]

    assert [step.in_one_go for step in steps if isinstance(step, AppendSegment)] == [True, False]
