"""An explanation as text for people."""

from collections.abc import Iterator

from engine.expression.tracing import Word
from engine.mapping import StepRun
from engine.workbench.explain.lines import (
    BAD,
    DIM,
    DOUBT,
    EMPTY,
    GOOD,
    HEADING,
    Line,
    Piece,
    aligned,
    heading,
    line,
    truth,
)
from engine.workbench.explain.steps_text import step_lines
from engine.workbench.explain.told import (
    Comparison,
    Condition,
    Entry,
    Explanation,
    Fate,
    Joined,
    Message,
    Output,
    Route,
    Tree,
    Truth,
)
from engine.workbench.explain.values import Values, listed

_FATES = {Fate.MADE: GOOD, Fate.SKIPPED: DOUBT, Fate.FAILED: BAD}
_STATES = {"accepted": GOOD, "filtered": DOUBT, "rejected": BAD, "quarantined": BAD, "pending": GOOD}


def verdict_lines(told: Explanation, values: Values) -> Iterator[Line]:
    """Yield how the message came, how it was read, and what it came to."""
    head, verdict = told.head, told.verdict
    kind = f"{head.message_type or 'no readable header'} {head.version}".strip()
    size = f"{head.size:,} bytes, {head.segments} segments"
    encoding = f"{head.codec or 'not readable'}, delimiters {head.encoding_characters}"
    processing = f" (takes MSH-11 {', '.join(head.wanted_processing)})" if head.wanted_processing else ""
    rows = [
        line(Piece("message", HEADING), f"{kind}, control id {head.control_id or '(none)'}, {size}"),
        line(Piece("encoding", HEADING), encoding),
        line(Piece("listener", HEADING), f"{head.listener}{processing}"),
        line(Piece("state", HEADING), Piece(verdict.state, _STATES.get(verdict.state, DOUBT))),
        line(Piece("answer", HEADING), _answer(told)),
    ]
    if verdict.reason:
        rows.insert(4, line(Piece("reason", HEADING), verdict.reason))
    if verdict.detail:
        rows.insert(5, line(Piece("detail", HEADING), values.words(verdict.detail)))
    yield from aligned(rows, 0)


def _answer(told: Explanation) -> str:
    errors = told.verdict.errors
    return f"{told.verdict.ack_code} (ERR {', '.join(errors)})" if errors else told.verdict.ack_code


def finding_lines(told: Explanation) -> Iterator[Line]:
    """Yield what was odd about reading the message or against the standard."""
    yield heading("findings")
    if not told.findings:
        yield line("  none")
    yield from aligned([line(Piece(each.code, DOUBT), each.where) for each in told.findings], 2)


def route_lines(told: Explanation, values: Values) -> Iterator[Line]:
    """Yield every route with every clause, and what its entries made."""
    if not told.routes:
        yield line(f"no route takes what comes in at {told.head.listener}")
    for route in told.routes:
        yield heading(f"route {route.name}", route.place)
        if not route.asked:
            yield line(Piece("  not asked: the message did not come so far", DIM))
        yield from _condition("accept", route.accept, route.answer, values)
        for entry in route.entries:
            yield from entry_lines(route, entry, values)
        yield EMPTY


def entry_lines(route: Route, entry: Entry, values: Values) -> Iterator[Line]:
    """Yield an entry's condition and the messages it asked for."""
    many = sum(1 for each in route.entries if each.destination == entry.destination) > 1
    name = f"{entry.destination} {entry.index + 1}" if many else entry.destination
    mapping = f"map {entry.mapping}" if entry.mapping else "the received bytes, unchanged"
    yield line(Piece(f"  to {name}", HEADING), f"  {mapping}", Piece(f"   {entry.place}", DIM))
    yield from _condition("when", entry.when, entry.answer, values, 4)
    for message in entry.messages:
        yield from message_lines(message, entry, values)


def _condition(
    word: str, condition: Condition | None, answer: Truth, values: Values, indent: int = 2
) -> Iterator[Line]:
    if condition is None:
        yield line(f"{' ' * indent}{word}  ", truth(answer), Piece("  (no condition)", DIM))
        return
    yield line(f"{' ' * indent}{word}  ", truth(answer))
    yield from aligned(list(tree_rows(condition.tree, values, 0)), indent + 2)


