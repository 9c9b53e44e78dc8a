"""Groups on real structures: structures.yaml is the table of what analysts expect, this runs it."""

from pathlib import Path

import pytest

from engine.documents import Entries, Items, Node, Scalar, read_document
from engine.expression.environment import Moment
from engine.hl7.message import Message
from engine.mapping import Built, Job, Mapping, MappingTrace, build, load_mapping
from engine.problems import Problems
from tests.support.mappings import MOMENT, Destination

TABLE = Path(__file__).with_name("structures.yaml")
RECEIVED: Moment = MOMENT
STRUCTURES = ("ORU", "OML", "DFT", "BAR", "VXU", "ADT")


def _document() -> Entries:
    problems = Problems()
    document = read_document(TABLE.name, TABLE.read_text("utf-8"), problems)
    assert not problems.items, "\n".join(map(str, problems.sorted()))
    assert isinstance(document, Entries)
    return document


DOCUMENT = _document()


def _examples() -> list[Entries]:
    examples = DOCUMENT.get("examples")
    assert isinstance(examples, Items)
    return [each for each in examples.values if isinstance(each, Entries)]


def _text(entries: Entries, key: str) -> str:
    node = entries.get(key)
    assert isinstance(node, Scalar), f"line {entries.place.line}: {key}"
    return node.text


def _name(example: Entries) -> str:
    return f"{example.place.line}: {_text(example, 'shows')[:60]}"


def _mapping(example: Entries) -> Mapping:
    place, problems = example.place, Problems()
    output = example.get("output") or Entries(place, ((Scalar("start", place), Scalar("copy", place)),))
    steps = example.get("steps")
    assert steps is not None
    pairs: tuple[tuple[Scalar, Node], ...] = (
        (Scalar("mapping", place), Scalar("example", place)),
        (Scalar("output", place), output),
        (Scalar("steps", place), steps),
    )
    mapping = load_mapping(Entries(place, pairs), {}, problems)
    assert not problems.items, "\n".join(map(str, problems.sorted()))
    assert mapping is not None
    return mapping


def _job(example: Entries) -> Job:
    messages = DOCUMENT.get("messages")
    assert isinstance(messages, Entries)
    text = _text(messages, _text(example, "in"))
    return Job(Message.parse(text.replace("\n", "\r").encode()), RECEIVED, Destination(), listener="x")


def _shown(payload: bytes) -> str:
    return payload.decode().partition("\r")[2].replace("\r", "\n").strip()


def made(example: Entries) -> list[str]:
    """Return what comes out, segment by segment, without its MSH."""
    outcomes = build(_mapping(example), _job(example))
    return [_shown(each.payload) if isinstance(each, Built) else repr(each) for each in outcomes]


@pytest.mark.parametrize("example", _examples(), ids=_name)
def test_groups_mean_on_this_structure_what_the_table_says(example: Entries) -> None:
    """Segment by segment."""
    gives = example.get("gives")
    assert gives is not None
    expected = [
        each.text.strip()
        for each in (gives.values if isinstance(gives, Items) else (gives,))
        if isinstance(each, Scalar)
    ]

    assert made(example) == expected


@pytest.mark.parametrize("example", _examples(), ids=_name)
def test_a_trace_changes_nothing(example: Entries) -> None:
    """Explaining runs the same steps."""
    traced = _job(example)
    traced.trace = MappingTrace()

    assert build(_mapping(example), traced) == build(_mapping(example), _job(example))


@pytest.mark.parametrize("structure", STRUCTURES)
def test_every_structure_is_shown_in_several_examples(structure: str) -> None:
    """What holds for one kind of message is not taken for granted in another."""
    assert sum(_text(each, "shows").startswith(f"{structure}:") for each in _examples()) >= 4
