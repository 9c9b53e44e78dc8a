"""How long a field may be, up to 2.6: hl7apy's tables hold no lengths, so they come from a table of our own.

From 2.7 on the standard has conformance lengths instead, which bind nobody without a profile.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files


def length_of(version: str, segment: str, number: int) -> int:
    """Return the most characters of one repetition of a field; 0 where the version says nothing."""
    lengths = _lengths().get(version, {}).get(segment, ())
    return lengths[number - 1] if 0 < number <= len(lengths) else 0


@cache
def _lengths() -> Mapping[str, Mapping[str, Sequence[int]]]:
    """Return the lengths by version and segment, in the order of the fields (hl7-dictionary 1.0.1, MIT)."""
    text = (files("engine.grammar") / "lengths.json").read_text("utf-8")
    found: Mapping[str, Mapping[str, Sequence[int]]] = json.loads(text)["lengths"]
    return found
