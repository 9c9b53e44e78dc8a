"""``engine new``: each starting point is valid as it stands, its case passes, and nobody's bytes are touched."""

import shutil
from pathlib import Path

import pytest

from engine.errors import NotPossible
from engine.workbench.check import read_site
from engine.workbench.starting import Ends, Kind, Made, Wanted, make
from engine.workbench.trials import run_cases
from tests.support.cases import site_with_cases
from tests.support.sites import own_site

BLOCK = """\
# ours
site: a
time_zone: UTC     # here
listeners:
  one:
    mllp: 127.0.0.1:2575
    # of one

  # behind one

destinations: {billing: {mllp: 127.0.0.1:2601}}
tables: {}
"""


def _new(folder: Path, kind: Kind, name: str, **more: object) -> Made:
    return make(folder / "config.yaml", Wanted(kind, name, **more))  # type: ignore[arg-type]


def _is_sound(folder: Path) -> bool:
    """Tell whether `engine check` has no errors and every case passes, of which there must be some."""
    site = read_site(folder)
    assert site.settings is not None, site.report.problems
    trials = run_cases(site.cases, site.settings.rules)
    return not site.report.errors and not trials.failed and len(trials.results) > 0


def test_from_an_empty_folder_to_a_feed_with_cases(tmp_path: Path) -> None:
    """What someone new does first: nothing is there, and after five commands everything fits together."""
    for kind, name in [
        (Kind.LISTENER, "admissions"),
        (Kind.DESTINATION, "billing"),
        (Kind.TABLE, "classes"),
        (Kind.MAPPING, "bar"),
    ]:
        _new(tmp_path, kind, name)
        site = read_site(tmp_path)
        assert not site.report.errors, site.report.problems
    _new(tmp_path, Kind.ROUTE, "first", ends=Ends("", "", "bar"))

    assert _is_sound(tmp_path)
    assert [each.code for each in read_site(tmp_path).report.problems] == ["unused-table"]


def test_a_listener_and_a_destination_take_the_address_that_is_named(tmp_path: Path) -> None:
    """One that other machines reach, without a guard, is refused as `engine check` would refuse it."""
    _new(tmp_path, Kind.LISTENER, "lab", address="127.0.0.1:7001")
    _new(tmp_path, Kind.DESTINATION, "pharmacy", address="127.0.0.1:7002")

    settings = read_site(tmp_path).settings

    assert settings is not None
    assert str(settings.listeners["lab"].mllp) == "127.0.0.1:7001"
    assert str(settings.destinations["pharmacy"].mllp) == "127.0.0.1:7002"
    with pytest.raises(NotPossible, match="plaintext-exposed"):
        _new(tmp_path, Kind.LISTENER, "ward", address="0.0.0.0:7003")


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_fits_into_the_site_that_is_delivered(tmp_path: Path, kind: Kind) -> None:
    """And all the cases that were there pass as before."""
    folder = own_site(tmp_path / "site").parent
    _with_messages(folder)
    ends = Ends("lab", "registry", "adt-minimum") if kind is Kind.ROUTE else Ends("", "")

    made = _new(folder, kind, "fresh", ends=ends)

    assert _is_sound(folder)
    assert all((folder / file).exists() for file in made.files)
    assert made.follows


@pytest.mark.parametrize("message_type", ["ADT^A08", "ORU^R01", "MDM^T02"])
def test_the_first_case_may_be_of_another_type(tmp_path: Path, message_type: str) -> None:
    """Not every feed begins with admissions."""
    site_with_cases(tmp_path)

    _new(tmp_path, Kind.MAPPING, "fresh", message_type=message_type)
    _new(tmp_path, Kind.ROUTE, "new", message_type=message_type, ends=Ends("adt", "billing", "fresh"))

    assert _is_sound(tmp_path)


