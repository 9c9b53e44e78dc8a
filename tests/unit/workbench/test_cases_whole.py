"""Whole messages in cases: ``file``, ``changed_only``, and the diff that is told where something is otherwise."""

from pathlib import Path

import pytest

from engine.workbench.check import read_site
from engine.workbench.trials import run_cases
from tests.support.cases import ADMISSION, site_with_cases

COPY = "mapping: copy\noutput: {start: copy}\nsteps:\n  - set: {PID-8: M, PID-5.2: Ann}\n"
CASE = "cases:\n  - case: one\n    message: admission.hl7\n    expect: {output: %s}\n"
COPIED = ADMISSION.replace("|F|", "|M|").replace("Doe^Jane~", "Doe^Ann~")


def _told(folder: Path, output: str, mapping: str = COPY, wanted: str = COPIED) -> list[tuple[str, str, str]]:
    """Run one case of a mapping that no route uses; return its differences."""
    files = {"mappings/copy.yaml": mapping + CASE % output, "wanted.hl7": wanted}
    site = read_site(site_with_cases(folder, files=files))
    assert site.settings is not None, [str(each) for each in site.report.problems]
    (result,) = run_cases(site.cases, site.settings.rules).results
    return [(each.what, each.expected, each.found) for each in result.differences]


@pytest.mark.parametrize(
    "output",
    [
        "made",
        "{changed_only: true, PID-8: M, PID-5.2: Ann}",
        "{changed_only: true, PID-8: M, PID-5: Doe^Ann~Roe^J}",
        "{changed_only: true, PID-8: {matches: ''}, 'PID-5[1].2': Ann}",
        "{changed_only: false, PID-8: M}",
        "{file: wanted.hl7}",
        "{file: wanted.hl7, PV1-2: I}",
        "[{file: wanted.hl7}]",
    ],
)
def test_what_is_so_passes(output: str, tmp_path: Path) -> None:
    """A path named is judged by what is written there, all the rest by the message that came or the file."""
    assert _told(tmp_path, output) == []


CAME = " as it came in"
DIFFERS = [
    ("{changed_only: true, PID-8: M}", [("output PID-5", f"'Doe^Jane~Roe^J'{CAME}", "'Doe^Ann~Roe^J'")]),
    ("{changed_only: true, PID-5.2: Ann}", [("output PID-8", f"'F'{CAME}", "'M'")]),
    (
        "{changed_only: true, PID-5.1: Doe, PID-8: F}",
        [("output PID-8", "'F'", "'M'"), ("output PID-5", f"'^Jane~Roe^J'{CAME}", "'^Ann~Roe^J'")],
    ),
]


@pytest.mark.parametrize(("output", "told"), DIFFERS)
def test_a_change_that_no_path_names_is_told(output: str, told: list[tuple[str, str, str]], tmp_path: Path) -> None:
    """With what came in and what went out."""
    assert _told(tmp_path, output) == told


LINES = [
    ("another field", COPIED.replace("4711", "4712"), "output PID-3", "'4712^^^STM^MR~12^^^STM^PI'"),
    ("a segment more", COPIED.replace("PV1|", "NK1|1|Roe\nPV1|"), "output NK1", "'NK1|1|Roe'"),
    ("another order of fields", COPIED.replace("PV1|1|I", "PV1|1||I"), "output PV1-2", "nothing"),
]


@pytest.mark.parametrize(("wanted", "what", "expected"), [line[1:] for line in LINES], ids=[line[0] for line in LINES])
def test_a_file_is_compared_segment_by_segment(wanted: str, what: str, expected: str, tmp_path: Path) -> None:
    """Segments that belong together stand beside each other, and the fields that differ are named."""
    told = _told(tmp_path, "{file: wanted.hl7}", wanted=wanted)

    assert told[0][:2] == (what, expected)


def test_one_segment_more_shifts_no_others(tmp_path: Path) -> None:
    """Of five results one is missing: that one is told, and no field of the four behind it."""
    results = [f"OBX|{number}|NM|{number}-1^Test^LN||{number}||||||F\n" for number in range(1, 6)]
    mapping = COPY.replace("set: {PID-8: M, PID-5.2: Ann}", "delete: [\"OBX[1 == '2']\"]")
    came = ADMISSION + "".join(results)
    case = f"{mapping}cases:\n  - case: one\n    message: came.hl7\n    expect: {{output: {{changed_only: true}}}}\n"
    site = read_site(site_with_cases(tmp_path, files={"mappings/copy.yaml": case, "came.hl7": came}))
    assert site.settings is not None

    (result,) = run_cases(site.cases, site.settings.rules).results

    (difference,) = result.differences
    assert (difference.what, difference.found) == ("output OBX[2]", "nothing")
    assert difference.expected == f"'{results[1].strip()}' as it came in"


def test_segments_named_may_come_and_go(tmp_path: Path) -> None:
    """``{absent: ...}`` names all segments of that name."""
    mapping = COPY.replace("  - set", "  - append: ZZ1\n    set: {ZZ1-2: x}\n  - delete: [PV1]\n  - set")

    told = _told(
        tmp_path, "{changed_only: true, PID-8: M, PID-5.2: Ann, PV1: {absent: true}, ZZ1: {absent: false}}", mapping
    )
    unnamed = _told(tmp_path / "b", "{changed_only: true, PID-8: M, PID-5.2: Ann, PV1: {absent: true}}", mapping)

    assert told == []
    assert unnamed == [("output ZZ1", f"nothing{CAME}", "'ZZ1||x'")]


def test_a_field_behind_the_last_one_may_be_written(tmp_path: Path) -> None:
    """What is filled up on the way to it is no difference; one separator more behind it would be."""
    mapping = COPY.replace("PID-8: M, PID-5.2: Ann", "PID-30: Y")

    assert _told(tmp_path, "{changed_only: true, PID-30: Y}", mapping) == []
    wanted = ADMISSION.replace("PV1|1|I", "PV1|1|I|").replace("^NC", "^NC|||||||||||||||||||Y")
    assert _told(tmp_path / "b", "{file: wanted.hl7}", mapping, wanted) == [("output PV1", "'PV1|1|I|'", "'PV1|1|I'")]


def test_a_destination_with_other_delimiters_is_compared_by_meaning(tmp_path: Path) -> None:
    """The registry's MSH-2 is its own: named, it is the only change."""
    expect = "{registry: {changed_only: true, MSH-2: '^~\\&#'}}"
    cases = f"cases:\n  - case: one\n    message: admission.hl7\n    expect: {expect}\n"
    site = read_site(site_with_cases(tmp_path, cases))
    assert site.settings is not None

    (result,) = run_cases(site.cases, site.settings.rules).results

    assert result.differences == ()


def test_hundreds_of_differences_are_cut_short(tmp_path: Path) -> None:
    """The first ones say enough."""
    wanted = COPIED + "".join(f"OBX|{number}\n" for number in range(200))

    told = _told(tmp_path, "{file: wanted.hl7}", wanted=wanted)

    assert len(told) == 31
    assert told[-1] == ("output", "no more than 30 differences", "170 more")
