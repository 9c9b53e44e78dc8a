"""A place in a message as people write it, from numbers: ``PID-3[2].1``."""

from collections.abc import Sequence


def path_of(place: Sequence[str | int]) -> str:
    """Return the path for name, position, field, repetition, component, subcomponent; 0 or left out is not meant.

    The position of the segment in its message is no part of a path: who wants it, writes it beside.
    """
    segment, _, field, repetition, component, subcomponent, *_ = (*place, 0, 0, 0, 0, 0, 0)
    if not field:
        return str(segment)
    index = f"[{repetition}]" if isinstance(repetition, int) and repetition > 1 else ""
    inner = f".{component}" if component else ""
    return f"{segment}-{field}{index}{inner}" + (f".{subcomponent}" if subcomponent else "")
