"""A whole site is read: what belongs together is checked together, and the rules get a version."""

from pathlib import Path

import pytest

from engine.config import Settings, examine, load
from engine.errors import ConfigurationProblems

CONFIG = """\
time_zone: America/New_York
listeners:
  adt: {mllp: 127.0.0.1:2575}
  lab: {mllp: 127.0.0.1:2576, time_zone: America/Chicago, sender: {charset: cp1252, processing: P}, several: split}
destinations:
  billing: {mllp: 127.0.0.1:2601, lanes: 4, header: {MSH-5: BILLING}, lane_by: PID-3.1}
  registry: {mllp: 127.0.0.1:2602, encoding: '^~\\&#', charset: UNICODE UTF-8}
tables:
  sex: {file: tables/sex.csv}
"""
ROUTE = "route: all\nfrom: [adt, lab]\nto:\n  billing: {map: as-is}\n  registry:\n"
MAPPING = "mapping: as-is\noutput: {start: copy}\nsteps:\n  - set: {PID-8: \"=translate('sex', PID-8)\"}\n"
SITE = {
    "config.yaml": CONFIG,
    "routes/all.yaml": ROUTE,
    "mappings/as-is.yaml": MAPPING,
    "tables/sex.csv": "from,to\nF,2\nM,1\n",
}


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def _examined(folder: Path, **changed: str) -> tuple[Settings | None, list[str]]:
    names = {"config": "config.yaml", "route": "routes/all.yaml", "mapping": "mappings/as-is.yaml"}
    _write(folder, SITE | {names[name]: text for name, text in changed.items()})
    settings, problems = examine(folder, {})
    return settings, [str(problem) for problem in problems.sorted()]


def test_a_site_is_one_frozen_value(tmp_path: Path) -> None:
    """Rules for decisions on one side, addresses and deadlines for the processes on the other."""
    settings, problems = _examined(tmp_path)

    assert problems == []
    assert settings is not None
    assert settings.store == tmp_path / "var" / "engine.db"
    assert [route.name for route in settings.rules.routes_of["lab"]] == ["all"]
    lab = settings.rules.listeners["lab"]
    assert (str(lab.zone), lab.reading.charset, lab.sender.processing, lab.splits_several) == (
        "America/Chicago",
        "cp1252",
        frozenset({"P"}),
        True,
    )
    billing, registry = (settings.rules.destinations[name] for name in ("billing", "registry"))
    assert [(path.path.text, text) for path, text in billing.header] == [("MSH-5", "BILLING")]
    assert billing.lane_by is not None
    assert registry.target.delimiters is not None
    assert registry.target.delimiters.encoding_characters == "^~\\&#"
    assert registry.target.codec == "utf-8"


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (
            "127.0.0.1:2601, header: {MSH-5: =MSH-3}",
            ("config.yaml:7:52: formula-not-here: a header takes texts, no formulas (write it in a mapping's 'set')"),
        ),
        (
            "127.0.0.1:2601, header: {PID-5: X}",
            (
                "config.yaml:7:45: not-a-header-field: PID-5 is no field of the header "
                "('header' writes the MSH: as in MSH-5 or MSH-6.2)"
            ),
        ),
        (
            "127.0.0.1:2601, header: {MSH-2: X}",
            (
                "config.yaml:7:45: delimiters-not-allowed: MSH-1 and MSH-2 follow from the delimiters "
                "('encoding' sets them)"
            ),
        ),
        (
            "127.0.0.1:2601, header: {MSH-5.1: A^B}",
            (
                "config.yaml:7:55: too-much-structure: '^' means components, which the target cannot hold "
                "(for the character itself write a formula: ='A^B')"
            ),
        ),
        (
            "127.0.0.1:2601, header: {MSH-8: ~}",
            "config.yaml:7:52: yaml-null: unquoted ~ says two things ('' clears, =null writes the HL7 null)",
        ),
        (
            "127.0.0.1:2601, lane_by: =PID-3",
            (
                "config.yaml:7:45: formula-sign: an expression is expected here, not a formula "
                "(leave out the '=': it begins formulas, where a literal could stand too)"
            ),
        ),
        (
            "127.0.0.1, charset: klingon, lane_by: PID-3 + nope",
            "config.yaml:7:66: unknown-name: there is no name 'nope' (a text stands in quotes)",
        ),
        (
            "127.0.0.1, charset: klingon, lane_by: PID-3 + nope",
            (
                "config.yaml:7:40: unknown-charset: no character set is called 'klingon' "
                "(a name of table 0211 as 8859/1 or UNICODE UTF-8, or one as cp1252, utf-8)"
            ),
        ),
        (
            "127.0.0.1:2601, charset: klingon",
            (
                "config.yaml:7:45: unknown-charset: no character set is called 'klingon' "
                "(a name of table 0211 as 8859/1 or UNICODE UTF-8, or one as cp1252, utf-8)"
            ),
        ),
        (
            "127.0.0.1:2601, encoding: '^^'",
            "config.yaml:7:46: bad-encoding: these cannot be encoding characters (as ^~\\& or ^~\\&#, each only once)",
        ),
    ],
)
def test_what_a_destination_cannot_be_sent_is_told(tmp_path: Path, written: str, problem: str) -> None:
    """At the value itself."""
    config = CONFIG.replace("  registry: {mllp: 127.0.0.1:2602, encoding: '^~\\&#', charset: UNICODE UTF-8}", "")
    config = config.replace("tables:", f"  registry: {{mllp: {written}}}\ntables:").replace("\n\n", "\n")

    settings, problems = _examined(tmp_path, config=config)

    assert settings is None
    assert problem in problems


