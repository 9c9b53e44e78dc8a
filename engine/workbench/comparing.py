"""Two messages beside each other, segment by segment and field by field; places that are judged apart are left out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from engine.expression import CompiledPath, Env, Moment, WholeMessage
from engine.expression.raws import whole_text
from engine.expression.targets import Spot
from engine.hl7.delimiters import HEADERS, Delimiters
from engine.hl7.message import Message


@dataclass(frozen=True, slots=True)
class Deviation:
    """One place at which two messages differ; '' where nothing stands."""

    path: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class _Segment:
    """One segment as it is compared: its fields, with what is judged apart made empty."""

    name: str
    number: int
    """Its occurrence in its message, from 1."""
    fields: tuple[str, ...]
    text: str
    """As people read it."""


def deviations(expected: Message, found: Message, apart: Sequence[CompiledPath], moment: Moment) -> Iterator[Deviation]:
    """Yield every difference outside the places *apart*; of the same bytes there is none."""
    if expected.segments == found.segments:
        return
    is_same_style = expected.delimiters == found.delimiters
    left, right = (_segments(each, apart, moment, rewrites=not is_same_style) for each in (expected, found))
    if [each.fields for each in left] == [each.fields for each in right]:
        return
    several = _several(left) | _several(right)
    for before, after in _aligned(left, right):
        yield from _compared(before, after, several)


def _segments(message: Message, apart: Sequence[CompiledPath], moment: Moment, *, rewrites: bool) -> list[_Segment]:
    fields: list[list[str] | None] = [list(message.fields(position)) for position in range(len(message.segments))]
    env = Env(message, moment, WholeMessage(message))
    for path in apart:
        if path.path.field is None:
            for position in path.every_segment(env, message, env.scope):
                fields[position] = None
    for path in apart:
        if path.path.field is not None:
            for spot in path.spots(env, message, env.scope):
                _empty(fields[spot.position], spot, message.delimiters)
    found, counts = list[_Segment](), dict[str, int]()
    for position, own in enumerate(fields):
        name = message.names[position]
        counts[name] = counts.get(name, 0) + 1
        if own is not None:
            texts = tuple(_told(own, message, rewrites=rewrites))
            found.append(_Segment(name, counts[name], texts, message.segments[position]))
    return found


def _told(fields: list[str], message: Message, *, rewrites: bool) -> Iterator[str]:
    """Yield the fields; where the two messages have different delimiters, in ``^~\\&``, but for the delimiters."""
    if not rewrites:
        return iter(fields)
    kept = 3 if fields[0] in HEADERS else 1
    return (raw if number < kept else whole_text(raw, message) for number, raw in enumerate(fields))


def _empty(fields: list[str] | None, spot: Spot, delimiters: Delimiters) -> None:
    """Make one place empty. What is missing up to it is filled up, so that writing there is no difference elsewhere."""
    if fields is None:
        return
    fields.extend([""] * (spot.field + 1 - len(fields)))
    inner = [
        (delimiters.repetition, spot.repetition or (1 if spot.component else None)),
        (delimiters.component, spot.component),
        (delimiters.subcomponent, spot.subcomponent),
    ]
    fields[spot.field] = _without(fields[spot.field], [(mark, number) for mark, number in inner if number])


def _without(raw: str, numbers: list[tuple[str, int]]) -> str:
    if not numbers:
        return ""
    (mark, number), *deeper = numbers
    parts = raw.split(mark) if mark else [raw]
    parts.extend([""] * (number - len(parts)))
    parts[number - 1] = _without(parts[number - 1], deeper)
    return mark.join(parts)


def _several(segments: list[_Segment]) -> set[str]:
    return {each.name for each in segments if each.number > 1}


def _aligned(left: list[_Segment], right: list[_Segment]) -> Iterator[tuple[_Segment | None, _Segment | None]]:
    """Yield pairs of segments that belong together: first those that are the same, between them by their names."""
    whole = SequenceMatcher(None, [each.fields for each in left], [each.fields for each in right], autojunk=False)
    for tag, start, end, other, last in whole.get_opcodes():
        if tag != "equal":
            yield from _by_name(left[start:end], right[other:last])


def _by_name(left: list[_Segment], right: list[_Segment]) -> Iterator[tuple[_Segment | None, _Segment | None]]:
    names = SequenceMatcher(None, [each.name for each in left], [each.name for each in right], autojunk=False)
    for tag, start, end, other, last in names.get_opcodes():
        if tag == "equal":
            yield from zip(left[start:end], right[other:last], strict=True)
        else:
            yield from ((each, None) for each in left[start:end])
            yield from ((None, each) for each in right[other:last])


def _compared(before: _Segment | None, after: _Segment | None, several: set[str]) -> Iterator[Deviation]:
    known = after or before
    if known is None:
        return
    name = f"{known.name}[{known.number}]" if known.name in several else known.name
    if before is None or after is None:
        yield Deviation(name, before.text if before else "", after.text if after else "")
        return
    found = []
    for number in range(max(len(before.fields), len(after.fields))):
        ours, theirs = (each.fields[number] if number < len(each.fields) else "" for each in (before, after))
        if ours != theirs:
            found.append(Deviation(f"{name}-{number}", ours, theirs))
    yield from found
    if not found and before.fields != after.fields:  # only separators behind the last field
        yield Deviation(name, before.text, after.text)
