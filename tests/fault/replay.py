"""From a recording of iolog.c to the disk images that a power cut may leave at any moment of it.

What was synced is on the disk. Of what was written since, per file: nothing, everything, or any part of it, also torn
inside a write at a sector's edge. This samples what a disk may do; it is not every order a file system allows.
"""

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

_HEAD = struct.Struct("<BIqI")
_SECTOR = 512
_KEPT, _TORN = 0.45, 0.65


class Policy(Enum):
    """What becomes of writes that were not synced."""

    LOST = "lost"
    SOME = "some"
    KEPT = "kept"


POLICIES = (Policy.LOST, Policy.SOME, Policy.SOME, Policy.KEPT)


@dataclass(frozen=True, slots=True)
class Operation:
    """One recorded call."""

    kind: str
    file: int
    offset: int
    data: bytes


@dataclass(slots=True)
class Disk:
    """One file as the disk holds it, and what was done to it since the last fsync."""

    name: str = ""
    content: bytearray = field(default_factory=bytearray)
    pending: list[Operation] = field(default_factory=list)

    def sync(self) -> None:
        """Everything pending is on the disk."""
        for operation in self.pending:
            _apply(self.content, operation)
        self.pending.clear()

    def image(self, policy: Policy, dice: random.Random) -> bytes:
        """Return what may be read after a power cut now."""
        image = bytearray(self.content)
        for operation in self.pending if policy is not Policy.LOST else ():
            roll = 0.0 if policy is Policy.KEPT else dice.random()
            if roll < _KEPT:
                _apply(image, operation)
            elif roll < _TORN and operation.kind == "W":
                cut = _SECTOR * dice.randint(0, len(operation.data) // _SECTOR)
                _apply(image, Operation("W", operation.file, operation.offset, operation.data[:cut]))
        return bytes(image)


@dataclass(frozen=True, slots=True)
class Image:
    """A possible state of the disk: files by name, and every line acknowledged before the cut."""

    files: dict[str, bytes]
    acknowledged: tuple[str, ...]


def operations(recording: Path) -> list[Operation]:
    """Read a recording; a record that was cut off at the end is left out."""
    content, start, found = recording.read_bytes(), 0, []
    while start + _HEAD.size <= len(content):
        kind, file, offset, length = _HEAD.unpack_from(content, start)
        start += _HEAD.size
        data = content[start : start + length] if chr(kind) in "OW" else b""
        start += len(data)
        found.append(Operation(chr(kind), file, offset, data))
    return found


def crash_images(recorded: list[Operation], moments: int, seed: int) -> Iterator[Image]:
    """Yield images at random *moments*, one per policy; the file called `acks` is the outside world's ledger."""
    dice = random.Random(seed)
    chosen = set(dice.sample(range(len(recorded)), min(moments, len(recorded))))
    disks: dict[int, Disk] = {}
    acknowledged = bytearray()
    for number, operation in enumerate(recorded):
        disk = disks.setdefault(operation.file, Disk())
        if disk.name == "acks" and operation.kind == "W":
            acknowledged += operation.data
        else:
            _follow(disk, operation)
        if number in chosen:
            lines = tuple(acknowledged.decode().split("\n")[:-1])
            for policy in POLICIES:
                known = [each for each in disks.values() if each.name != "acks" and (each.content or each.pending)]
                yield Image({each.name: each.image(policy, dice) for each in known}, lines)


def _follow(disk: Disk, operation: Operation) -> None:
    match operation.kind:
        case "O":
            disk.name = operation.data.decode().rsplit("/", 1)[-1]
        case "S":
            disk.sync()
        case "U":
            disk.content.clear()
            disk.pending.clear()
        case _:
            disk.pending.append(operation)


def _apply(content: bytearray, operation: Operation) -> None:
    end = operation.offset + len(operation.data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    if operation.kind == "W":
        content[operation.offset : end] = operation.data
    else:
        del content[operation.offset :]
