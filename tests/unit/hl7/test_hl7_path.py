"""The path grammar of LANGUAGE.md 5, by number and by name."""

import pytest

from engine.errors import InvalidPath
from engine.hl7.path import ALL, EVERY, FIRST, NamedPath, Number, Path, Root, Where, parse_path, scan_path


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("PID", ("PID", FIRST, None, FIRST, None, None)),
        ("PID-5", ("PID", FIRST, 5, FIRST, None, None)),
        ("PID-5.1", ("PID", FIRST, 5, FIRST, 1, None)),
        ("PID-5.1.2", ("PID", FIRST, 5, FIRST, 1, 2)),
        ("PID-3[2].1", ("PID", FIRST, 3, Number(2), 1, None)),
        ("PID-3[*].1", ("PID", FIRST, 3, ALL, 1, None)),
        ("PID-3[2]", ("PID", FIRST, 3, Number(2), None, None)),
        ("OBX[3]-5", ("OBX", Number(3), 5, FIRST, None, None)),
        ("OBX[*]-8", ("OBX", ALL, 8, FIRST, None, None)),
        ("OBX[ * ]-5[ 2 ].1", ("OBX", ALL, 5, Number(2), 1, None)),
        ("OBX[2]", ("OBX", Number(2), None, FIRST, None, None)),
        ("ZPI-12.3", ("ZPI", FIRST, 12, FIRST, 3, None)),
        ("PV1-44", ("PV1", FIRST, 44, FIRST, None, None)),
        ("PID-*", ("PID", FIRST, EVERY, FIRST, None, None)),
        ("IN1[*]-*", ("IN1", ALL, EVERY, FIRST, None, None)),
        ("PID-3[5 == 'MR'].1", ("PID", FIRST, 3, Where("5 == 'MR'", 6), 1, None)),
        (
            "OBX[3.1 == '718-7' and 11 == 'F']-5",
            ("OBX", Where("3.1 == '718-7' and 11 == 'F'", 4), 5, FIRST, None, None),
        ),
        ("OBX[5 == 'a]b']-5", ("OBX", Where("5 == 'a]b'", 4), 5, FIRST, None, None)),
        ("OBX[5 == 'it''s ]']-5", ("OBX", Where("5 == 'it''s ]'", 4), 5, FIRST, None, None)),
        ('OBX[5 == "]"]-5', ("OBX", Where('5 == "]"', 4), 5, FIRST, None, None)),
        ("OBX[3.1 in [PID-3[*].1]]-5", ("OBX", Where("3.1 in [PID-3[*].1]", 4), 5, FIRST, None, None)),
    ],
)
def test_a_path_says_where_it_leads(text: str, places: tuple[object, ...]) -> None:
    """Each part with its selector; a predicate's text is kept, with its place, for the expression compiler."""
    path = parse_path(text)

    assert isinstance(path, Path)
    found = (path.segment, path.occurrence, path.field, path.repetition, path.component, path.subcomponent)
    assert found == places
    assert path.root is Root.MESSAGE
    assert path.text == text


@pytest.mark.parametrize(("prefix", "root"), [("out.", Root.OUT), ("known.", Root.KNOWN)])
def test_a_root_says_which_message_is_read(prefix: str, root: Root) -> None:
    """The one being built, or what the index knows."""
    by_number, by_name = parse_path(f"{prefix}PID-5.1"), parse_path(f"{prefix}PID.patient_name")

    assert isinstance(by_number, Path)
    assert isinstance(by_name, NamedPath)
    assert (by_number.root, by_number.field) == (root, 5)
    assert (by_name.root, by_name.text) == (root, f"{prefix}PID.patient_name")


def test_names_are_kept_with_their_selectors() -> None:
    """The grammar resolves them."""
    path = parse_path("PID[2].patient_identifier_list[*].id_number")

    assert isinstance(path, NamedPath)
    assert path.occurrence == Number(2)
    assert path.parts == (("patient_identifier_list", ALL), ("id_number", FIRST))


@pytest.mark.parametrize(
    ("text", "start", "taken"),
    [
        ("PID-5.1 == 'X'", 0, "PID-5.1"),
        ("upper(PID-5)", 6, "PID-5"),
        ("PID-5+PID-6", 0, "PID-5"),
        ("PID-5-1", 0, "PID-5"),
        ("PID-5.", 0, "PID-5"),
        ("PID - 5", 0, "PID"),
        ("PID-5.1.2.3", 0, "PID-5.1.2"),
        ("PID-5.1[2]", 0, "PID-5.1"),
        ("PID-5x", 0, "PID"),
    ],
)
def test_the_longest_path_is_taken_and_the_rest_left(text: str, start: int, taken: str) -> None:
    """The tokenizer goes on where the path ends."""
    found = scan_path(text, start)

    assert found is not None
    path, end = found
    assert path.text == taken
    assert end == start + len(taken)


@pytest.mark.parametrize("text", ["", "pid-5", "PI-5", "PIDX-5", "PID5", "1ID-3", "'PID-5'", "out", "out.x", "NTE_1"])
def test_what_is_no_path_is_none(text: str) -> None:
    """Segment names are three characters, upper case."""
    assert scan_path(text) is None


@pytest.mark.parametrize(
    ("text", "code", "offset"),
    [
        ("PID-0", "index-from-one", 4),
        ("PID-5.0", "index-from-one", 6),
        ("PID-5.1.0", "index-from-one", 8),
        ("PID-3[0]", "index-from-one", 6),
        ("OBX[0]-5", "index-from-one", 4),
        ("OBX[]-5", "empty-bracket", 3),
        ("OBX[ ]-5", "empty-bracket", 3),
        ("OBX[5 == 'x'", "unclosed-bracket", 3),
        ("OBX[5 == 'x]-5", "unclosed-bracket", 3),
        ("PID-5 ", "text-after-path", 5),
        ("nothing", "not-a-path", 0),
    ],
)
def test_a_path_that_cannot_be_read_says_why_and_where(text: str, code: str, offset: int) -> None:
    """So that check can put a caret under it."""
    with pytest.raises(InvalidPath) as refused:
        parse_path(text)

    assert (refused.value.code, refused.value.offset) == (code, offset)
