"""How values of a message are shown: masked, unless somebody asked for them and may see them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.expression.tracing import RowUsed, Seen
from engine.mapping import StepRun

MASK = "***"
_OPEN = re.compile(r"MSH-(9|11|12)(\.[0-9])*|(count|length)\(.*\)")
"""What lists of messages show anyway (type, version, processing), and numbers of things."""
_RULES_OWN = frozenset({"set", "append", "let", "number", "fail", "skip", "use"})
"""Steps whose text, where no formula read anything, is the rule's own."""


@dataclass(frozen=True, slots=True)
class Values:
    """Shows values, or hides what they are: that one is empty or null is told."""

    are_shown: bool

    def text(self, raw: str) -> str:
        """Return a value of the message."""
        if raw == '""':
            return "null"
        return f"'{raw}'" if self.are_shown or not raw else MASK

    def words(self, text: str) -> str:
        """Return a sentence that may hold values."""
        return text if self.are_shown or not text else MASK

    def found(self, seen: Seen) -> str | list[str]:
        """Return what a path or a name stood for."""
        if seen.is_count:
            return str(seen.found)
        values = self if not _OPEN.fullmatch(seen.words) else SHOWN
        if isinstance(seen.found, str):
            return values.text(seen.found)
        return [values.text(each) for each in seen.found]

    def code(self, used: RowUsed) -> tuple[str, str]:
        """Return what a table was asked, and what it gave."""
        return self.text(used.code), self.text(used.answer)

    def before_and_after(self, step: StepRun) -> tuple[str, str]:
        """Return what a step found and what it wrote; the rule's own texts are no secret."""
        after = SHOWN if step.step in _RULES_OWN and not step.inputs and not step.rows else self
        return self.text(step.before), after.text(step.after)


SHOWN = Values(are_shown=True)
MASKED = Values(are_shown=False)


def listed(found: str | Sequence[str]) -> str:
    """Return one value, or several in brackets; many of the same are counted."""
    if isinstance(found, str):
        return found
    if len(found) > 3 and len(set(found)) == 1:
        return f"[{found[0]} x {len(found)}]"
    return f"[{', '.join(found[:10])}{', ...' if len(found) > 10 else ''}]"
