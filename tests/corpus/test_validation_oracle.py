"""Full validation agrees with hl7apy's own on required, repeated and primitive elements, but for classes with a reason.

Every tenth message of the corpus; all of them with HL7_CORPUS_FULL=1 (about a minute).
"""

import csv
import functools
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.errors import Hl7Error
from engine.grammar import Grammar, Structure, grammar_for
from engine.hl7.message import Message
from engine.validation import Finding, standard_findings, structure_findings
from tests.corpus.hl7apys_findings import Told, cleaned, theirs

CORPUS = os.environ.get("HL7_CORPUS", "")
FULL = bool(os.environ.get("HL7_CORPUS_FULL"))
CLASSES = Path(__file__).with_name("validation_diff.csv")
LONGEST = 40_000

pytestmark = [
    pytest.mark.skipif(not CORPUS, reason="HL7_CORPUS is not set: the corpus tests need its messages folder"),
    pytest.mark.timeout(600),
]

KINDS = {
    "required-missing": "required",
    "component-missing": "required",
    "too-many": "often",
    "too-many-repetitions": "often",
    "withdrawn-used": "often",
    "parts-in-primitive": "parts",
}
_ELEMENT = re.compile(r"(?:[A-Z][A-Z0-9]{1,2}|CM_[A-Z0-9_]+|[A-Z]{2,3})_[0-9]+")


@dataclass(frozen=True, slots=True)
class Difference:
    """What only one of the two reports."""

    kind: str
    side: str
    version: str
    element: str

    @property
    def words(self) -> str:
        """The difference in the words that the classes match."""
        return f"{self.kind} {self.side} {self.version} {self.element}"


@functools.cache
def compared(folder: Path) -> tuple[Counter[str], Counter[Difference]]:
    """Return how often both agree, by kind, and every difference."""
    agreed: Counter[str] = Counter()
    differing: Counter[Difference] = Counter()
    files = sorted(path for path in Path(CORPUS).rglob("*") if path.is_file())
    for path in files[:: 1 if FULL else 10]:
        payload = path.read_bytes()
        both = findings_of_both(payload, folder) if len(payload) <= LONGEST else None
        if both is None:
            continue
        version, ours, others = both
        agreed["messages"] += 1
        agreed.update(kind for kind, _ in ours & others)
        differing.update(Difference(kind, "ours", version, name) for kind, name in ours - others)
        differing.update(Difference(kind, "hl7apy", version, name) for kind, name in others - ours)
    return agreed, differing


def findings_of_both(payload: bytes, folder: Path) -> tuple[str, set[tuple[str, str]], set[tuple[str, str]]] | None:
    """Return version and findings, ours and hl7apy's, about the same copy; None where one has no say."""
    try:
        message = Message.parse(payload)
    except Hl7Error:
        return None
    value = message.value
    grammar = grammar_for(value("MSH", 12))
    structure = grammar.structure(grammar.structure_name(*(value("MSH", 9, number) for number in (1, 2, 3))))
    if structure is None:
        return None
    text = cleaned(message, structure, grammar.version)
    reported = theirs(text, folder)
    if reported is None:
        return None
    copy = Message.parse(text.encode(message.codec, "replace"))
    found = {_named(told, structure) for told in _ours(copy, grammar)}
    return grammar.version, found, {_named(told, structure) for told in reported}


def _ours(message: Message, grammar: Grammar) -> Iterator[Told]:
    for finding in (*structure_findings(message), *standard_findings(message)):
        if finding.code in KINDS:
            yield KINDS[finding.code], *_element(finding, message, grammar)


def _element(finding: Finding, message: Message, grammar: Grammar) -> tuple[str, str]:
    """Return the element around and the element itself, as hl7apy names them: ``PID``, ``PID_5``, ``XPN_1``."""
    segment = grammar.segment(finding.segment)
    if not finding.field or segment is None:
        return "", finding.segment
    definition = segment.fields[finding.field]
    around, name, datatype = finding.segment, definition.name, definition.datatype
    if datatype == "varies":
        datatype = message.fields(finding.number - 1)[2]
    for number in filter(None, (finding.component, finding.subcomponent)):
        around, name = name, f"{datatype}_{number}"
        components = known.components if (known := grammar.datatype(datatype)) else {}
        datatype = components[number].datatype if number in components else ""
    return around, name


def _named(told: Told, structure: Structure) -> tuple[str, str]:
    """Return kind and element; of a required one with what is around it. Groups go without the structure's name."""
    kind, around, name = told
    if name.startswith(f"{structure.name}_"):
        name = name.removeprefix(f"{structure.name}_")
    elif kind == "required" and _ELEMENT.fullmatch(name):
        name = f"{around}.{name}"
    return kind, name


def classes() -> list[tuple[re.Pattern[str], str]]:
    """Return the classes of differences: what they match, and why."""
    with CLASSES.open(newline="", encoding="utf-8") as lines:
        return [
            (re.compile(f"{row['kind']} {row['side']} (?:{row['versions']}) (?:{row['elements']})"), row["reason"])
            for row in csv.DictReader(lines)
        ]


def test_every_difference_belongs_to_a_class_with_a_reason(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A difference of a new kind is a fault of ours until somebody can say why it is none."""
    _, differing = compared(tmp_path_factory.getbasetemp())

    unknown = [
        f"{count} x {each.words}"
        for each, count in differing.items()
        if not any(pattern.fullmatch(each.words) for pattern, _ in classes())
    ]
    assert unknown == []


def test_both_agree_far_more_often_than_they_differ(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The comparison compares: of each kind there is much to agree on."""
    agreed, _ = compared(tmp_path_factory.getbasetemp())

    assert agreed["messages"] > (1_400 if FULL else 120)
    assert all(agreed[kind] > (800 if FULL else 50) for kind in ("required", "often", "parts"))


def test_every_class_still_has_a_difference(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A class that is gone leaves the list; a sample need not hold every class, but it holds most."""
    _, differing = compared(tmp_path_factory.getbasetemp())
    words = [each.words for each in differing]

    idle = [pattern.pattern for pattern, _ in classes() if not any(map(pattern.fullmatch, words))]

    assert len(idle) <= (0 if FULL else len(classes()) // 2)


def test_every_class_has_a_reason() -> None:
    """A list without reasons would only hide faults."""
    assert all(len(reason.split()) > 5 for _, reason in classes())
