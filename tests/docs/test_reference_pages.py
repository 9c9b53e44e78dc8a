"""The reference pages say what the program knows: every key with its meaning, every function."""

from pathlib import Path

import pytest

from engine.config import settings
from engine.config.settings import Section
from engine.expression.functions import FUNCTIONS

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
SECTIONS: dict[str, type[Section]] = {
    "At the top": settings.Configuration,
    "listeners: NAME": settings.ListenerSettings,
    "listeners: NAME: sender": settings.SenderSettings,
    "listeners: NAME: tls": settings.ServerTls,
    "listeners: NAME: limits": settings.Limits,
    "destinations: NAME": settings.DestinationSettings,
    "destinations: NAME: retry": settings.RetrySettings,
    "destinations: NAME: tls": settings.ClientTls,
    "tables: NAME": settings.TableSettings,
    "python": settings.PythonSettings,
}


def _rows(title: str) -> list[tuple[str, str]]:
    """Return key and meaning of each row below a heading of configuration.md."""
    page = (REFERENCE / "configuration.md").read_text("utf-8")
    section = page.partition(f"\n### {title}\n")[2].partition("\n### ")[0]
    cells = [line.strip("|").split(" | ") for line in section.split("\n") if line.startswith("| `")]
    return [(row[0].strip(" `"), row[-1].strip()) for row in cells]


@pytest.mark.parametrize("title", list(SECTIONS))
def test_the_configuration_page_has_every_key_in_the_programs_words(title: str) -> None:
    """The docstring under a field is the sentence on the page, in the order of the program."""
    fields = SECTIONS[title].model_fields
    expected = [(key, (field.description or "").replace("``", "`").replace("\n", " ")) for key, field in fields.items()]

    assert _rows(title) == expected


def test_the_language_page_names_every_function() -> None:
    """A function nobody can read about is a function nobody uses."""
    page = (REFERENCE / "language.md").read_text("utf-8")

    assert [name for name in FUNCTIONS if name not in page] == []
