"""Rules of an earlier version, from the texts that are kept of it."""

from pathlib import Path

import pytest

from engine.config import load
from engine.config.recalled import recall
from tests.support.sites import write_site

FILES = {
    "config.yaml": """\
site: st-mary
time_zone: UTC
store: sqlite:///var/engine.db
listeners: {adt: {mllp: "127.0.0.1:2575"}}
destinations: {billing: {mllp: "127.0.0.1:2601", header: {MSH-5: "${env:FACILITY}"}}}
tables: {one: {file: tables/one.csv}, two: {file: tables/two.csv}}
routes: rules/**/*.yaml
""",
    "rules/a.yaml": "route: a\nfrom: adt\nto: {billing: {map: m}}\n",
    "rules/deep/b.yaml": "route: b\nfrom: adt\nto: {billing: {map: m}}\n",
    "mappings/m.yaml": "mapping: m\noutput: {start: copy}\nsteps:\n  - set: {PV1-2: \"=translate('one', PV1-2)\"}\n",
    "mappings/n.yaml": "mapping: n\noutput: {start: copy}\nsteps:\n  - set: {PV1-2: \"=translate('two', PV1-2)\"}\n",
    "tables/one.csv": "from,to\nI,IN\n",
    "tables/two.csv": "from,to\nI,IN\n",
}


def kept_of(folder: Path) -> tuple[dict[str, str], str, Path]:
    """Return the texts and the version of a site as it is now."""
    settings = load(folder)
    return dict(settings.rules.texts.values()), settings.rules.version, settings.file


def test_rules_come_back_though_every_file_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Config, routes, mappings and tables, two of the same content too; the version is the same."""
    monkeypatch.setenv("FACILITY", "FIN")
    folder = write_site(tmp_path / "site", FILES)
    kept, version, file = kept_of(folder)
    for name in FILES:
        (file.parent / name).unlink()

    found = recall(kept, file, {"FACILITY": "FIN"})

    assert found is not None
    assert found.rules.version == version
    assert [each.name for each in found.rules.routes] == ["a", "b"]
    assert [len(each) for each in found.rules.tables.values()] == [1, 1]


def test_what_a_reference_leads_to_today_is_told_by_the_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values behind references are kept nowhere."""
    monkeypatch.setenv("FACILITY", "FIN")
    kept, version, file = kept_of(write_site(tmp_path / "site", FILES))

    other, gone = recall(kept, file, {"FACILITY": "OTHER"}), recall(kept, file, {})

    assert other is not None
    assert gone is not None
    assert version not in {other.rules.version, gone.rules.version}
    assert [each.code for each in gone.problems.items] == ["missing-variable"]


def test_texts_without_a_configuration_hold_no_rules(tmp_path: Path) -> None:
    """Then nothing can be explained by them."""
    assert recall({"routes/a.yaml": "route: a"}, tmp_path / "config.yaml", {}) is None
