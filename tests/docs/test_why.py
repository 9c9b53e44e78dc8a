"""Ten questions why, and why not: every command of the page is run, and prints what the page says."""

from pathlib import Path

import pytest

from tests.docs.pages import ROOT, differences, own_copy, run, steps_of

PAGE = ROOT / "docs" / "how-to" / "why.md"


@pytest.mark.timeout(120)
def test_the_questions_are_answered_as_the_page_says(tmp_path: Path) -> None:
    """Each by `engine explain` alone, over the site of this repository."""
    steps = steps_of(PAGE)
    own_copy(tmp_path / "site", {})

    printed = run(steps, tmp_path / "site", {})

    assert len(steps) >= 10
    assert all("engine explain" in step.command for step in steps)
    assert differences(steps, printed) == []
