"""Adding a row to a table's file: every other byte stays, and what would be wrong afterwards is not written."""

import stat
from pathlib import Path
from threading import Thread

import pytest

from engine.config.tables import TableSource, read_tables
from engine.errors import NotPossible
from engine.workbench.table_rows import NewRow, add_row

CONFIG = "tables: {wards: {file: wards.csv, unknown: keep}}\n"


def _source(folder: Path, content: bytes) -> TableSource:
    (folder / "config.yaml").write_text(CONFIG, "utf-8")
    (folder / "wards.csv").write_bytes(content)
    return read_tables(folder)["wards"]


@pytest.mark.parametrize(
    ("before", "added"),
    [
        (b"from,to\nW1,A\n", b"W9,B\n"),
        (b"from,to\r\nW1,A\r\n", b"W9,B\r\n"),
        (b"from,to\nW1,A", b"\nW9,B\n"),
        (b"from,to\r\nW1,A", b"\r\nW9,B\r\n"),
        (b"\xef\xbb\xbffrom,to\nW1,A\n", b"W9,B\n"),
        (b"to , from\n A ,W1 \n\n", b"B,W9\n"),
        (b'from,to,display\n"W1","A","x, ""y"""\n', b"W9,B,\n"),
        ("from,to,display\nW1,A,Größe\n".encode(), b"W9,B,\n"),
        (b"from,to\n", b"W9,B\n"),
    ],
)
def test_all_other_bytes_stay_as_they_are(tmp_path: Path, before: bytes, added: bytes) -> None:
    """Line ends, quotes, blanks and a byte order mark are the file's own affair."""
    source = _source(tmp_path, before)

    add_row(source, NewRow("W9", "B"))

    assert (tmp_path / "wards.csv").read_bytes() == before + added


def test_a_row_may_have_every_column_of_the_table(tmp_path: Path) -> None:
    """What holds a comma or a quote is quoted; what is not said stays empty."""
    source = _source(tmp_path, b"from,to,display,effective_from,effective_to,cpt\n")

    row = NewRow("W9", "B", {"display": 'a "b", c', "effective_from": "2026-01-01", "cpt": "85027"})

    assert add_row(source, row).line == 2
    assert (tmp_path / "wards.csv").read_bytes().split(b"\n")[1] == b'W9,B,"a ""b"", c",2026-01-01,,85027'


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (NewRow("W1", "B"), "wards.csv:3:1: code-twice: line 2 has this code too"),
        (NewRow(" W1 ", "B"), "line 2 has this code too"),
        (NewRow("W1", "B", {"effective_from": "20270101"}), "code-overlap"),
        (NewRow("W9", "B", {"effective_from": "soon"}), "'soon' is no date"),
        (NewRow("W9", "B", {"effective_from": "20260102", "effective_to": "20260101"}), "it ends before it begins"),
        (NewRow("", "B"), "the code in 'from' is empty"),
        (NewRow("W9", "B", {"dispaly": "x"}), "did you mean 'display'?"),
        (NewRow("W9", "B\nW8,C"), "one line of printable text"),
        (NewRow("W9", "B\x00"), "one line of printable text"),
    ],
)
def test_what_would_be_wrong_is_refused_and_nothing_is_written(tmp_path: Path, row: NewRow, told: str) -> None:
    """The file is that of an engine that runs: it is never left broken, not even for a moment."""
    before = b"from,to,display,effective_from,effective_to\nW1,A,,,\n"
    source = _source(tmp_path, before)

    with pytest.raises(NotPossible) as refused:
        add_row(source, row)

    assert told in refused.value.text
    assert (tmp_path / "wards.csv").read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["config.yaml", "wards.csv"]


@pytest.mark.parametrize("before", [b"", b"a,b\n1,2\n", b'from,to\n"W1,A\n', b"from,to\nW1,\xff\n"])
def test_a_table_that_is_wrong_already_is_mended_by_hand_first(tmp_path: Path, before: bytes) -> None:
    """A row behind what cannot be read would be lost in it."""
    source = _source(tmp_path, before)

    with pytest.raises(NotPossible):
        add_row(source, NewRow("W9", "B"))

    assert (tmp_path / "wards.csv").read_bytes() == before


def test_a_code_may_come_back_in_another_time(tmp_path: Path) -> None:
    """Rows of one code that hold on other days are no overlap."""
    source = _source(tmp_path, b"from,to,effective_from,effective_to\nW1,A,,20251231\n")

    added = add_row(source, NewRow("W1", "B", {"effective_from": "20260101"}))

    assert (added.line, added.rows) == (3, 2)


def test_the_file_keeps_its_mode_and_a_link_its_target(tmp_path: Path) -> None:
    """Who could read it before can read it afterwards; a link stays a link."""
    source = _source(tmp_path, b"from,to\n")
    real = tmp_path / "real.csv"
    (tmp_path / "wards.csv").rename(real)
    real.chmod(0o640)
    (tmp_path / "wards.csv").symlink_to(real)

    add_row(source, NewRow("W9", "B"))

    assert (tmp_path / "wards.csv").is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert real.read_bytes() == b"from,to\nW9,B\n"


def test_of_rows_added_at_the_same_time_none_is_lost(tmp_path: Path) -> None:
    """Two analysts, or a script beside one."""
    source = _source(tmp_path, b"from,to\n")
    threads = [Thread(target=add_row, args=(source, NewRow(f"W{number}", "B"))) for number in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted((tmp_path / "wards.csv").read_bytes().split()) == sorted(
        [b"from,to", *(b"W%d,B" % number for number in range(8))]
    )
