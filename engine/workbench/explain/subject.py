"""What is explained: the messages of a file, or one of the store, with the rules that they are explained by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.decision import Receipt
from engine.errors import NotPossible
from engine.routing import Rules
from engine.workbench.explain.choosing import choose_listener, content_of
from engine.workbench.explain.deeper import deep_document, deep_lines
from engine.workbench.explain.document import document, why_document
from engine.workbench.explain.gathering import explain
from engine.workbench.explain.lines import EMPTY, Line
from engine.workbench.explain.negative import WhyNot, why_not
from engine.workbench.explain.stored import Stored
from engine.workbench.explain.stored_text import difference_lines, stored_document, stored_lines
from engine.workbench.explain.told import Explanation
from engine.workbench.explain.values import Values
from engine.workbench.explain.whole import whole_lines, why_lines

_OTHERWISE = (
    "the engine, or what ${...} in config.yaml leads to, is another than at its time: it may come out otherwise"
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked of an explanation."""

    values: Values
    destination: str = ""
    """Only why the message goes there, or does not."""
    is_deep: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """One message, explained, and what else is said of it."""

    explanation: Explanation
    receipt: Receipt = field(repr=False)
    rules: Rules = field(repr=False)
    notes: tuple[str, ...] = ()
    kept: Stored | None = None
    then: Explanation | None = None
    """What the rules of its time made of it, where today's explain it."""

    def lines(self, wishes: Wishes) -> Iterator[Line]:
        """Yield all that is wished, as text for people."""
        told, values = self.explanation, wishes.values
        if wishes.destination:
            yield from why_lines(told, self._why(wishes), self.notes, values)
        else:
            yield from whole_lines(told, self.notes, values)
        if self.kept is not None:
            yield EMPTY
            yield from stored_lines(self.kept, told, wishes.destination, values)
        if self.then is not None:
            yield EMPTY
            yield from difference_lines(self.then, told, values)
        if wishes.is_deep:
            yield EMPTY
            yield from deep_lines(told, self.receipt, self.rules)

    def document(self, wishes: Wishes) -> Mapping[str, object]:
        """Return the same for programs."""
        values = wishes.values
        made: dict[str, object] = {**document(self.explanation, values), "notes": list(self.notes)}
        if wishes.destination:
            made["to"] = why_document(self._why(wishes), values)
        if self.kept is not None:
            made["stored"] = stored_document(self.kept, values)
        if self.then is not None:
            made["then"] = document(self.then, values)
        if wishes.is_deep:
            made["deep"] = deep_document(self.receipt, self.rules)
        return made

    def _why(self, wishes: Wishes) -> WhyNot:
        return why_not(self.explanation, self.receipt, self.rules, wishes.destination)


def of_file(content: bytes, listener: str, rules: Rules, now_us: int) -> Iterator[Subject]:
    """Yield the messages in *content* as if each came in now; '' for a listener: one whose routes take it."""
    if listener and listener not in rules.listeners:
        raise NotPossible("no-listener", f"there is no listener '{listener}': {', '.join(rules.listeners)}")
    found = content_of(content)
    for payload in found.payloads:
        notes = [f"read with {', '.join(found.notes)}"] if found.notes else []
        chosen = listener
        if not chosen:
            chosen, note = _chosen(payload, rules, now_us)
            notes += note
        receipt = Receipt(chosen, payload, now_us * 1_000)
        yield Subject(explain(receipt, rules), receipt, rules, tuple(notes))


def _chosen(payload: bytes, rules: Rules, now_us: int) -> tuple[str, list[str]]:
    choice = choose_listener(payload, now_us * 1_000, rules)
    if not choice.others:
        return choice.listener, []
    others = ", ".join(choice.others)
    if choice.accepts:
        return choice.listener, [f"it would be taken at {others}, too: --listener names which is meant"]
    note = (
        f"no route of any listener takes it; this is what {choice.listener} says, --listener names another ({others})"
    )
    return choice.listener, [note]


def of_store(kept: Stored) -> Subject:
    """Return a stored message explained by the rules of its time."""
    rules = _recalled(kept)
    if rules is None:
        raise NotPossible("no-rules", "the texts of its rules cannot be read any more: ask with --rules now")
    notes = () if rules.version == kept.rules else (_OTHERWISE,)
    return Subject(explain(kept.receipt, rules, kept.known), kept.receipt, rules, notes, kept)


def of_store_now(kept: Stored, rules: Rules) -> Subject:
    """Return a stored message explained by today's *rules*, beside what those of its time made of it."""
    if kept.receipt.listener not in rules.listeners:
        raise NotPossible("no-listener", f"today there is no listener '{kept.receipt.listener}'")
    then = _recalled(kept)
    before = None if then is None else explain(kept.receipt, then, kept.known)
    return Subject(explain(kept.receipt, rules, kept.known), kept.receipt, rules, (), kept, before)


def _recalled(kept: Stored) -> Rules | None:
    rules = None if kept.recalled is None else kept.recalled.rules
    return rules if rules is not None and kept.receipt.listener in rules.listeners else None
