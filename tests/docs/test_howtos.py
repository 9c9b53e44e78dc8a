"""The seventeen how-to pages: each is a whole small site that checks without a problem and whose cases pass."""

import re
from pathlib import Path

import pytest

from engine.cli import main
from engine.workbench.check import read_site
from engine.workbench.trials import run_cases

PAGES = sorted((Path(__file__).parents[2] / "docs" / "how-to" / "mappings").glob("[0-9]*.md"))
_BLOCK = re.compile(r"^```(?:yaml|csv)\n# ([\w./-]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECTIONS = ("**The job.**", "**What to watch for**")


def _written(page: Path, folder: Path) -> Path:
    for file, text in _BLOCK.findall(page.read_text("utf-8")):
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder / "config.yaml"


def _run(command: str, config: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.argv", ["engine", command, "--config", str(config)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_there_are_seventeen_in_order() -> None:
    """The list of jobs is complete, and the first page names them all."""
    index = (PAGES[0].parent / "README.md").read_text("utf-8")

    assert [int(page.name[:2]) for page in PAGES] == list(range(1, 18))
    assert [page.name for page in PAGES if f"({page.name})" not in index] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_a_site_that_checks_and_whose_cases_pass(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a reader would: write the files, ``engine check``, ``engine test``."""
    config = _written(page, tmp_path)

    checked = _run("check", config, monkeypatch), capsys.readouterr().out
    tested = _run("test", config, monkeypatch), capsys.readouterr().out

    assert checked[0] == 0, checked[1]
    assert "no problems" in checked[1]
    assert "warning" not in checked[1]
    assert tested[0] == 0, tested[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_what_happens_and_what_does_not(page: Path, tmp_path: Path) -> None:
    """At least two cases each: one that shows the job, one that shows its limit."""
    site = read_site(_written(page, tmp_path))

    assert site.settings is not None
    results = run_cases(site.cases, site.settings.rules, ()).results
    assert len(results) >= 2
    assert all(each.passed for each in results)
    assert all(words in page.read_text("utf-8") for words in SECTIONS)


def test_a_wrong_page_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another mapping than the page's, and its cases fail."""
    config = _written(PAGES[0], tmp_path)
    mapping = tmp_path / "mappings" / "bar-p01.yaml"
    mapping.write_text(mapping.read_text("utf-8").replace("      - number: [IN1]\n", ""), "utf-8")

    assert _run("test", config, monkeypatch) == 1