def tree_rows(tree: Tree, values: Values, depth: int) -> Iterator[Line]:
    """Yield a row for every comparison, in order, and for the words that join them."""
    if isinstance(tree, Comparison):
        yield _comparison(tree, values, depth)
        return
    if tree.word is Word.NOT:
        yield line(Piece("", DIM), Piece(f"{'  ' * depth}not", DIM))
        yield from tree_rows(tree.parts[0], values, depth + 1)
        return
    for number, part in enumerate(tree.parts):
        if number:
            yield line(Piece("", DIM), Piece(f"{'  ' * depth}{tree.word.value}", DIM))
        yield from tree_rows(part, values, depth + isinstance(part, Joined))


def _comparison(told: Comparison, values: Values, depth: int) -> Line:
    saw = [f"{seen.words} = {listed(values.found(seen))}" for seen in told.seen]
    for used in told.rows:
        code, answer = values.code(used)
        where = f"{used.file}:{used.line} {code} -> {answer}" if used.line else f"{used.table} has no row for {code}"
        saw.append(where)
    why = f"failed: {told.failure}" if told.failure else f"saw {'; '.join(saw)}" if saw else ""
    words = " ".join(told.words.split())
    return line(truth(told.answer), f"{'  ' * depth}{words}", why, Piece(str(told.place), DIM))


def message_lines(message: Message, entry: Entry, values: Values) -> Iterator[Line]:
    """Yield what became of one message, and step by step how."""
    style = _FATES[message.fate]
    match message.fate:
        case Fate.MADE:
            what = f"{len(message.payload):,} bytes, control id {message.control_id or '(none)'}"
        case Fate.SKIPPED:
            what = f"nothing is sent: {_reason(message, values)} at {message.place}"
        case Fate.FAILED:
            what = f"{message.reason} {_reason(message, values)} at {message.place}; on_failure: {entry.on_failure}"
    yield line("    ", Piece(message.fate.value, style), f"  {what}")
    yield from step_lines(message.steps, values)


def _reason(message: Message, values: Values) -> str:
    """Return why: a text that the rule itself wrote is no secret."""
    own = (each for each in message.steps if isinstance(each, StepRun) and each.step in {"fail", "skip"})
    last = next(own, None)
    if last is not None and message.reason in {"fail", "skipped"}:
        return values.before_and_after(last)[1]
    if message.reason == "no-occurrence":
        return message.detail
    return values.words(message.detail)


def output_lines(told: Explanation) -> Iterator[Line]:
    """Yield what is sent, parked or held."""
    yield heading("outputs")
    rows = [_output(each) for each in told.verdict.outputs]
    yield from aligned(rows, 2) if rows else [line("  none")]


def _output(each: Output) -> Line:
    what = f"{each.size:,} bytes, control id {each.control_id or '(none)'}" if each.size else ""
    why = f"{each.reason} at {each.position}" if each.reason else ""
    return line(str(each.ordinal), each.destination, Piece(each.state, _STATES.get(each.state, BAD)), what, why)


def fact_lines(told: Explanation, values: Values) -> Iterator[Line]:
    """Yield what the record index takes from the message."""
    yield heading("index facts")
    if told.facts is None:
        yield line("  none: only what is accepted changes the index")
        return
    if not told.facts.effects:
        yield line("  none")
    for effect in told.facts.effects:
        names = " ".join(dict.fromkeys(each[:3] for each in effect.segments))
        numbers = [("patient", [f"{each.value}^{each.authority}" for each in effect.subject])]
        numbers.append(("retired", [f"{each.value}^{each.authority}" for each in effect.retired]))
        numbers += [(name, [text] if text else []) for name, text in _numbers_of(effect)]
        told_numbers = [f"{name} {', '.join(values.text(each) for each in found)}" for name, found in numbers if found]
        yield line(f"  {effect.kind}  {'; '.join([*told_numbers, f'from {names}'])}")
    for code, number in told.facts.notes:
        yield line("  ", Piece(str(code), DOUBT), f"  segment {number + 1}")


def _numbers_of(effect: object) -> list[tuple[str, str]]:
    return [(name, str(getattr(effect, name))) for name in ("visit", "placer", "filler")]
