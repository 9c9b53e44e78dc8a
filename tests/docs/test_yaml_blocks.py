"""Every YAML block of the docs loads; a page whose blocks name their files is a whole site without problems."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.documents import read_document
from engine.problems import Problems
from engine.workbench.check import read_site
from engine.workbench.trials import run_cases

DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"^```(yaml|csv)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"# ([\w./-]+\.(?:yaml|csv))\n")


@dataclass(frozen=True, slots=True)
class Block:
    """One example; a comment in its first line may name its file."""

    file: str
    text: str
    line: int


def _blocks_of(page: Path) -> list[Block]:
    text = page.read_text("utf-8")
    return [_block(found, text) for found in _BLOCK.finditer(text)]


def _block(found: re.Match[str], text: str) -> Block:
    body = found[2]
    named = _NAME.match(body)
    if named and named[1].endswith(".csv"):
        body = body[named.end() :]  # CSV has no comments
    return Block(named[1] if named else "", body, text[: found.start()].count("\n") + 2)


def _shows_a_site(page: Path) -> bool:
    return any(block.file == "config.yaml" for block in _blocks_of(page))


def _name(page: Path) -> str:
    return page.relative_to(DOCS).as_posix()


PAGES = sorted(page for page in DOCS.rglob("*.md") if _blocks_of(page))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_block_of_a_page_is_yaml_as_we_read_it(page: Path) -> None:
    """Also those that are only a part of a file."""
    problems = Problems()

    for block in _blocks_of(page):
        if not block.file.endswith(".csv"):
            read_document(f"{_name(page)}, block at line {block.line}", block.text, problems)

    assert [str(problem) for problem in problems.items] == []


@pytest.mark.parametrize("page", [page for page in PAGES if _shows_a_site(page)], ids=_name)
def test_a_page_that_shows_a_site_shows_one_without_problems(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a reader copies works."""
    monkeypatch.setenv("LAB_KEY_PASSWORD", "x")
    for block in _blocks_of(page):
        if block.file:
            file = tmp_path / block.file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, "utf-8")

    site = read_site(tmp_path)

    assert [str(problem) for problem in site.report.problems if problem.code != "default-time-zone"] == []
    assert site.settings is not None
    trials = run_cases(site.cases, site.settings.rules, ())
    assert [each.case.name for each in trials.results if not each.passed] == []
