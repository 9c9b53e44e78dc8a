"""A site that is read again and again: what has not changed is not compiled anew, and nothing old is left in it."""

from pathlib import Path

from engine.config.loading import survey
from engine.config.memory import Memory
from engine.problems import Place, Problems
from engine.routing import Rules
from tests.support.reloads import replace_in
from tests.support.sites import write_site

FILES = {
    "config.yaml": "time_zone: UTC\nlisteners: {adt: {mllp: 127.0.0.1:0}}\n"
    "destinations: {billing: {mllp: 127.0.0.1:1}, registry: {mllp: 127.0.0.1:2}}\n"
    "tables: {wards: {file: wards.csv, unknown: keep}}\n",
    "wards.csv": "from,to\nW1,A\n",
    "routes/one.yaml": "route: one\nfrom: adt\nto: {billing: {map: first}}\n",
    "routes/two.yaml": "route: two\nfrom: adt\nto: {registry: {map: second}}\n",
    "mappings/first.yaml": "mapping: first\noutput: {start: copy}\nsteps: [{set: {MSH-5: A}}]\n",
    "mappings/second.yaml": "mapping: second\noutput: {start: copy}\n"
    "steps: [{set: {PV1-3.1: \"=translate('wards', PV1-3.1)\"}}]\n",
}


def _read(config: Path, memory: Memory) -> Rules:
    found = survey(config, memory=memory)
    assert found.settings is not None, found.problems.sorted()
    return found.settings.rules


def _anew(config: Path) -> Rules:
    return _read(config, Memory())


def test_only_what_a_changed_file_touches_is_made_anew(tmp_path: Path) -> None:
    """The route of the changed mapping has the new one; the other route is the very same."""
    config, memory = write_site(tmp_path, FILES), Memory()
    before = _read(config, memory)
    replace_in(tmp_path / "mappings/first.yaml", "MSH-5: A", "MSH-5: B")

    after = _read(config, memory)

    assert after.routes[1] is before.routes[1]
    assert after.mappings["second"] is before.mappings["second"]
    assert after.mappings["first"] is not before.mappings["first"]
    assert after.routes[0].entries[0].mapping is after.mappings["first"]
    assert after.version == _anew(config).version


def test_a_row_of_a_table_makes_no_mapping_anew(tmp_path: Path) -> None:
    """Rows are looked up when a message comes: only the table itself is another."""
    config, memory = write_site(tmp_path, FILES), Memory()
    before = _read(config, memory)
    (tmp_path / "wards.csv").write_text("from,to\nW1,A\nW2,B\n", "utf-8")

    after = _read(config, memory)

    assert after.mappings["second"] is before.mappings["second"]
    assert (len(before.tables["wards"]), len(after.tables["wards"])) == (1, 2)


def test_a_name_that_is_gone_is_told_where_it_is_used_though_that_file_did_not_change(tmp_path: Path) -> None:
    """What a file depends on besides itself is part of what it is remembered by."""
    config, memory = write_site(tmp_path, FILES), Memory()
    _read(config, memory)
    replace_in(config, "tables: {wards: {file: wards.csv, unknown: keep}}\n", "")
    (tmp_path / "mappings/first.yaml").unlink()

    found = survey(config, memory=memory)

    assert sorted(each.code for each in found.problems.sorted() if each.severity.name == "ERROR") == [
        "unknown-mapping",
        "unknown-table",
    ]
    assert found.problems.sorted() == survey(config).problems.sorted()


def test_problems_of_a_file_that_did_not_change_are_told_again(tmp_path: Path) -> None:
    """Remembering a file does not mean forgetting what is wrong with it."""
    config, memory = write_site(tmp_path, {**FILES, "routes/two.yaml": "route: two\nfrom: nobody\nto: {}\n"}), Memory()

    first, second = survey(config, memory=memory), survey(config, memory=memory)

    assert first.problems.sorted() == second.problems.sorted()
    assert "unknown-listener" in {each.code for each in second.problems.items}


def test_what_nobody_asked_for_in_two_readings_is_forgotten() -> None:
    """Memory does not grow with every version that there ever was."""
    memory = Memory()
    made: list[int] = []

    def make(problems: Problems) -> int:
        made.append(len(made))
        problems.add(Place("x"), "code", "text")
        return len(made)

    for _ in range(3):
        memory.begin()
        memory.recall("kept", make, Problems())
    memory.recall("once", make, Problems())
    for _ in range(4):
        memory.begin()
    memory.recall("kept", make, Problems())

    assert len(made) == 3


def test_two_files_of_the_same_content_are_both_kept(tmp_path: Path) -> None:
    """Whoever looks at an old version, or restores it, gets every file of it."""
    config = write_site(tmp_path, {**FILES, "more.csv": FILES["wards.csv"]})
    replace_in(config, "tables: {", "tables: {more: {file: more.csv}, ")

    rules = _anew(config)

    assert {"wards.csv", "more.csv"} <= {name for name, _ in rules.texts.values()}
