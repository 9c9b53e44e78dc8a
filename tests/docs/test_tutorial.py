"""The tutorials as a newcomer lives them: every command of a page is run, and prints what the page says."""

from pathlib import Path

import pytest

from tests.docs.pages import ROOT, differences, fits, free_ports, own_copy, run, steps_of

TUTORIALS = ROOT / "docs" / "tutorial"


@pytest.mark.timeout(300)
def test_the_first_hour_is_as_the_page_says(tmp_path: Path) -> None:
    """From the demo to a released charge; only the ports are others."""
    ports, steps = free_ports(("2575", "2576", "2601", "2602")), steps_of(TUTORIALS / "first-hour.md")
    own_copy(tmp_path / "site", ports)

    printed = run(steps, tmp_path / "site", ports)

    assert len(steps) > 20
    assert differences(steps, printed) == []


@pytest.mark.timeout(300)
def test_the_first_feed_is_as_the_page_says(tmp_path: Path) -> None:
    """From an empty folder to a feed that runs; only the ports are others."""
    ports, steps = free_ports(("2575", "2601")), steps_of(TUTORIALS / "your-first-feed.md")
    (tmp_path / "empty").mkdir()

    printed = run(steps, tmp_path / "empty", ports)

    assert len(steps) > 30
    assert differences(steps, printed) == []


def test_what_differs_from_the_page_does_not_fit() -> None:
    """The tests above can fail: a missing line, another word, something more."""
    assert fits(("a ... c", "...", "z"), "a b c\nx\ny\nz\n")
    assert fits(("a", "..."), "a\n")
    assert not fits(("a",), "a\nb\n")
    assert not fits(("a", "b"), "a\n")
    assert not fits((), "a\n")
    assert not fits(("a ... c",), "a b d\n")


def test_a_page_is_read_as_its_reader_does(tmp_path: Path) -> None:
    """Commands with what they print, words that a command takes from the lines below it, and files to write."""
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ a\nprinted\n$ b <<'X'\n$ no command\nX\nmore\n```\n"
        "```yaml\n# routes/a.yaml\nroute: a\n```\n```csv\n# a.csv\nfrom,to\n```\n```yaml\nroute: shown only\n```\n",
        "utf-8",
    )

    steps = [(step.command, step.output, step.line) for step in steps_of(page)]

    assert steps == [
        ("a", ("printed",), 2),
        ("b <<'X'\n$ no command\nX", ("more",), 4),
        ("cat > routes/a.yaml <<'END OF FILE'\n# routes/a.yaml\nroute: a\nEND OF FILE", (), 10),
        ("cat > a.csv <<'END OF FILE'\nfrom,to\nEND OF FILE", (), 14),
    ]
