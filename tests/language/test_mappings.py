"""Every sentence of LANGUAGE.md 2 and 3 as an example: mappings.yaml is the table, this runs it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.context import KEPT_SEGMENTS, Charge, Knowledge, Needs
from engine.documents import Entries, Items, Node, Scalar, read_document
from engine.expression import CompiledPath, Moment, Vocabulary, compile_path
from engine.hl7.builder import Target
from engine.hl7.charset import codec_of
from engine.hl7.delimiters import delimiters_of
from engine.hl7.message import Message
from engine.index.asking import Asking
from engine.index.effects import Origin
from engine.mapping import Built, Failed, Job, Mapping, MappingTrace, Outcome, Skipped, build, load_mapping
from engine.problems import Problems
from engine.states import Severity

TABLE = Path(__file__).with_name("mappings.yaml")
RECEIVED = Moment(datetime(2026, 3, 1, 13, 0, 0, tzinfo=ZoneInfo("Europe/Paris")), 1_772_366_400_000_000_000)
NEW = "<new>"


@dataclass(frozen=True)
class Destination:
    """What an example says under ``to``."""

    name: str = "billing"
    target: Target = field(default_factory=Target)
    header: tuple[tuple[CompiledPath, str], ...] = ()


def _table() -> Entries:
    problems = Problems()
    document = read_document("mappings.yaml", TABLE.read_text(encoding="utf-8"), problems)
    assert not problems.items, "\n".join(map(str, problems.sorted()))
    assert isinstance(document, Entries)
    return document


DOCUMENT = _table()


def _examples() -> Iterator[Entries]:
    examples = DOCUMENT.get("examples")
    assert isinstance(examples, Items)
    for each in examples.values:
        assert isinstance(each, Entries)
        unknown = {key.text for key, _ in each.pairs} - {
            "shows", "in", "output", "steps", "to", "gives", "skips", "fails", "problem", "warns", "known",
        }  # fmt: skip
        assert not unknown, f"line {each.place.line}: {unknown}"
        yield each


EXAMPLES = list(_examples())


def _name(example: Entries) -> str:
    return f"{example.place.line}: {_text(example, 'shows')[:70]}"


@pytest.mark.parametrize("example", EXAMPLES, ids=_name)
def test_mapping_means_what_its_sentence_says(example: Entries) -> None:
    """What comes out is, segment by segment, what the table shows; problems are found when loading, failures at run."""
    problems = Problems()
    mapping = load_mapping(_mapping_of(example), {}, problems)
    errors = [problem.code for problem in problems.items if problem.severity is Severity.ERROR]
    warnings = [problem.code for problem in problems.items if problem.severity is Severity.WARNING]

    if expected := _text(example, "problem"):
        assert set(errors) == {expected}, "\n".join(map(str, problems.sorted()))
        return
    assert not errors, "\n".join(map(str, problems.sorted()))
    assert sorted(set(warnings)) == _listed(example, "warns")
    outcomes = build(mapping, _job(example))
    assert [_shown(outcome) for outcome in outcomes] == _expected(example, outcomes)


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.get("problem") is None], ids=_name)
def test_tracing_never_changes_what_is_made(example: Entries) -> None:
    """``explain`` runs the same steps with an observer: bytes, failures and reasons stay the same."""
    mapping = _loaded(example)
    assert mapping is not None
    traced = _job(example)
    traced.trace = MappingTrace()

    assert build(mapping, traced) == build(mapping, _job(example))


@pytest.mark.parametrize("example", EXAMPLES, ids=_name)
def test_every_problem_stands_in_the_example(example: Entries) -> None:
    """A terminal jumps to the line: no problem may point outside of the example that has it."""
    problems = Problems()

    load_mapping(_mapping_of(example), {}, problems)

    lines = [problem.place.line for problem in problems.items]
    following = [each.place.line for each in EXAMPLES if each.place.line > example.place.line]
    assert all(example.place.line <= line < min(following, default=10_000) for line in lines)


def _loaded(example: Entries) -> Mapping | None:
    problems = Problems()
    mapping = load_mapping(_mapping_of(example), {}, problems)
    return None if problems.errors else mapping


def _mapping_of(example: Entries) -> Entries:
    place = example.place
    copied = Entries(place, ((Scalar("start", place), Scalar("copy", place)),))
    pairs: list[tuple[Scalar, Node]] = [
        (Scalar("mapping", place), Scalar("example", place)),
        (Scalar("output", place), example.get("output") or copied),
    ]
    steps = example.get("steps")
    assert steps is not None, "an example has steps"
    return Entries(place, (*pairs, (Scalar("steps", place), steps)))


def _job(example: Entries) -> Job:
    named = _text(example, "in")
    messages = DOCUMENT.get("messages")
    assert isinstance(messages, Entries)
    text = named if "\n" in named else _text(messages, named)
    message = Message.parse(
        "".join(f"{line}\r" for line in text.splitlines()).encode("latin-1" if "8859/1" in text else "utf-8")
    )
    job = Job(message, RECEIVED, _destination(example), listener="adt")
    if (known := _text(example, "known")) or example.get("known") is not None:
        needs = Needs(frozenset(KEPT_SEGMENTS), locations=True, charges=True)
        stays = ((1_772_350_000_000_000, "3N^301^A"), (1_772_360_000_000_000, "5W^501^B"))
        charges = (Charge("LAB|F2", "C1", "charged"), Charge("LAB|F2", "C2", "credited"))
        orders = frozenset({"LAB|F1", "LAB|F2", "STMARY|F1", "STMARY|F2"})
        knowledge = Knowledge(needs, tuple(known.splitlines()), stays, orders, charges=charges)
        origin = Origin("adt", "STMARY", ZoneInfo("UTC"), 0, "delta", "delta")
        job.index = Asking(knowledge, message, origin)
    return job


def _destination(example: Entries) -> Destination:
    to = example.get("to")
    if to is None:
        return Destination()
    assert isinstance(to, Entries)
    encoding, charset, header = _text(to, "encoding"), _text(to, "charset"), to.get("header")
    delimiters = delimiters_of("|", encoding) if encoding else None
    pairs = header.pairs if isinstance(header, Entries) else ()
    return Destination(
        target=Target(delimiters, codec_of(charset) if charset else None),
        header=tuple((_path(key), value.text) for key, value in pairs if isinstance(value, Scalar)),
    )


def _path(key: Scalar) -> CompiledPath:
    compiled = compile_path(key, Vocabulary(), Problems())
    assert compiled is not None
    return compiled


def _shown(outcome: Outcome) -> str:
    match outcome:
        case Built(payload):
            return payload.decode().replace("\r", "\n").strip()
        case Skipped():
            return f"skipped: {outcome.code}"
        case Failed(code):
            return f"failed: {code}"


def _expected(example: Entries, outcomes: list[Outcome]) -> list[str]:
    if code := _text(example, "skips"):
        return [f"skipped: {code}"]
    if code := _text(example, "fails"):
        return [f"failed: {code}"]
    gives = example.get("gives")
    assert gives is not None, "an example says what it gives"
    texts = [each.text for each in (gives.values if isinstance(gives, Items) else (gives,)) if isinstance(each, Scalar)]
    return [_with_header(text.strip(), outcome) for text, outcome in zip(texts, outcomes, strict=True)]


def _with_header(text: str, outcome: Outcome) -> str:
    """Put in what an example leaves out: its MSH, or the new MSH-10 in it."""
    if not isinstance(outcome, Built):
        return text
    header = outcome.payload.decode().partition("\r")[0]
    if not text.startswith("MSH"):
        return f"{header}\n{text}"
    assert NEW not in text or len(outcome.control_id) == 20
    return text.replace(NEW, outcome.control_id)


def _text(entries: Entries, key: str) -> str:
    node = entries.get(key)
    return node.text if isinstance(node, Scalar) else ""


def _listed(example: Entries, key: str) -> list[str]:
    text = _text(example, key)
    return [text] if text else []


def test_the_table_covers_both_sections() -> None:
    """Sections 2, 3 and 6 are each shown by examples, which name the sentence they show."""
    shown = [_text(example, "shows") for example in EXAMPLES]

    assert all(text[:2] in {"1:", "2:", "3:", "4:", "5:", "6:"} for text in shown)
    assert sum(text.startswith("2:") for text in shown) >= 10
    assert sum(text.startswith("3:") for text in shown) >= 60
    assert sum(text.startswith("6:") for text in shown) >= 20
    assert len(set(shown)) == len(shown)
