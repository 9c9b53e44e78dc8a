"""Reads what a case expects from YAML; every slip in it is a problem at its place."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.documents import Entries, Items, Node, Reader, Scalar, kind_of
from engine.errors import Hl7Error, InvalidExpression
from engine.expression import Vocabulary, compile_path
from engine.expression.functions.patterns import pattern
from engine.hl7.message import Message
from engine.hl7.path import EVERY
from engine.problems import Problems, did_you_mean
from engine.workbench.expectations import (
    ACK,
    FINDINGS,
    INDEX,
    NO_ANSWER,
    NO_FINDINGS,
    OF_DESTINATIONS,
    OF_MAPPINGS,
    OUTPUT,
    RESERVED,
    Absence,
    Answer,
    AsInFile,
    AsReceived,
    Expectations,
    Expected,
    Fate,
    Findings,
    Indexed,
    Match,
    OneMessage,
    Text,
    ToDestination,
    Wanted,
)
from engine.workbench.index_view import NAMES
from engine.workbench.message_files import MessageFiles

_ANSWERS = ("AA", "AE", "AR", "CA", "CE", "CR", NO_ANSWER)
_FINDING = re.compile(r"[a-z][a-z0-9-]*(?: [A-Z][A-Z0-9_|]*(?:-[0-9]+(?:\[[0-9]+\])?(?:\.[0-9]+){0,2})?)?")
_FILE, _CHANGED_ONLY = "file", "changed_only"


@dataclass(frozen=True, slots=True)
class Expecting:
    """Reads expectations; they may name these destinations and files."""

    destinations: Iterable[str]
    files: MessageFiles
    problems: Problems

    def of_message(self, node: Entries) -> Expectations:
        """Return what follows from one message on its way through the routes."""
        reader = Reader(node, self.problems)
        answer, findings, index = reader.node(ACK), reader.node(FINDINGS), reader.node(INDEX)
        return Expectations(
            tuple(self._destinations(node)),
            None if answer is None else self._answer(answer),
            None if findings is None else self._findings(findings),
            () if index is None else tuple(self._index(index)),
        )

    def of_all(self, node: Entries) -> Expectations:
        """Return what is so after several messages: an answer and findings belong to one of them."""
        for name in (ACK, FINDINGS):
            key = node.key(name)
            if key is not None:
                text = f"'{name}' belongs to one message, and there are several"
                self.problems.add(key.place, "not-of-all", text, "write it under the 'expect' of that message")
        index = node.get(INDEX)
        return Expectations(tuple(self._destinations(node)), index=() if index is None else tuple(self._index(index)))

    def of_mapping(self, node: Entries) -> Expectations:
        """Return what a mapping alone makes: only ``output`` can be expected of it."""
        reader = Reader(node, self.problems)
        output, key = reader.node(OUTPUT), node.key(OUTPUT)
        reader.finish("what a mapping's case expects")
        if output is None or key is None:
            if OUTPUT not in node.left_out:
                hint = "as in output: {PID-5: Doe^Jane}; made, skipped or failed"
                self.problems.add(node.place, "missing-key", "'output' is missing here", hint)
            return Expectations()
        found = self._outputs(key, output, OF_MAPPINGS)
        return Expectations(() if found is None else (found,))

    def _destinations(self, node: Entries) -> Iterator[ToDestination]:
        for name, wanted in node.pairs:
            if name.text in RESERVED:
                continue
            if name.text not in self.destinations:
                hint = did_you_mean(name.text, (*self.destinations, *RESERVED))
                self.problems.add(name.place, "unknown-destination", f"no destination is called '{name.text}'", hint)
            found = self._outputs(name, wanted, OF_DESTINATIONS)
            if found is not None:
                yield found

    def _outputs(self, name: Scalar, node: Node, words: Sequence[Fate]) -> ToDestination | None:
        match node:
            case Scalar():
                fate = self._fate(node, words, f"{name.text} cannot be '{node.text}'")
                return None if fate is None else ToDestination(name.text, fate, node.place)
            case Entries():
                return ToDestination(name.text, (self._message(node),), node.place)
            case Items(place, values):
                found = [self._listed(each, words) for each in values]
                return ToDestination(name.text, tuple(each for each in found if each is not None), place)

    def _listed(self, node: Node, words: Sequence[Fate]) -> OneMessage | Fate | None:
        if isinstance(node, Entries):
            return self._message(node)
        if isinstance(node, Scalar):
            listed = [each for each in words if each is not Fate.NOT_SENT]
            return self._fate(node, listed, f"one message of a list cannot be '{node.text}'")
        text = f"each message of a list is a map of paths and texts, not {kind_of(node)}"
        self.problems.add(node.place, "wrong-kind", text)
        return None

    def _fate(self, node: Scalar, words: Sequence[Fate], text: str) -> Fate | None:
        known = [each.value for each in words]
        if node.text in known:
            return Fate(node.text)
        hint = did_you_mean(node.text, known) or f"one of: {', '.join(known)}; or a map of paths and texts"
        self.problems.add(node.place, "unknown-choice", text, hint)
        return None

    def _message(self, node: Entries) -> OneMessage:
        rest = self._rest(node)
        return OneMessage(self._fields(node), rest, node.place)

    def _rest(self, node: Entries) -> AsReceived | AsInFile | None:
        """Return what is expected where no path is named; the two ways to say it exclude each other."""
        reader = Reader(node, self.problems)
        file, changed_only = reader.scalar(_FILE), reader.scalar(_CHANGED_ONLY)
        if changed_only is not None:
            chosen = reader.choice(_CHANGED_ONLY, ("true", "false"))
            if file is not None:
                text = "either 'file' says what stands beside the paths named, or 'changed_only'"
                self.problems.add(changed_only.place, "two-sources", text, "leave one of them out")
            elif chosen == "true":
                return AsReceived(changed_only.place)
        return None if file is None else self._in_file(file)

    def _in_file(self, file: Scalar) -> AsInFile | None:
        content = self.files.file(file, "the expected message")
        if content is None:
            return None
        try:
            return AsInFile(Message.parse(content), file.place)
        except Hl7Error as error:
            text = f"'{file.text}' is no message: {error.code}"
            self.problems.add(file.place, "unreadable-message", text, "it begins with MSH")
            return None

    def _fields(self, node: Entries) -> tuple[Expected, ...]:
        pairs = ((key, value) for key, value in node.pairs if key.text not in (_FILE, _CHANGED_ONLY))
        found = (self._expected(key, value) for key, value in pairs)
        return tuple(each for each in found if each is not None)

    def _expected(self, key: Scalar, value: Node) -> Expected | None:
        wanted = self._wanted(value)
        path = compile_path(key, Vocabulary(), self.problems)
        if path is None or wanted is None:
            return None
        if path.path.field == EVERY:
            self.problems.add(key.place, "not-a-path", "'-*' names no one place", "name each field")
            return None
        if path.path.field is None and not isinstance(wanted, Absence):
            text = f"{key.text} is a segment; only whether it is there can be expected of it"
            self.problems.add(key.place, "not-a-field", text, f"as in {key.text}-1, or {{absent: true}}")
            return None
        return Expected(path, key.text, wanted, value.place)

    def _wanted(self, node: Node) -> Wanted | None:
        problems = self.problems
        if isinstance(node, Scalar):
            if node.plain and node.text in ("null", "Null", "NULL", "~"):
                hint = "'' is empty, '\"\"' the HL7 null"
                problems.add(node.place, "yaml-null", f"unquoted {node.text} says two things", hint)
                return None
            return Text(node.text)
        if isinstance(node, Items):
            hint = "repetitions are joined with ~"
            problems.add(node.place, "wrong-kind", "a list stands where a text is needed", hint)
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
        return self._match(regex)

    def _match(self, scalar: Scalar) -> Match | None:
        try:
            return Match(pattern(scalar.text), scalar.text)
        except InvalidExpression as error:
            self.problems.add(scalar.place, error.code, error.text, error.hint)
            return None

    def _answer(self, node: Node) -> Answer | None:
        if isinstance(node, Entries):
            return Answer("", self._fields(node), node.place)
        if isinstance(node, Scalar) and node.text in _ANSWERS:
            return Answer(node.text, (), node.place)
        hint = f"one of: {', '.join(_ANSWERS)}; or a map, as {{MSA-1: AR, ERR-3.1: 201}}"
        told = f"an answer cannot be '{node.text}'" if isinstance(node, Scalar) else "an answer is a code or a map"
        self.problems.add(node.place, "unknown-choice", told, hint)
        return None

    def _index(self, node: Node) -> Iterator[Indexed]:
        if not isinstance(node, Entries):
            text = f"'index' takes a map, not {kind_of(node)}"
            self.problems.add(node.place, "wrong-kind", text, "as in {patients: 1, visit.status: admitted}")
            return
        for key, value in node.pairs:
            if key.text not in NAMES:
                hint = did_you_mean(key.text, NAMES) or f"known here: {', '.join(NAMES)}"
                self.problems.add(key.place, "unknown-key", f"'{key.text}' is no name in the index", hint)
            wanted = self._wanted(value)
            if wanted is not None:
                yield Indexed(key.text, wanted, value.place)

    def _findings(self, node: Node) -> Findings:
        if isinstance(node, Scalar) and node.text == NO_FINDINGS:
            return Findings((), node.place)
        wanted = []
        for each in node.values if isinstance(node, Items) else (node,):
            if isinstance(each, Scalar) and _FINDING.fullmatch(each.text):
                wanted.append(each.text)
            else:
                text = "a finding is a code, or a code and a segment"
                self.problems.add(each.place, "bad-finding", text, "as in required-missing EVN, or 'none'")
        return Findings(tuple(wanted), node.place)