@pytest.mark.parametrize(
    ("route", "problem"),
    [
        (
            ROUTE.replace("lab]", "lap]"),
            "routes/all.yaml:2:13: unknown-listener: no listener is called 'lap' (did you mean 'lab'?)",
        ),
        (
            ROUTE.replace("as-is", "asis"),
            "routes/all.yaml:4:18: unknown-mapping: no mapping is called 'asis' (did you mean 'as-is'?)",
        ),
        (
            ROUTE.replace("{map: as-is}", ""),
            (
                "routes/all.yaml:4:3: header-without-map: the destination 'billing' has a 'header', "
                "which bytes sent unchanged cannot take (name a mapping: 'map: NAME')"
            ),
        ),
        (ROUTE.replace("route: all\n", ""), "routes/all.yaml:1:1: missing-key: 'route' is missing here"),
        (
            "- all\n",
            "routes/all.yaml:1:1: wrong-kind: a route's file holds a map, not a list (begin with 'route: NAME')",
        ),
        (
            ROUTE + "  site: ${env:X}\n",
            (
                "routes/all.yaml:6:9: reference-not-here: '${...}' works in config.yaml only "
                "(name it in config.yaml and use what that sets)"
            ),
        ),
    ],
)
def test_what_a_route_names_must_be_there(tmp_path: Path, route: str, problem: str) -> None:
    """With the nearest name as a hint."""
    settings, problems = _examined(tmp_path, route=route)

    assert settings is None
    assert problem in problems


def test_a_mapping_that_cannot_be_read_is_not_also_reported_by_its_users(tmp_path: Path) -> None:
    """One mistake, one problem."""
    _, problems = _examined(tmp_path, mapping="mapping: as-is\noutput: [\n")

    assert [problem.split(": ")[1] for problem in problems if "warning" not in problem] == ["yaml-syntax"]


def test_a_name_given_twice_is_told_with_the_second_file(tmp_path: Path) -> None:
    """Routes and mappings alike."""
    _write(tmp_path, {"routes/more.yaml": ROUTE, "mappings/more.yaml": MAPPING})

    _, problems = _examined(tmp_path)

    assert problems == [
        "mappings/more.yaml:1:10: mapping-twice: another file has a mapping called 'as-is'",
        "routes/more.yaml:1:8: route-twice: another file has a route called 'all'",
    ]


def test_routes_are_in_the_order_of_their_files_names(tmp_path: Path) -> None:
    """Not of their own names, and not of what the disk gives."""
    _write(
        tmp_path,
        {f"routes/{file}.yaml": ROUTE.replace("all", name) for file, name in [("b", "x"), ("a", "z"), ("c", "y")]},
    )

    settings, _ = _examined(tmp_path)

    assert settings is not None
    assert [route.name for route in settings.rules.routes] == ["z", "all", "x", "y"]


