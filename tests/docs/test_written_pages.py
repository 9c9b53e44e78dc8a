"""The reference pages that the program writes of itself are what it writes today, and what they show is so."""

import re
from pathlib import Path

import pytest

from engine.expression import sample
from engine.hl7.message import Message
from engine.mapping import Built, Failed, Skipped, build
from engine.workbench.reference import PAGES, page
from engine.workbench.reference.steps import WORDS, StepWords
from tests.support.mappings import job_for, mapping_of

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
EXAMPLES = [pytest.param(each, id=each.name) for each in WORDS if each.example]


@pytest.mark.parametrize("name", list(PAGES))
def test_a_page_is_what_the_program_writes(name: str) -> None:
    """After a change: ``python -m engine.workbench.reference``."""
    committed = (REFERENCE / name).read_text("utf-8")

    assert committed == page(name, REFERENCE)


@pytest.mark.parametrize("step", EXAMPLES)
def test_the_example_of_a_step_makes_what_stands_below_it(step: StepWords) -> None:
    """On the message of the page of functions; of the output, the segments of the kinds that are shown."""
    output = "{message: ADT^A01^ADT_A01, version: 2.5.1, start: empty}" if step.name == "copy" else "{start: copy}"
    mapping = mapping_of(step.example, output)

    (outcome,) = build(mapping, job_for(Message.parse(sample.SAMPLE.encode())))

    match outcome:
        case Built():
            shown = {each[:3] for each in step.makes}
            made = [line for line in outcome.payload.decode().split("\r") if line[:3] in shown]
            assert made == list(step.makes)
        case Failed():
            assert step.makes == ("fails",)
        case Skipped():
            assert step.makes == ("is skipped",)


def test_no_link_between_the_pages_is_dead() -> None:
    """Pages and headings that a page of the reference names are there."""
    dead = []
    for source in sorted(REFERENCE.glob("*.md")):
        for target, heading in re.findall(r"\]\(([\w./-]*)(?:#([\w.-]+))?\)", source.read_text("utf-8")):
            file = (source.parent / target).resolve() if target else source
            if not file.exists():
                dead.append(f"{source.name}: {target}")
            elif heading and file.suffix == ".md" and heading not in _headings(file):
                dead.append(f"{source.name}: {target}#{heading}")

    assert dead == []


def _headings(file: Path) -> set[str]:
    """Return the anchors of a page's headings, as a reader's browser makes them."""
    titles = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
