"""Raw texts of a message (a field, a repetition, a component or a leaf): what they say, and how they are changed."""

import re
from collections.abc import Callable
from functools import lru_cache

from engine.errors import RuleFailed, UnsafeValue
from engine.hl7.delimiters import STANDARD, Delimiters
from engine.hl7.escapes import escape, sequence_pattern, unescape
from engine.hl7.message import Message
from engine.hl7.rewriting import Style, rewriter

NULL = '""'
_KEPT = re.compile(r"[HNZ]|\.(?!br|BR)")
_FIRST_PRIVATE = 0xF0000
_MOST_KEPT = 0xFFFD


def leaf_text(raw: str, message: Message) -> str:
    """Return the first leaf of *raw*, decoded; null as it is written."""
    if raw.isalnum():
        return raw
    delimiters = message.delimiters
    if raw in (delimiters.encoding_characters, delimiters.field):
        return raw
    raw = raw.partition(delimiters.repetition)[0].partition(delimiters.component)[0]
    if delimiters.subcomponent:
        raw = raw.partition(delimiters.subcomponent)[0]
    mark = delimiters.escape
    return unescape(raw, delimiters, message.codec) if mark and mark in raw else raw


def is_blank(raw: str, delimiters: Delimiters) -> bool:
    """Whether nothing stands in *raw*, delimiters apart."""
    return not raw.strip(delimiters.component + delimiters.repetition + delimiters.subcomponent)


def is_filled(raw: str, delimiters: Delimiters) -> bool:
    """Whether something stands in *raw* that is not null."""
    if raw.isalnum():
        return True
    if not raw or raw == NULL:
        return False
    if NULL not in raw:
        return not is_blank(raw, delimiters)
    return any(leaf and leaf != NULL for leaf in _leaves(delimiters).split(raw)[::2])


def whole_text(raw: str, message: Message) -> str:
    """Return *raw* encoded in ``^~\\&``, whatever the message's delimiters are."""
    delimiters = message.delimiters
    if delimiters == STANDARD or raw.isalnum():
        return raw
    # The rewriter takes segments: a name before the field keeps a text that begins like a header from being one.
    rewritten = rewriter(Style(delimiters, message.codec), Style(STANDARD, message.codec))(f"ZZZ{raw}")
    return rewritten[3:]


def each_leaf(raw: str, message: Message, change: Callable[[str], str]) -> str:
    """Return *raw* with every leaf changed; structure, nulls and formatting stay where they are."""
    delimiters = message.delimiters
    if raw in (delimiters.encoding_characters, delimiters.field):
        return raw
    parts = _leaves(delimiters).split(raw)
    for index in range(0, len(parts), 2):
        if parts[index] and parts[index] != NULL:
            parts[index] = _changed(parts[index], message, change)
    return "".join(parts)


def escaped(text: str, delimiters: Delimiters) -> str:
    """Return *text* as one leaf; raise RuleFailed for what may not stand in a message."""
    try:
        return escape(text, delimiters)
    except UnsafeValue as error:
        raise RuleFailed("unsafe-value", "the text holds a control character that would end the segment") from error


def _changed(leaf: str, message: Message, change: Callable[[str], str]) -> str:
    delimiters = message.delimiters
    mark = delimiters.escape
    if not mark or mark not in leaf:
        return escaped(change(leaf), delimiters)
    # Formatting and highlighting mean nothing to the change: private characters hold their places meanwhile.
    kept: list[str] = []

    def hide(match: re.Match[str]) -> str:
        if _KEPT.match(match[1]) is None or len(kept) >= _MOST_KEPT:
            return unescape(match[0], delimiters, message.codec)
        kept.append(match[0])
        return chr(_FIRST_PRIVATE + len(kept) - 1)

    text = escaped(change(sequence_pattern(mark).sub(hide, leaf)), delimiters)
    for index, sequence in enumerate(kept):
        text = text.replace(chr(_FIRST_PRIVATE + index), sequence)
    return text


@lru_cache(maxsize=64)
def _leaves(delimiters: Delimiters) -> re.Pattern[str]:
    marks = delimiters.component + delimiters.repetition + delimiters.subcomponent
    return re.compile(f"([{re.escape(marks)}])")
