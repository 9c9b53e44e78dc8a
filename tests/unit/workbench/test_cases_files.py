"""``*.cases.yaml``: found beside routes and mappings, read like any other file of the site, no part of its rules."""

from pathlib import Path

import pytest

from engine.workbench.check import read_site
from tests.support.cases import MAPPING, site_with_cases

CASE = "cases:\n  - case: one\n    message: admission.hl7\n    expect: "
OF_ROUTE = f"route: adt\n{CASE}{{ack: AA}}\n"
OF_MAPPING = f"mapping: bar\n{CASE}{{output: made}}\n"


def _codes(folder: Path, content: str | bytes) -> list[str]:
    site = site_with_cases(folder)
    (site / "routes/x.cases.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    return [f"{each.place}: {each.code}" for each in read_site(site).report.problems]


def test_cases_beside_routes_and_mappings_are_read(tmp_path: Path) -> None:
    """In either folder, of either kind; behind those in the files themselves."""
    files = {"routes/a.cases.yaml": OF_ROUTE, "mappings/b.cases.yaml": OF_MAPPING}
    site = read_site(site_with_cases(tmp_path, f"{CASE}{{billing: sent}}\n".replace("one", "inside"), files))

    assert [str(each) for each in site.report.problems] == []
    assert [(each.name, each.owner, each.mapping, each.place.file) for each in site.cases] == [
        ("inside", "adt", "", "routes/adt.yaml"),
        ("one", "bar", "bar", "mappings/b.cases.yaml"),
        ("one", "adt", "", "routes/a.cases.yaml"),
    ]


def test_a_file_of_cases_is_no_part_of_the_rules(tmp_path: Path) -> None:
    """No decision depends on it: the version stays, and so do the texts kept with it."""
    without = read_site(site_with_cases(tmp_path / "a"))
    beside = read_site(site_with_cases(tmp_path / "b", files={"routes/a.cases.yaml": OF_ROUTE}))

    assert without.settings is not None
    assert beside.settings is not None
    assert beside.report.version == without.report.version
    assert beside.settings.rules.texts.keys() == without.settings.rules.texts.keys()
    assert tmp_path / "b/routes/a.cases.yaml" in beside.files


def test_a_case_is_called_the_same_only_once(tmp_path: Path) -> None:
    """Also in another file."""
    site = site_with_cases(tmp_path, f"{CASE}{{ack: AA}}\n", {"routes/a.cases.yaml": OF_ROUTE})

    assert [str(each.place) for each in read_site(site).report.problems] == ["routes/a.cases.yaml:3:11"]


WRONG: list[tuple[str, str | bytes, list[str]]] = [
    ("a list", "- one\n", ["1:1: wrong-kind"]),
    ("no owner", CASE + "{ack: AA}\n", ["1:1: no-owner"]),
    ("two owners", f"route: adt\nmapping: bar\n{CASE}{{ack: AA}}\n", ["1:1: no-owner"]),
    ("no such route", OF_ROUTE.replace("adt", "adtt"), ["1:8: unknown-route"]),
    ("no such mapping", OF_MAPPING.replace("bar", "baz"), ["1:10: unknown-mapping"]),
    ("no cases", "route: adt\n", ["1:1: missing-key"]),
    ("a key misspelt", OF_ROUTE.replace("cases:", "case:"), ["1:1: missing-key", "2:1: unknown-key"]),
    ("Latin-1", OF_ROUTE.replace("one", "M\xfcller").encode("latin-1"), ["3:12: yaml-encoding"]),
    ("a tab", OF_ROUTE.replace("  - case", "\t- case"), ["3:1: yaml-syntax"]),
    ("an alias", OF_ROUTE.replace("{ack: AA}", "*same"), ["5:13: yaml-alias"]),
    ("an anchor", OF_ROUTE.replace("one", "&a one"), ["3:11: yaml-anchor"]),
    ("a key twice", OF_ROUTE.replace("    expect", "    message: x\n    expect"), ["5:5: duplicate-key"]),
    (
        "a reference",
        OF_ROUTE.replace("admission.hl7", "${env:HOME}"),
        ["4:14: reference-not-here", "4:14: unreadable-file"],
    ),
    ("empty", "", ["1:1: yaml-empty"]),
    ("two documents", f"{OF_ROUTE}---\n{OF_ROUTE}", ["6:1: yaml-documents"]),
    ("a name no file has", OF_ROUTE.replace("admission.hl7", '"a\\0b"'), ["4:14: unreadable-file"]),
    ("a folder", OF_ROUTE.replace("admission.hl7", "routes"), ["4:14: unreadable-file"]),
    ("no such listener", OF_ROUTE.replace("    expect", "    listener: lab\n    expect"), ["5:15: unknown-listener"]),
    ("no time", OF_ROUTE.replace("    expect", "    received: noon\n    expect"), ["5:15: not-a-time"]),
    (
        "a destination of a route",
        OF_ROUTE.replace("    expect", "    destination: b\n    expect"),
        ["5:5: unknown-key"],
    ),
    (
        "no such destination",
        OF_MAPPING.replace("    expect", "    destination: b\n    expect"),
        ["5:18: unknown-destination"],
    ),
    (
        "an answer of a mapping",
        OF_MAPPING.replace("output: made", "ack: AA"),
        ["5:13: missing-key", "5:14: unknown-key"],
    ),
    ("a route's word", OF_MAPPING.replace("made", "sent"), ["5:22: unknown-choice"]),
    ("messages of a mapping", OF_MAPPING.replace("message: ", "messages: "), ["3:5: missing-key", "4:5: unknown-key"]),
    ("messages: no list", OF_ROUTE.replace("message: ", "messages: "), ["4:15: wrong-kind"]),
    ("messages: none", OF_ROUTE.replace("message: admission.hl7", "messages: []"), ["4:15: wrong-kind"]),
    (
        "messages: a list",
        OF_ROUTE.replace("message: admission.hl7", "messages: [[]]"),
        ["4:16: wrong-kind", "5:14: not-of-all"],
    ),
    ("answer of all", OF_ROUTE.replace("message: admission.hl7", "messages: [admission.hl7]"), ["5:14: not-of-all"]),
    (
        "nothing expected",
        "route: adt\ncases:\n  - case: one\n    messages: [admission.hl7]\n",
        ["4:15: missing-key"],
    ),
    (
        "out of order",
        OF_ROUTE.replace(
            "message: admission.hl7", "messages: [admission.hl7, {message: admission.hl7, received: 20250101}]"
        ).replace("ack: AA", "billing: sent"),
        ["4:31: out-of-order"],
    ),
    ("no expected file", OF_ROUTE.replace("ack: AA", "billing: {file: x.hl7}"), ["5:30: unreadable-file"]),
    ("no message in it", OF_ROUTE.replace("ack: AA", "billing: {file: config.yaml}"), ["5:30: unreadable-message"]),
    (
        "two sources",
        OF_ROUTE.replace("ack: AA", "billing: {file: admission.hl7, changed_only: true}"),
        ["5:59: two-sources"],
    ),
    ("perhaps", OF_ROUTE.replace("ack: AA", "billing: {changed_only: perhaps}"), ["5:38: unknown-choice"]),
]


@pytest.mark.parametrize(("content", "expected"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG])
def test_what_is_wrong_in_a_file_of_cases_is_told_at_its_place(
    content: str | bytes, expected: list[str], tmp_path: Path
) -> None:
    """By engine check, with file, line and column; nothing of it is run."""
    assert _codes(tmp_path, content) == [f"routes/x.cases.yaml:{each}" for each in expected]


def test_a_file_of_cases_does_not_blame_a_route_that_has_problems(tmp_path: Path) -> None:
    """The mapping is there, and what is wrong with it has been told."""
    files = {"mappings/b.cases.yaml": OF_MAPPING, "mappings/bar.yaml": MAPPING.replace("start: empty", "start: full")}
    site = site_with_cases(tmp_path, files=files)

    assert [each.code for each in read_site(site).report.problems] == ["unknown-choice"]


def test_another_ending_is_told_as_overlooked(tmp_path: Path) -> None:
    """``.cases.yml`` is read by nobody."""
    site = site_with_cases(tmp_path, files={"routes/a.cases.yml": OF_ROUTE})

    assert [each.code for each in read_site(site).report.problems] == ["overlooked-file"]
