"""hl7apy's own verdict on a message, beside ours: on a copy without what it is known to stumble over.

In a process of its own: what takes too long, or breaks, ends there.
"""

import multiprocessing
import tempfile
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

from engine.grammar import grammar_for
from engine.grammar.tables import verdict_of_library
from engine.hl7.message import Message

SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class DeepVerdict:
    """What hl7apy says."""

    lines: tuple[str, ...]
    """None: it finds nothing wrong."""
    failure: str = ""
    """Why it says nothing: ``timeout``, or the kind of its error."""


def deep_verdict(message: Message, seconds: float = SECONDS) -> DeepVerdict:
    """Return hl7apy's verdict on *message*, or that there is none after *seconds*."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=_work, args=(theirs, sanitised(message)), daemon=True)
    worker.start()
    theirs.close()
    try:
        if not ours.poll(seconds):
            return DeepVerdict((), "timeout")
        found: DeepVerdict = ours.recv()
    except EOFError:
        return DeepVerdict((), "worker-ended")
    else:
        return found
    finally:
        worker.kill()
        worker.join()
        ours.close()


def sanitised(message: Message) -> str:
    """Return a copy that hl7apy can take: four delimiters, an explicit structure, only segments that have a place."""
    grammar = grammar_for(message.value("MSH", 12))
    code, event = message.value("MSH", 9), message.value("MSH", 9, 2)
    name = grammar.structure_name(code, event, message.value("MSH", 9, 3))
    structure = grammar.structure(name) if name else None
    slots = structure.place(message.names).slots if structure else [0] * len(message.names)
    kept = [text for text, slot in zip(message.segments, slots, strict=True) if slot >= 0]
    return "\r".join([_header(message, name, grammar.version), *kept[1:]]) + "\r"


def _header(message: Message, structure: str, version: str) -> str:
    fields, delimiters = list(message.fields(0)), message.delimiters
    fields += [""] * (13 - len(fields))
    marks = replace(delimiters, truncation="")
    fields[2] = f"{marks.component}{marks.repetition}{marks.escape or chr(92)}{marks.subcomponent or '&'}"
    parts = fields[9].split(delimiters.component)
    fields[9] = delimiters.component.join([parts[0], parts[1] if len(parts) > 1 else "", structure])
    fields[12] = version
    return f"MSH{delimiters.field}{delimiters.field.join(fields[2:])}"


def _work(answer: Connection, text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = DeepVerdict(tuple(verdict_of_library(text, str(Path(folder) / "report"))))
        except Exception as error:  # noqa: BLE001 Boundary: whatever breaks in hl7apy ends here, told without values
            found = DeepVerdict((), type(error).__name__)
    answer.send(found)
