"""``engine lineage``: who touches a field, where it arrives, and who talks to an address."""

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from engine.cli import application
from engine.workbench.check import read_site
from engine.workbench.lineage.answer import lineage_of
from engine.workbench.lineage.arriving import arrivals_of
from engine.workbench.lineage.field import Field
from engine.workbench.lineage.uses import Manner
from tests.support.cases import site_with_cases

MAPPING = """\
mapping: bar
output: {message: BAR^P01^BAR_P01, version: 2.5.1, start: empty}
steps:
  - copy: [EVN, PID, "Z*"]
  - let: {class: "=translate('classes', PV1-2)"}
  - append: PV1
    set:
      PV1-2: =class
      PV1-19: =PV1-19
  - when: PID-8 == 'F'
    set: {PID-10: X}
  - delete: [PID-19, "PID-3[5 == 'SS']"]
  - for each: DG1
    do:
      - append: DG1
        set: {DG1-1: =counter(), DG1-3.1: =DG1-3.1}
  - append: PID-13
    set: {PID-13.1: =NK1-5}
  - number: [DG1]
  - when: PV1-44 == ''
    skip: not admitted yet
"""


def _lineage(folder: Path, *arguments: str) -> tuple[int, str]:
    site_with_cases(folder, files={"mappings/bar.yaml": MAPPING})
    done = CliRunner().invoke(application(["lineage"]), ["lineage", *arguments, "--config", str(folder)])
    return done.exit_code, done.output


def _uses(folder: Path, path: str) -> list[tuple[str, str]]:
    site = read_site(site_with_cases(folder, files={"mappings/bar.yaml": MAPPING}))
    assert site.settings is not None, [str(each) for each in site.report.problems]
    return [(each.manner.value, str(each.place)) for each in lineage_of(site.settings.rules, path).uses]


USES = [
    ("PID-8", {("copies", "mappings/bar.yaml:4:17"), ("reads", "mappings/bar.yaml:10:11")}),
    ("PID-10", {("copies", "mappings/bar.yaml:4:17"), ("writes", "mappings/bar.yaml:11:11")}),
    ("PID-19", {("copies", "mappings/bar.yaml:4:17"), ("deletes", "mappings/bar.yaml:12:14")}),
    ("PID-3.5", {("reads", "mappings/bar.yaml:12:22"), ("deletes", "mappings/bar.yaml:12:22")}),
    ("PV1-2", {("reads", "mappings/bar.yaml:5:18"), ("writes", "mappings/bar.yaml:8:7")}),
    ("DG1-3.1", {("reads", "mappings/bar.yaml:16:43"), ("writes", "mappings/bar.yaml:16:34")}),
    ("DG1-1", {("writes", "mappings/bar.yaml:16:15"), ("writes", "mappings/bar.yaml:19:5")}),
    ("PID-13.1", {("writes", "mappings/bar.yaml:18:11")}),
    ("NK1-5", {("reads", "mappings/bar.yaml:18:21")}),
    ("ZPI-4", {("copies", "mappings/bar.yaml:4:5")}),
    ("PID-11.4", {("decides", "routes/adt.yaml:12:11")}),
    ("MSH-9", {("decides", "routes/adt.yaml:3:9"), ("writes", "mappings/bar.yaml:1:10")}),
]


@pytest.mark.parametrize(("path", "wanted"), USES)
def test_every_rule_that_touches_a_field_is_found(path: str, wanted: set[tuple[str, str]], tmp_path: Path) -> None:
    """Conditions, formulas, targets, brackets, loops, copies, patterns and what is counted."""
    assert wanted <= set(_uses(tmp_path, path))


NOT_TOUCHED = [
    ("PID-5", "reads"),
    ("PV1-3", "writes"),
    ("DG1-3.2", "writes"),
    ("PID-3.1", "reads"),
    ("NK1-5.2", "writes"),
]


@pytest.mark.parametrize(("path", "manner"), NOT_TOUCHED)
def test_what_does_not_touch_it_is_left_out(path: str, manner: str, tmp_path: Path) -> None:
    """Another field, another component, a segment that is not copied."""
    assert manner not in {each for each, _ in _uses(tmp_path, path)}


ARRIVES = [
    ("PV1-2", False, ["PV1-2"]),
    ("PID-8", False, ["PID-8", "PID-10"]),
    ("PID-19", False, []),
    ("PV1-19", False, ["PV1-19"]),
    ("PV1-44", True, []),
    ("NK1-5", False, ["PID-13"]),
    ("NK1-2", False, []),
]


