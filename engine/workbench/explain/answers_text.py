"""Why a message does not go to a destination, as text for people."""

from collections.abc import Iterator

from engine.expression.tracing import Asked
from engine.mapping import StepRun
from engine.workbench.explain.lines import BAD, DIM, DOUBT, EMPTY, GOOD, HEADING, Line, Piece, aligned, heading, line
from engine.workbench.explain.negative import Answer, Remedy, Stance, WhyNot, is_private
from engine.workbench.explain.steps_text import step_lines
from engine.workbench.explain.text import message_lines, tree_rows
from engine.workbench.explain.told import Explanation, Fate
from engine.workbench.explain.values import SHOWN, Values

_DECIDING = frozenset({"turn", "fail", "skip", "failed"})
_WORDS = {
    Stance.ROUTE_REFUSES: "no: the route does not accept the message",
    Stance.REFUSES: "no: its condition is false",
    Stance.NOT_REACHED: "no: the message did not come so far",
    Stance.FAILS: "it cannot be told: a comparison failed",
    Stance.ASKS: "yes, it asks for a message",
}


def answer_lines(why: WhyNot, told: Explanation, values: Values) -> Iterator[Line]:
    """Yield what each entry for the destination says, and what would have to be another."""
    sent = sum(1 for each in told.verdict.outputs if each.destination == why.destination and each.size)
    verdict = Piece(f"{sent} sent" if sent else "not sent", GOOD if sent else BAD)
    yield line(Piece(f"to {why.destination}: ", HEADING), verdict, _verdict(told))
    yield EMPTY
    for answer in why.answers:
        yield from _entry(answer, values)
        yield EMPTY
    if not why.answers:
        yield line(f"no route of listener {told.head.listener} has an entry for {why.destination}")
    for route, listeners in why.elsewhere:
        yield line(f"route {route} has one too, for what comes in at {', '.join(listeners)}")


def _verdict(told: Explanation) -> str:
    verdict = told.verdict
    return f"  (the message is {verdict.state}{f', {verdict.reason}' if verdict.reason else ''})"


def _entry(answer: Answer, values: Values) -> Iterator[Line]:
    entry = answer.entry
    mapping = f"map {entry.mapping}" if entry.mapping else "the received bytes"
    yield heading(f"route {answer.route.name}, entry {entry.index + 1} ({mapping})", entry.place)
    yield line("  ", Piece(_WORDS[answer.stance], GOOD if answer.stance is Stance.ASKS else BAD))
    if answer.deciding:
        yield line("  decided by")
        yield from aligned([row for each in answer.deciding for row in tree_rows(each, values, 0)], 4)
    for message in entry.messages:
        yield from list(message_lines(message, entry, values))[:1]
        if message.fate is not Fate.MADE:
            yield from step_lines([each for each in message.steps if _decides(each)], values)
    if answer.remedy is not None:
        yield from _remedy(answer.remedy, values)
    elif answer.no_remedy:
        yield line("  what would have to change: ", Piece(answer.no_remedy, DOUBT))


def _decides(step: StepRun | Asked) -> bool:
    """Whether it has a say in why nothing was made."""
    return isinstance(step, Asked) or step.step in _DECIDING


def _remedy(remedy: Remedy, values: Values) -> Iterator[Line]:
    count = len(remedy.changes)
    words = "one comparison" if count == 1 else f"{count} comparisons"
    more = f" (of {remedy.smallest} alone no edit was found)" if count > remedy.smallest else ""
    yield line(f"  it would ask for one if {words} answered otherwise{more}:")
    rows = []
    for each in remedy.changes:
        value = (values if is_private(each) else SHOWN).text(each.value)
        what = each.path if each.path.endswith(("added", "removed", "times")) else f"{each.path} = {value}"
        words = " ".join(each.words.split())
        rows.append(line(Piece(str(each.answer).lower(), GOOD), words, what, Piece(str(each.place or ""), DIM)))
    yield from aligned(rows, 4)
    yield line("  tried: the message was changed so and decided again: ", *_fates(remedy))


def _fates(remedy: Remedy) -> Iterator[Piece | str]:
    if not remedy.fates:
        yield Piece("the entry then asks for a message, but the whole message is refused before", DOUBT)
    for number, (fate, reason) in enumerate(remedy.fates):
        yield ", " if number else ""
        yield Piece("sent" if fate is Fate.MADE else f"{fate.value} ({reason})", GOOD if fate is Fate.MADE else DOUBT)