@pytest.mark.parametrize(
    ("kind", "added"),
    [
        (Kind.LISTENER, "  two:\n    mllp: 127.0.0.1:2576\n"),
        (Kind.DESTINATION, ", two: {mllp: 127.0.0.1:2602}"),
        (Kind.TABLE, "two: {file: mappings/tables/two.csv, unknown: error}"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_all_other_bytes_of_the_configuration_stay(tmp_path: Path, kind: Kind, added: str, end: str) -> None:
    """Comments, blank lines, braces, line ends: what was there is there, around one new piece."""
    before = BLOCK.replace("\n", end).encode()
    (tmp_path / "config.yaml").write_bytes(before)

    _new(tmp_path, kind, "two")

    after = (tmp_path / "config.yaml").read_bytes()
    begin = next(at for at, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1])
    piece = after[begin : begin + len(after) - len(before)]
    assert before == after[:begin] + after[begin + len(piece) :]
    assert added.replace("\n", end) in after.decode()


@pytest.mark.parametrize(
    "text",
    [
        "site: a",
        "listeners: {\n  one: {mllp: 127.0.0.1:2575},  # a } b\n  o: {mllp: '127.0.0.1:2574'}  # it's o\n}\nsite: a\n",
        "listeners: {}\nsite: a\n",
        "listeners:\n    one:\n        mllp: 127.0.0.1:2575\n",
        "listeners:\n  one: {mllp: 127.0.0.1:2575}",
        "listeners:\n  one:\n    mllp: 127.0.0.1:2575\n    sender: {authority: X}\n# about b\nsite: a\n",
    ],
)
def test_a_member_fits_into_every_style_of_writing(tmp_path: Path, text: str) -> None:
    """Whatever people write that the engine can read, it can also add to."""
    (tmp_path / "config.yaml").write_text(text, "utf-8")

    _new(tmp_path, Kind.LISTENER, "fresh")

    settings = read_site(tmp_path).settings
    assert settings is not None
    assert "fresh" in settings.listeners
    assert len({each.mllp.port for each in settings.listeners.values()}) == len(settings.listeners)


@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_there_is_never_overwritten(tmp_path: Path, kind: Kind) -> None:
    """Asked twice, the second time is refused and changes no byte."""
    site_with_cases(tmp_path)
    ends = Ends("adt", "billing")
    _new(tmp_path, kind, "fresh", ends=ends)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    with pytest.raises(NotPossible) as refused:
        _new(tmp_path, kind, "fresh", ends=ends)

    assert refused.value.code == "exists"
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("kind", [Kind.TABLE, Kind.MAPPING, Kind.ROUTE])
def test_a_file_of_another_content_is_never_overwritten(tmp_path: Path, kind: Kind) -> None:
    """It may be somebody's work that config.yaml does not name."""
    site_with_cases(tmp_path)
    made = _new(tmp_path, kind, "fresh", ends=Ends("adt", "billing"))
    file = tmp_path / made.files[0]
    text = file.read_text("utf-8").replace("fresh", "other")
    (tmp_path / "config.yaml").write_text((tmp_path / "config.yaml").read_text().replace("fresh:", "other:"), "utf-8")
    file.write_text(text, "utf-8")

    with pytest.raises(NotPossible):
        _new(tmp_path, kind, "fresh", ends=Ends("adt", "billing"))

    assert file.read_text("utf-8") == text


@pytest.mark.parametrize(
    ("kind", "name", "ends", "code"),
    [
        (Kind.ROUTE, "fresh", Ends("adts", "billing"), "no-listener"),
        (Kind.ROUTE, "fresh", Ends("adt", "bill"), "no-destination"),
        (Kind.ROUTE, "fresh", Ends("adt", "billing", "bra"), "no-mapping"),
        (Kind.MAPPING, "../fresh", Ends("", ""), "bad-name"),
        (Kind.TABLE, "a b", Ends("", ""), "bad-name"),
        (Kind.DESTINATION, "ack", Ends("", ""), "not-sound"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(
    tmp_path: Path, kind: Kind, name: str, ends: Ends, code: str
) -> None:
    """A slip costs nothing."""
    site_with_cases(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    with pytest.raises(NotPossible) as refused:
        _new(tmp_path, kind, name, ends=ends)

    assert refused.value.code == code
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_new_route_takes_nobodys_messages(tmp_path: Path) -> None:
    """It stands beside feeds that run: until its author says whose messages it takes, it takes none."""
    site_with_cases(tmp_path)

    made = _new(tmp_path, Kind.ROUTE, "fresh", ends=Ends("adt", "billing"))

    assert "MSH-3.1 == 'EDIT-ME'" in (tmp_path / made.files[0]).read_text("utf-8")


def _with_messages(folder: Path) -> None:
    shutil.copytree(Path(__file__).parents[2] / "messages", folder / "tests" / "messages")
