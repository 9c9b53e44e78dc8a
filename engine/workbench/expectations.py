"""What a case expects, read from YAML: of the answer, the findings, the index and every destination it names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from engine.documents import Entries, Items, Node, Reader, Scalar, kind_of
from engine.errors import InvalidExpression
from engine.expression import CompiledPath, Vocabulary, compile_path
from engine.expression.functions.patterns import Pattern, pattern
from engine.hl7.path import EVERY
from engine.problems import Place, Problems, did_you_mean
from engine.routing import Rules
from engine.workbench.index_view import NAMES

ACK, FINDINGS, INDEX = "ack", "findings", "index"
RESERVED = (ACK, FINDINGS, INDEX)
NO_ANSWER = "none"
NO_FINDINGS = "none"

_ANSWERS = ("AA", "AE", "AR", "CA", "CE", "CR", NO_ANSWER)
_FINDING = re.compile(r"[a-z][a-z0-9-]*(?: [A-Z][A-Z0-9_|]*)?")


class Fate(Enum):
    """What may be said of a destination in a word."""

    SENT = "sent"
    NOT_SENT = "not sent"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Text:
    """The whole text at a path, encoded in ``^~\\&``."""

    text: str


@dataclass(frozen=True, slots=True)
class Absence:
    """Whether nothing may stand at a path."""

    absent: bool


@dataclass(frozen=True, slots=True)
class Match:
    """What must be found in the text at a path."""

    pattern: Pattern
    text: str


Wanted = Text | Absence | Match


@dataclass(frozen=True, slots=True)
class Expected:
    """What must stand at one path of one message."""

    path: CompiledPath
    written: str
    """The path as written."""
    wanted: Wanted
    place: Place


OneMessage = tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class ToDestination:
    """What is expected for one destination."""

    name: str
    wanted: Fate | tuple[OneMessage, ...]
    """A word for all, or one entry for each message, in order."""
    place: Place


@dataclass(frozen=True, slots=True)
class Answer:
    """What is expected of the answer: a code, or what stands in it."""

    code: str
    fields: OneMessage
    place: Place


@dataclass(frozen=True, slots=True)
class Findings:
    """The findings expected, in order: each a code, or a code and a segment."""

    wanted: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Indexed:
    """What is expected of the record index under one of its names."""

    name: str
    wanted: Wanted
    place: Place


@dataclass(frozen=True, slots=True)
class Expectations:
    """All that one case expects; what it does not name is not checked."""

    destinations: tuple[ToDestination, ...] = ()
    answer: Answer | None = None
    findings: Findings | None = None
    index: tuple[Indexed, ...] = ()


def load_expectations(node: Entries, rules: Rules, problems: Problems) -> Expectations:
    """Return what *node* expects; what cannot be read is reported."""
    reader = Reader(node, problems)
    answer, findings, index = reader.node(ACK), reader.node(FINDINGS), reader.node(INDEX)
    destinations = []
    for name, wanted in node.pairs:
        if name.text in RESERVED:
            continue
        if name.text not in rules.destinations:
            hint = did_you_mean(name.text, (*rules.destinations, *RESERVED))
            problems.add(name.place, "unknown-destination", f"no destination is called '{name.text}'", hint)
        destinations.append(_destination(name, wanted, problems))
    return Expectations(
        tuple(each for each in destinations if each is not None),
        None if answer is None else _answer(answer, problems),
        None if findings is None else _findings(findings, problems),
        () if index is None else tuple(_index(index, problems)),
    )


def _destination(name: Scalar, node: Node, problems: Problems) -> ToDestination | None:
    match node:
        case Scalar():
            fates = [each.value for each in Fate]
            if node.text in fates:
                return ToDestination(name.text, Fate(node.text), node.place)
            hint = did_you_mean(node.text, fates) or f"one of: {', '.join(fates)}; or a map of paths and texts"
            problems.add(node.place, "unknown-choice", f"a destination's messages cannot be '{node.text}'", hint)
            return None
        case Entries():
            return ToDestination(name.text, (_message(node, problems),), node.place)
        case Items(place, values):
            messages = [_message(each, problems) for each in values if isinstance(each, Entries)]
            for each in values:
                if not isinstance(each, Entries):
                    text = f"each message of a list is a map of paths and texts, not {kind_of(each)}"
                    problems.add(each.place, "wrong-kind", text)
            return ToDestination(name.text, tuple(messages), place)


def _message(node: Entries, problems: Problems) -> OneMessage:
    found = (_expected(key, value, problems) for key, value in node.pairs)
    return tuple(each for each in found if each is not None)


def _expected(key: Scalar, value: Node, problems: Problems) -> Expected | None:
    wanted = _wanted(value, problems)
    path = compile_path(key, Vocabulary(), problems)
    if path is None or wanted is None:
        return None
    if path.path.field == EVERY:
        problems.add(key.place, "not-a-path", "'-*' names no one place", "name each field")
        return None
    if path.path.field is None and not isinstance(wanted, Absence):
        text = f"{key.text} is a segment; only whether it is there can be expected of it"
        problems.add(key.place, "not-a-field", text, f"as in {key.text}-1, or {{absent: true}}")
        return None
    return Expected(path, key.text, wanted, value.place)


def _wanted(node: Node, problems: Problems) -> Wanted | None:
    if isinstance(node, Scalar):
        if node.plain and node.text in ("null", "Null", "NULL", "~"):
            hint = "'' is empty, '\"\"' the HL7 null"
            problems.add(node.place, "yaml-null", f"unquoted {node.text} says two things", hint)
            return None
        return Text(node.text)
    if isinstance(node, Items):
        problems.add(node.place, "wrong-kind", "a list stands where a text is needed", "repetitions are joined with ~")
        return None
    reader = Reader(node, problems)
    absent, regex = reader.scalar("absent"), reader.scalar("matches")
    reader.finish("what is expected at a path")
    if absent is not None and regex is None:
        reader.choice("absent", ("true", "false"))
        return Absence(absent.text == "true")
    if regex is None or absent is not None:
        if not node.left_out and not (absent is None and regex is None and node.pairs):
            hint = "as in {absent: true}, or {matches: '^A'}"
            problems.add(node.place, "wrong-kind", "here stands either 'absent' or 'matches'", hint)
        return None
    return _match(regex, problems)


def _match(scalar: Scalar, problems: Problems) -> Match | None:
    try:
        return Match(pattern(scalar.text), scalar.text)
    except InvalidExpression as error:
        problems.add(scalar.place, error.code, error.text, error.hint)
        return None


def _answer(node: Node, problems: Problems) -> Answer | None:
    if isinstance(node, Entries):
        return Answer("", _message(node, problems), node.place)
    if isinstance(node, Scalar) and node.text in _ANSWERS:
        return Answer(node.text, (), node.place)
    hint = f"one of: {', '.join(_ANSWERS)}; or a map, as {{MSA-1: AR, ERR-3.1: 201}}"
    told = f"an answer cannot be '{node.text}'" if isinstance(node, Scalar) else "an answer is a code or a map"
    problems.add(node.place, "unknown-choice", told, hint)
    return None


def _index(node: Node, problems: Problems) -> Iterator[Indexed]:
    if not isinstance(node, Entries):
        text = f"'index' takes a map, not {kind_of(node)}"
        problems.add(node.place, "wrong-kind", text, "as in {patients: 1, visit.status: admitted}")
        return
    for key, value in node.pairs:
        if key.text not in NAMES:
            hint = did_you_mean(key.text, NAMES) or f"known here: {', '.join(NAMES)}"
            problems.add(key.place, "unknown-key", f"'{key.text}' is no name in the index", hint)
        wanted = _wanted(value, problems)
        if wanted is not None:
            yield Indexed(key.text, wanted, value.place)


def _findings(node: Node, problems: Problems) -> Findings:
    if isinstance(node, Scalar) and node.text == NO_FINDINGS:
        return Findings((), node.place)
    wanted = []
    for each in node.values if isinstance(node, Items) else (node,):
        if isinstance(each, Scalar) and _FINDING.fullmatch(each.text):
            wanted.append(each.text)
        else:
            text = "a finding is a code, or a code and a segment"
            problems.add(each.place, "bad-finding", text, "as in required-missing EVN, or 'none'")
    return Findings(tuple(wanted), node.place)
