"""The wire view against real-world messages: nothing lost, nothing changed, everything answered."""

import os
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from engine.errors import Hl7Error
from engine.hl7.ack import AckError, AckPlan, build_ack, minimal_ack
from engine.hl7.answers import read_ack
from engine.hl7.batch import is_batch, split_batch
from engine.hl7.builder import Builder, Target
from engine.hl7.charset import is_reversible
from engine.hl7.delimiters import delimiters_of
from engine.hl7.header import Header
from engine.hl7.message import Message, Reading, leaf

FOLDER = os.environ.get("HL7_CORPUS", "")
pytestmark = pytest.mark.skipif(not FOLDER, reason="HL7_CORPUS is unset: there is no corpus to read")

PLAN = AckPlan("AA", control_id="ACK1", made_at="20240101120000+0000")
REFUSAL = AckPlan("AE", (AckError("PID", 1, 3, code="102", text="not | good"),), "ACK1", "20240101120000+0000")
ODD = delimiters_of("*", "%$!?")
EXPLAINED = {"no-header", "charset"}
"""Nothing but bytes without MSH, and bytes that contradict a declared UTF-8, may be refused."""


@cache
def _payloads() -> dict[str, bytes]:
    """Return every message of the corpus by file name, those inside batches by their number."""
    found: dict[str, bytes] = {}
    for path in sorted(path for path in Path(FOLDER).rglob("*") if path.is_file()):
        payload, name = path.read_bytes(), str(path.relative_to(FOLDER))
        if is_batch(payload):
            found |= {f"{name}#{number}": part for number, part in enumerate(split_batch(payload).messages, 1)}
        else:
            found[name] = payload
    return found


@cache
def _messages() -> dict[str, Message]:
    found = {}
    for name, payload in _payloads().items():
        try:
            found[name] = Message.parse(payload)
        except Hl7Error:
            continue
    return found


def test_every_message_is_read_or_refused_for_a_reason_that_can_be_explained() -> None:
    """Of more than fifteen hundred, a handful have no header or lie about UTF-8."""
    refused: Counter[str] = Counter()
    for payload in _payloads().values():
        try:
            Message.parse(payload)
        except Hl7Error as error:
            refused[error.code] += 1

    assert set(refused) <= EXPLAINED
    assert refused.total() < len(_payloads()) / 100


def test_parsing_and_encoding_gives_the_same_bytes() -> None:
    """Of every message, however odd."""
    assert [name for name, message in _messages().items() if message.encode() != _payloads()[name]] == []


def test_no_segment_is_lost() -> None:
    """Every line that begins like a segment is one, apart from what a line feed inside a text begins."""
    lost = []
    for name, message in _messages().items():
        separator = re.escape(message.delimiters.field)
        lines = re.split(r"\r\n|\r" if Counter(n.code for n in message.notes)["lf-terminated"] == 0 else r"\r\n|\r|\n",
                         message.payload.decode(message.codec))  # fmt: skip
        heads = [line[:3] for line in lines if re.match(rf"\ufeff?[A-Z][A-Z0-9]{{2}}(?:{separator}|$)", line.lstrip())]
        if [head for head in heads if head != "\ufeffM"] != message.names and heads[1:] != message.names[1:]:
            lost.append(name)

    assert lost == []


def test_a_copy_is_the_canonical_form_of_the_same_segments() -> None:
    """CR behind every segment; nothing else differs unless a note says why."""
    differing = []
    for name, message in _messages().items():
        copy = Builder.copying(message).encode()
        if Message.parse(copy).segments != message.segments:
            differing.append(name)
        canonical = message.payload if message.payload.endswith(b"\r") else message.payload + b"\r"
        if copy != canonical and not message.notes:
            differing.append(name)

    assert differing == []


def test_editing_one_field_leaves_every_other_byte() -> None:
    """In each message, a field of its last segment is changed."""
    touched = []
    for name, message in _messages().items():
        before, builder = Builder.copying(message).encode(), Builder.copying(message)
        last = len(message.segments) - 1
        builder.set_field(last, 4, "EDITED")
        after = builder.encode()
        if "utf-16" in message.codec:
            before, after = before.decode(message.codec).encode(), after.decode(message.codec).encode()
        if before.split(b"\r")[:last] != after.split(b"\r")[:last]:
            touched.append(name)
        if is_reversible(message.codec):
            old, new = message.fields(last), Message.parse(after, Reading(charset=message.codec)).fields(last)
            if old[:4] != new[: min(4, len(old))] or old[5:] != new[5:] or new[4] != "EDITED":
                touched.append(name)

    assert touched == []


def test_every_message_is_answered_with_its_own_control_id() -> None:
    """Byte for byte, in its own delimiters, and well formed enough to be read back."""
    wrong = []
    for name, message in _messages().items():
        header = Header.peek(message.payload)
        expected = message.field("MSH", 10).encode(message.codec)
        if "utf-16" not in message.codec:
            assert header is not None
            assert header.field("MSH", 10).encode("latin-1") == expected
        for plan in (PLAN, REFUSAL):
            answer = build_ack(message, plan)
            parsed, read = Message.parse(answer), read_ack(answer)
            if parsed.names[:2] != ["MSH", "MSA"] or parsed.delimiters != message.delimiters:
                wrong.append(name)
            if "utf-16" not in message.codec and (
                read is None or (read.code, read.control_id) != (plan.code, expected)
            ):
                wrong.append(name)

    assert wrong == []


def test_what_is_refused_is_answered_too() -> None:
    """By its own header, or by one of ours."""
    for name, payload in _payloads().items():
        if name not in _messages():
            header = Header.peek(payload)
            answer = read_ack(build_ack(header, REFUSAL) if header else minimal_ack(REFUSAL))

            assert answer is not None
            assert answer.error_codes == ("102",)


def test_other_delimiters_say_the_same() -> None:
    """Every leaf of every message, but for sequences that only its own escape character can write."""
    differing = []
    for name, message in _messages().items():
        if is_reversible(message.codec) and "utf-16" not in message.codec:
            there = Message.parse(Builder.copying(message).encode(Target(delimiters=ODD)))
            if there.names != message.names or _texts(there) != _texts(message):
                differing.append(name)

    assert differing == []


def _texts(message: Message) -> list[list[str]]:
    """Return the first leaves of each field, local sequences and line feeds written alike."""
    local = re.compile(r"([\\!?*])(Z[0-9A-Za-z]*)\1")
    return [
        [
            local.sub(r"<\2>", leaf(raw, message, 1, component, 1)).replace("\n", "")
            for raw in message.fields(position)[3 if message.names[position] == "MSH" else 1 :]
            for component in range(1, 5)
        ]
        for position in range(len(message.names))
    ]
