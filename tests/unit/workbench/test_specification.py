"""``engine docs``: a partner's specification says what the rules say, all of it, and the same each time."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine.documents import Entries, Items, Node
from engine.workbench.check import read_site
from engine.workbench.specification import specification
from engine.workbench.specification.markdown import block, code
from engine.workbench.specification.written import text_of, written_rules
from tests.support.cases import site_with_cases
from tests.support.sites import ROOT

STEPS = """\
mapping: bar
output: {message: BAR^P01^BAR_P01, version: 2.5.1, start: empty, split: EVN}
steps:
  - copy: [EVN, PID]
  - let: {kind: "=translate('classes', PV1-2)"}
  - use: tidy
  - for each: PV1
    when: PV1-2 != ''
    do:
      - append: PV1
        after: PID
        set: {PV1-2: =kind, PV1-3: 'A|B', PV1-44: ''}
  - when: PV1-2 == 'X'
    do:
      - skip: no such class
    else:
      - delete: [NK1]
      - number: [PV1]
      - fail: ='class ' + PV1-2
"""
SHARED = "shared: tidy\nsteps:\n  - when: PID-8 == 'U'\n    set: {PID-8: O}\n"


def _written(folder: Path, partner: str = "") -> str:
    site = read_site(folder)
    assert site.settings is not None, site.report.problems
    return specification(site.settings, site.cases, partner)


def _targets(node: Node | None) -> set[str]:
    """Return every path that is set anywhere in a mapping's steps."""
    found: set[str] = set()
    if isinstance(node, Items):
        for each in node.values:
            found |= _targets(each)
    if isinstance(node, Entries):
        for key, value in node.pairs:
            found |= (
                {name.text for name, _ in value.pairs} if key.text == "set" and isinstance(value, Entries) else set()
            )
            found |= _targets(value) if key.text in {"do", "else"} else set()
    return found


@pytest.mark.parametrize("partner", ["billing", "registry"])
def test_a_specification_has_everything_that_mappings_write(partner: str) -> None:
    """Every target, every condition and every table of the delivered site, and an example for each message."""
    site = read_site(ROOT)
    assert site.settings is not None
    rules, text = site.settings.rules, _written(ROOT, partner)
    written = written_rules(rules)
    entries = [entry for route in rules.routes for entry in route.entries if entry.destination == partner]
    names = {entry.mapping.name for entry in entries if entry.mapping is not None}

    targets = set[str]().union(*(_targets(written.mappings[name].get("steps")) for name in names))

    assert len(targets) > 3
    assert sorted(path for path in targets if code(path) not in text) == []
    assert text.count("### Message ") == text.count("This was sent:") == len(entries)
    for route in rules.routes:
        assert code(text_of(written.routes[route.name].get("accept"))) in text


def test_tables_stand_with_the_rows_that_are_used() -> None:
    """The partner sees which codes it will get."""
    text = _written(ROOT, "billing")

    assert "### Table charge-master" in text
    assert "| 58410-2 | 30001 | Complete blood count | HEM | 85027 |" in text
    assert "### Table reportable-tests" not in text


def test_a_listener_is_told_what_is_taken_and_answered() -> None:
    """The other end of the interface has its page too."""
    text = _written(ROOT, "lab")

    assert "## What lab takes" in text
    assert "`MSH-9.1 == 'ORU' and MSH-9.2 == 'R01'`" in text
    assert "billing, registry" in text
    assert "What billing is sent" not in text


def test_every_kind_of_step_has_a_row(tmp_path: Path) -> None:
    """With the loops and conditions around it, word for word; what a shared list does stands where it is used."""
    site_with_cases(tmp_path, "", {"mappings/bar.yaml": STEPS, "mappings/tidy.yaml": SHARED})

    rows = [line for line in _written(tmp_path, "billing").splitlines() if line.startswith("| ")]

    for row in (
        "| `EVN`, `PID` | as they came |  |",
        "| *kind* (a name for a value) | `=translate('classes', PV1-2)` |  |",
        "| `PID-8` administrative sex | the text `O` | `PID-8 == 'U'` |",
        "| `PV1` | a further one, after `PID` | for each `PV1`, and `PV1-2 != ''` |",
        "| `PV1-3` assigned patient location | the text `A\\|B` | for each `PV1`, and `PV1-2 != ''` |",
        "| `PV1-44` admit date time | nothing: the field is cleared | for each `PV1`, and `PV1-2 != ''` |",
        "| *no message is sent* | the text `no such class` | `PV1-2 == 'X'` |",
        "| `NK1` | are left out | not `PV1-2 == 'X'` |",
        "| `PV1` | set ids counted from 1 | not `PV1-2 == 'X'` |",
        "| *no message: it is kept for a person* | `='class ' + PV1-2` | not `PV1-2 == 'X'` |",
        "| one message for each | `EVN` |",
    ):
        assert row in rows


def test_the_same_rules_give_the_same_bytes() -> None:
    """In another process, with other hashes of texts: a difference in the file is a difference in the rules."""
    program = "from engine.cli import main; main()"
    made = [
        subprocess.run(  # noqa: S603  our own program
            [sys.executable, "-c", program, "docs"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        ).stdout
        for seed in ("1", "2")
    ]

    assert made[0] == made[1] == _written(ROOT).encode()
    assert len(re.findall(rb"^## ", made[0], re.MULTILINE)) == 4


def test_no_text_of_a_rule_breaks_the_page() -> None:
    """Bars, backticks and fences are text like any other."""
    assert code("a|b") == "`a\\|b`"
    assert code("`x`") == "`` `x` ``"
    assert block(["```", "````"]) == ["`````text", "```", "````", "`````", ""]