def test_what_nobody_uses_is_a_warning_and_the_site_still_loads(tmp_path: Path) -> None:
    """Usually a slip in a name, or left over."""
    _write(tmp_path, {"mappings/old.yaml": MAPPING.replace("as-is", "old").replace("'sex'", "'sex'")})
    config = CONFIG.replace("tables:\n", "tables:\n  old: {file: tables/sex.csv}\n").replace(
        "destinations:\n", "destinations:\n  spare: {mllp: 127.0.0.1:2609}\n"
    )

    settings, problems = _examined(tmp_path, config=config)

    assert settings is not None
    assert problems == [
        "config.yaml:6:3: warning: unused-destination: no route sends to 'spare'",
        "config.yaml:10:3: warning: unused-table: no rule uses the table 'old'",
        "mappings/old.yaml:1:10: warning: unused-mapping: no route uses the mapping 'old'",
    ]


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        (
            CONFIG.replace("adt: {mllp: 127.0.0.1:2575}", "adt: {mllp: 0.0.0.0:2575}"),
            (
                "config.yaml:3:15: plaintext-exposed: other machines reach 0.0.0.0:2575, and there is neither 'tls' "
                "nor 'allow' (add one of them, or say 'plaintext: accepted' "
                "if patients' data may cross this network unprotected)"
            ),
        ),
        (
            CONFIG.replace("adt: {mllp: 127.0.0.1:2575}", "adt: {mllp: 127.0.0.1:2575}\n  web: {http: x:1}"),
            (
                "config.yaml:4:9: later-release: 'http' comes with a later release: this one speaks MLLP only "
                "('mllp: HOST:PORT' works today)"
            ),
        ),
        (
            CONFIG.replace("  registry:", "  index:"),
            (
                "config.yaml:7:3: reserved-name: 'index' has a meaning of its own in the cases of a route "
                "(choose another name)"
            ),
        ),
        (
            "routes: ../elsewhere/*\n" + CONFIG,
            "config.yaml:1:9: bad-pattern: '../elsewhere/*' leads out of the folder of config.yaml (as routes/*.yaml)",
        ),
        ("store: mysql://x\n" + CONFIG, None),
    ],
)
def test_what_is_not_safe_or_not_there_is_refused(tmp_path: Path, config: str, problem: str | None) -> None:
    """Exposure, kinds of a later release, reserved names, other folders, other stores."""
    settings, problems = _examined(tmp_path, config=config)

    assert settings is None
    assert problem is None or problem in problems


@pytest.mark.parametrize("safe", ["plaintext: accepted", "allow: [10.0.0.0/8]"])
def test_an_exposed_listener_is_taken_when_somebody_has_thought_of_it(tmp_path: Path, safe: str) -> None:
    """An allow-list, or the explicit word."""
    config = CONFIG.replace("adt: {mllp: 127.0.0.1:2575}", f"adt: {{mllp: 0.0.0.0:2575, {safe}}}")

    settings, problems = _examined(tmp_path, config=config)

    assert (settings is None, problems) == (False, [])


def test_no_time_zone_is_a_note(tmp_path: Path) -> None:
    """UTC is rarely what a hospital means; it is told, and taken."""
    settings, problems = _examined(tmp_path, config=CONFIG.replace("time_zone: America/New_York\n", ""))

    assert settings is not None
    assert [problem.split(": ")[1:3] for problem in problems] == [["note", "default-time-zone"]]


def test_the_version_changes_with_what_decisions_depend_on_and_with_nothing_else(tmp_path: Path) -> None:
    """The same site at another place has the same version; another code in a table has another."""
    here, there = tmp_path / "here", tmp_path / "there"
    first, _ = _examined(here)
    second, _ = _examined(there)
    _write(there, {"tables/sex.csv": "from,to\nF,2\nM,9\n"})
    third, _ = examine(there, {})

    assert first is not None
    assert second is not None
    assert third is not None
    assert first.rules.version == second.rules.version
    assert third.rules.version != first.rules.version


def test_the_texts_of_the_rules_are_kept_without_what_references_led_to(tmp_path: Path) -> None:
    """So that yesterday's decision can be explained today, and no secret is stored."""
    _write(tmp_path, SITE | {"config.yaml": "site: ${env:SITE}\n" + CONFIG})

    settings, _ = examine(tmp_path, {"SITE": "st-secret"})

    assert settings is not None
    assert settings.site == "st-secret"
    assert {name for name, _ in settings.rules.texts.values()} == SITE.keys()
    assert "st-secret" not in "".join(text for _, text in settings.rules.texts.values())


def test_loading_a_site_with_problems_raises_all_of_them(tmp_path: Path) -> None:
    """`engine serve` prints them and does not start."""
    _write(tmp_path, SITE | {"routes/all.yaml": ROUTE.replace("adt", "ad").replace("as-is", "as")})

    with pytest.raises(ConfigurationProblems) as caught:
        load(tmp_path)

    assert {problem.code for problem in caught.value.problems} >= {"unknown-listener", "unknown-mapping"}
