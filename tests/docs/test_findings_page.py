"""The page of findings is what the program knows, and the program knows every code that it makes."""

import re
from pathlib import Path

from engine.grammar import check
from engine.hl7.ack import TABLE_0357
from engine.validation.codes import CODES, Code
from engine.validation.reference import findings_page

ROOT = Path(__file__).parents[2]


def test_the_page_is_written_by_the_program() -> None:
    """What differs is written anew by printing ``engine.validation.reference.findings_page()`` into the file."""
    page = (ROOT / "docs" / "reference" / "findings.md").read_text("utf-8")

    assert page == findings_page()


def test_every_code_has_a_sentence_and_an_error_of_table_0357() -> None:
    """A code alone tells an operator nothing."""
    assert all(len(each.sentence.split()) > 3 and each.sentence.endswith(".") for each in Code)
    assert all(each.error in TABLE_0357 for each in Code)


def test_every_structure_finding_is_listed() -> None:
    """The grammar's own words are codes."""
    words = {getattr(check, name) for name in check.__all__ if name.isupper()}

    assert words - CODES.keys() == set()


def test_every_note_of_reading_is_listed() -> None:
    """Whatever the reader of bytes notes has a sentence here."""
    source = "".join((ROOT / "engine" / "hl7" / name).read_text("utf-8") for name in ("charset.py", "message.py"))
    noted = set(
        re.findall(r'(?:Note\(|append\(|\*notes, |= |codes, |\(\*codes, |\()"([a-z0-9]+(?:-[a-z0-9]+)+)"', source)
    )
    raised = set(re.findall(r'(?:NotHl7|Undecodable|Unencodable)\("([a-z0-9-]+)"\)', source))

    told = {word for word in noted - raised if not re.fullmatch(r"(?:utf|iso|latin|8859|cp)[-0-9a-z]*", word)}
    assert told - CODES.keys() == set()
    assert "blank-segment" in told
