"""Every link of the docs leads somewhere: to a file that is there, and to a heading of it; and every page is linked."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_ELSEWHERE = re.compile(r"[a-z]+:")


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _links(page: Path) -> Iterator[str]:
    """Yield the targets of the links in a page, without those that lead to the network."""
    text = _CODE.sub("", _FENCED.sub("", page.read_text("utf-8")))
    return (target for target in _LINK.findall(text) if not _ELSEWHERE.match(target))


def _anchors(page: Path) -> set[str]:
    """Return what the headings of a page are called in links, as forges make it of their words."""
    headings = _HEADING.findall(_FENCED.sub("", page.read_text("utf-8")))
    return {
        re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", each).lower()).replace(" ", "-")
        for each in headings
    }


def _leads(page: Path, target: str) -> bool:
    file, _, anchor = target.partition("#")
    path = (page.parent / file).resolve() if file else page
    if not path.is_relative_to(ROOT) or not path.exists():
        return False
    return not anchor or (path.suffix == ".md" and anchor in _anchors(path))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(page: Path) -> None:
    """A reader who follows it stands where the words say."""
    assert [target for target in _links(page) if not _leads(page, target)] == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_page_begins_with_its_title_and_has_no_other(page: Path) -> None:
    """One heading of the first rank, in the first line."""
    text = _FENCED.sub("", page.read_text("utf-8"))

    assert text.startswith("# ")
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1


def test_every_page_is_found_from_the_readme_by_following_links() -> None:
    """A page that nothing leads to is read by nobody."""
    found, ahead = set[Path](), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page not in found:
            found.add(page)
            linked = ((page.parent / target.partition("#")[0]).resolve() for target in _links(page) if target[0] != "#")
            folders = (path / "README.md" if path.is_dir() else path for path in linked)
            ahead += [path for path in folders if path.suffix == ".md" and path.exists()]

    assert [_name(page) for page in PAGES if page not in found] == []


def test_a_link_that_leads_nowhere_is_noticed(tmp_path: Path) -> None:
    """The tests above can fail."""
    page = ROOT / "README.md"

    assert _leads(page, "docs/reference/commands.md#engine-new")
    assert not _leads(page, "docs/reference/commands.md#engine-never")
    assert not _leads(page, "docs/reference/nowhere.md")
    assert not _leads(page, f"{tmp_path}/a.md")
