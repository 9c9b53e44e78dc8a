"""``@quick_value``: a frozen, slotted dataclass for what is made several times for every message.

A frozen dataclass sets each field through ``object.__setattr__``, which takes five times as long as setting it. These
are frozen for whoever checks types, and only for him.
"""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

_Value = TypeVar("_Value")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def quick_value(made: type[_Value]) -> type[_Value]:
    """Return *made* as a dataclass with slots, equality and a hash, whose fields nobody sets again."""
    return dataclass(slots=True, unsafe_hash=True)(made)