@pytest.mark.parametrize(("path", "decides", "reaches"), ARRIVES)
def test_where_a_field_arrives_is_told(path: str, decides: bool, reaches: list[str], tmp_path: Path) -> None:
    """Through names and conditions, and not where it is taken away again."""
    site = read_site(
        site_with_cases(tmp_path, files={"mappings/bar.yaml": MAPPING.replace("translate('classes', PV1-2)", "PV1-2")})
    )
    assert site.settings is not None, [str(each) for each in site.report.problems]
    segment, _, number = path.partition("-")

    first, *_ = arrivals_of(site.settings.rules, Field(segment, int(number)))

    assert (first.decides, [str(each) for each in first.fields]) == (decides, reaches)


def test_a_code_that_may_be_unknown_decides_whether_it_is_sent(tmp_path: Path) -> None:
    """A table with the policy ``error`` parks the output."""
    site = read_site(site_with_cases(tmp_path, files={"mappings/bar.yaml": MAPPING}))
    assert site.settings is not None

    first, *_ = arrivals_of(site.settings.rules, Field("PV1", 2))

    assert first.decides


def test_the_text_names_rules_by_place_and_words(tmp_path: Path) -> None:
    """As an editor jumps to them, with the line as it stands there."""
    code, output = _lineage(tmp_path, "PID-8")

    assert code == 0
    assert output == (
        "PID-8\n"
        '  copies  mappings/bar.yaml:4:17   copy: [EVN, PID, "Z*"]  (bar: adt to billing)\n'
        "  reads   mappings/bar.yaml:10:11  when: PID-8 == 'F'  (bar: adt to billing)\n"
        "  copies  routes/adt.yaml:12:5     registry: unchanged  (adt)\n"
        "what comes in there\n"
        "  adt to billing through bar: reaches PID-8, PID-10\n"
        "  adt to billing through bar: reaches PID-8, PID-10\n"
        "  adt to registry: reaches PID-8\n"
    )


def test_names_of_the_standard_are_understood(tmp_path: Path) -> None:
    """As in rules."""
    _, output = _lineage(tmp_path, "PID.patient_name.family_name", "--format", "json")

    answer = orjson.loads(output)
    assert answer["path"] == "PID-5.1"
    assert answer["arrivals"][0] == {
        "route": "adt",
        "destination": "billing",
        "mapping": "bar",
        "place": "routes/adt.yaml:7:7",
        "decides": False,
        "reaches": ["PID-5.1"],
    }
    assert {each["manner"] for each in answer["uses"]} <= {each.value for each in Manner}


def test_who_talks_to_an_address_is_told(tmp_path: Path) -> None:
    """What a firewall or a colleague asks: which listener or destination that is, and what it is for."""
    assert _lineage(tmp_path, "--uses", "127.0.0.1:2575")[1] == "listener adt (127.0.0.1:2575) takes messages for adt\n"
    assert _lineage(tmp_path, "--uses", "127.0.0.1:2602")[1] == (
        "destination registry (127.0.0.1:2602) gets messages of adt with no mapping\n"
    )
    assert _lineage(tmp_path, "--uses", "127.0.0.1:1")[1] == "nothing here listens on 127.0.0.1:1 or sends to it\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "name a field"),
        (("PID-3", "--uses", "127.0.0.1:1"), "name a field"),
        (("PID3",), "did you mean PID-3?"),
        (("XXX-3",), "there is no segment XXX"),
        (("--uses", "billing"), "is no address"),
    ],
)
def test_a_wrong_question_is_answered_with_a_right_one(arguments: tuple[str, ...], told: str, tmp_path: Path) -> None:
    """Exit code 2, and what to ask instead."""
    code, output = _lineage(tmp_path, *arguments)

    assert code == 2
    assert told in output


def test_a_site_with_problems_tells_them(tmp_path: Path) -> None:
    """Half a site would give half an answer."""
    folder = site_with_cases(tmp_path, files={"mappings/bar.yaml": MAPPING.replace("PV1-19:", "PV1:")})

    done = CliRunner().invoke(application(["lineage"]), ["lineage", "PID-3", "--config", str(folder)])

    assert done.exit_code == 1
    assert "mappings/bar.yaml:9:7" in done.output
