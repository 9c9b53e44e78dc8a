"""For every test: in continuous integration nothing is skipped, as everything that tests need is installed there."""

import os
from collections.abc import Generator
from typing import Any

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """On a person's machine a test whose tool is missing skips, saying so; with ``CI=true`` it fails."""
    report: Any = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "skipped"
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: {reason} (nothing may be skipped where CI=true)"
    return report  # type: ignore[no-any-return]
