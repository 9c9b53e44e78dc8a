"""Every corpus message is placed without loss, and in the groups that hl7apy finds, but for listed differences."""

import csv
import functools
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import hl7apy
import pytest
from hl7apy.parser import parse_message

from engine.grammar import Placement, Structure, grammar_for, structure_findings
from engine.grammar.overlay import NO_CHOICE

CORPUS = os.environ.get("HL7_CORPUS", "")
EXPECTED = Path(__file__).with_name("expected_diff.csv")

pytestmark = pytest.mark.skipif(not CORPUS, reason="HL7_CORPUS is not set: the corpus tests need its messages folder")

Groups = tuple[tuple[str, int], ...]
"""The way to a segment: each group's name and which of its kind it is inside the one around it."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One corpus message, reduced to what a structure is about."""

    file: str
    version: str
    type: tuple[str, str, str]
    names: tuple[str, ...]


@functools.cache
def samples() -> tuple[Sample, ...]:
    """Read every message of the corpus once."""
    root = Path(CORPUS)
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return tuple(read(path.read_bytes(), str(path.relative_to(root))) for path in files)


def read(payload: bytes, file: str) -> Sample:
    """Split just enough by hand: the reader under test elsewhere has no part in this."""
    try:
        text = payload.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = payload.decode("latin-1")
    if "\r" not in text:
        text = text.replace("\n", "\r")
    segments = [segment for segment in text.split("\r") if segment]
    header = segments[0] if segments else ""
    fields = [*header.split(header[3:4] or "|"), *[""] * 12]
    component = fields[1][:1] or "^"
    code, event, structure = (*fields[8].split(component), "", "", "")[:3]
    return Sample(file, fields[11].split(component)[0], (code, event, structure), tuple(name[:3] for name in segments))


def structure_of(sample: Sample) -> Structure | None:
    """Return the structure by which the engine reads the sample."""
    grammar = grammar_for(sample.version)
    return grammar.structure(grammar.structure_name(*sample.type))


def test_every_corpus_message_is_placed_without_losing_a_segment() -> None:
    """Each segment stands directly in exactly one group instance, however odd the message."""
    placed = 0
    for sample in samples():
        structure = structure_of(sample)
        if structure is None:
            continue

        placement = structure.place(sample.names)

        members = [index for group in placement.groups for index in group.members]
        assert sorted(members) == list(range(len(sample.names))), sample.file
        findings = structure_findings(structure, placement, sample.names)
        assert all(0 <= finding.segment_index < len(sample.names) for finding in findings), sample.file
        assert not any(finding.segment.startswith("Z") for finding in findings), sample.file
        placed += 1
    assert placed > len(samples()) * 0.9


def test_groups_equal_those_of_hl7apy_but_for_the_listed_differences() -> None:
    """Every difference is known, with the reason why ours is preferred; one that is gone leaves the list."""
    with EXPECTED.open(newline="", encoding="utf-8") as lines:
        expected = {row["file"]: row["difference"] for row in csv.DictReader(lines)}

    found = dict(differences())

    assert {file: text for file, text in found.items() if file not in expected} == {}
    assert {file: text for file, text in expected.items() if file not in found} == {}
    assert found == expected


def test_every_listed_difference_has_a_reason() -> None:
    """A list without reasons would only hide faults."""
    with EXPECTED.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))

    assert all(len(row["reason"].split()) > 4 for row in rows)


def differences() -> Iterator[tuple[str, str]]:
    """Yield for each message that is grouped otherwise by hl7apy the first segment that tells them apart."""
    for sample in samples():
        structure = structure_of(sample)
        if structure is not None:
            text = compared(structure, grammar_for(sample.version).version, sample.names)
            if text:
                yield sample.file, text


@functools.cache
def compared(structure: Structure, version: str, names: tuple[str, ...]) -> str:
    """Return how the two placements of the same names differ; empty if they do not."""
    placement = structure.place(names)
    kept = [index for index, slot in enumerate(placement.slots) if slot >= 0 and (index == 0 or names[index] != "MSH")]
    ours = {index: groups for index, groups in our_groups(placement).items() if index in set(kept)}
    theirs = their_groups(structure.name, version, tuple((index, names[index]) for index in kept))
    for index in kept:
        if index not in theirs:
            return f"{names[index]} {index}: ours {shown(ours[index])}, hl7apy drops it"
        if ours[index] != theirs[index]:
            return f"{names[index]} {index}: ours {shown(ours[index])}, hl7apy {shown(theirs[index])}"
    return ""


def our_groups(placement: Placement) -> dict[int, Groups]:
    """Return the way to each segment, groups numbered among their kind."""
    ways: dict[int, Groups] = {0: ()}
    for number in placement.inside(0):
        group = placement.groups[number]
        siblings = placement.groups[group.parent].children
        alike = [sibling for sibling in siblings if placement.groups[sibling].full_name == group.full_name]
        ways[number] = (*ways[group.parent], (group.full_name, alike.index(number) + 1))
    return {index: ways[group] for index, group in enumerate(placement.group_of)}


def their_groups(structure: str, version: str, segments: Sequence[tuple[int, str]]) -> dict[int, Groups]:
    """Let hl7apy group the bare names, each with its index in field 1 to know it again."""
    header = f"MSH|^~\\&|||||||X^X^{structure}|0||{version}"
    body = [f"{name}|{index}" for index, name in segments if name != "MSH"]
    message = parse_message("\r".join([header, *body]) + "\r", find_groups=True)
    choices = {name for name, group in hl7apy.load_library(version).ELEMENTS["Group"].items() if group[0] == "choice"}
    ways: dict[int, Groups] = {}
    collect(message, (), choices - set(NO_CHOICE), ways)
    return ways


def collect(element: object, way: Groups, choices: set[str], ways: dict[int, Groups]) -> None:
    """Walk hl7apy's tree; a choice is no group, what it holds stands in the group around it."""
    counts: Counter[str] = Counter()
    for child in element.children:  # type: ignore[attr-defined]
        if child.classname == "Segment":
            # A withdrawn field 1 moves what stands in it: it is the only value of the segment, wherever it went.
            number = child.to_er7()[4:].strip("|") if child.name != "MSH" else "0"
            ways[int(number)] = way
        elif child.name in choices:
            collect(child, way, choices, ways)
        else:
            counts[child.name] += 1
            collect(child, (*way, (child.name, counts[child.name])), choices, ways)


def shown(groups: Groups) -> str:
    """Write a way as text, without the structure's name in front of each group."""
    return "/".join(f"{name.split('_', 2)[-1]}[{number}]" for name, number in groups) or "message"
