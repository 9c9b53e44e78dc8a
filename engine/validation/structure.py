"""Findings about the structure: remembered by the names of a message's segments, which most messages share."""

from collections.abc import Sequence
from functools import lru_cache

import orjson

from engine.grammar import grammar_for, place_by_position
from engine.grammar import structure_findings as findings_in
from engine.hl7.message import Message
from engine.validation.finding import Finding

FEW = 200
"""Segments up to which a sequence of names is worth remembering: most messages of a sender look like the last one."""


def structure_findings(message: Message) -> tuple[Finding, ...]:
    """Return what a structure check finds."""
    named, names = _type_of(message), tuple(message.names)
    return _found(*named, names) if len(names) <= FEW else _found.__wrapped__(*named, names)


def structure_json(message: Message) -> bytes:
    """Return the same as JSON, made once for all messages alike; empty where nothing is found."""
    named, names = _type_of(message), tuple(message.names)
    return _json(*named, names) if len(names) <= FEW else _json.__wrapped__(*named, names)


def as_json(found: Sequence[Finding]) -> bytes:
    """Return findings as they are stored with a message; nothing where there are none."""
    return orjson.dumps([each.stored for each in found]) if found else b""


def _type_of(message: Message) -> tuple[str, str, str, str]:
    value = message.value
    return value("MSH", 12), value("MSH", 9), value("MSH", 9, 2), value("MSH", 9, 3)


@lru_cache(maxsize=2_048)
def _found(version: str, code: str, event: str, structure: str, names: tuple[str, ...]) -> tuple[Finding, ...]:
    grammar = grammar_for(version)
    name = grammar.structure_name(code, event, structure)
    known = grammar.structure(name) if name else None
    found = findings_in(known, known.place(names) if known else place_by_position(names), names)
    return tuple(Finding(each.code, each.segment, each.segment_index + 1) for each in found)


@lru_cache(maxsize=2_048)
def _json(version: str, code: str, event: str, structure: str, names: tuple[str, ...]) -> bytes:
    return as_json(_found.__wrapped__(version, code, event, structure, names))
