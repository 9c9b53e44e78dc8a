"""What a mapping did, step by step, as text for people."""

from collections.abc import Iterator, Sequence

from engine.expression.tracing import Asked, Clause, LoopTurn, RowUsed, Seen
from engine.mapping import StepRun
from engine.workbench.explain.lines import BAD, DIM, DOUBT, GOOD, Line, Piece, aligned, line
from engine.workbench.explain.values import Values, listed

_INDENT = 6
_WIDEST = (20, 34, 50)
"""Columns up to which words, targets and values are aligned."""


def step_lines(steps: Sequence[StepRun | Asked], values: Values) -> Iterator[Line]:
    """Yield a line for every step, condition, row of a table and turn of a loop, in order."""
    rows = [row for each in steps for row in _rows(each, values)]
    yield from aligned(rows, _INDENT, _WIDEST)


def _rows(each: StepRun | Asked, values: Values) -> Iterator[Line]:
    inner = "  " * len(each.turns)
    if isinstance(each, Asked):
        yield from _asked(each, inner, values)
        return
    place = Piece(str(each.place), DIM)
    match each.step:
        case "turn":
            yield line(Piece(inner[2:] + _turn(each.turns[-1]), DIM), "", "", place)
        case "begin":
            yield line(f"{inner}begin", "MSH", values.text(each.after), place)
        case "failed":
            read = "; ".join(_seen(seen, values) for seen in _inputs(each))
            yield line(Piece(f"{inner}failed", BAD), each.target, f"from {read}" if read else "", place)
            yield from (_row(used, inner, values) for used in _all_rows(each))
        case "use":
            yield line(f"{inner}use", each.target, "", place)
        case _:
            yield line(f"{inner}{each.step}", each.target, _effect(each, values), place)
            yield from (_row(used, inner, values) for used in _all_rows(each))


def _effect(step: StepRun, values: Values) -> str:
    before, after = values.before_and_after(step)
    words = {"copy": after, "delete": f"was {before}", "fail": after, "skip": after, "let": f"= {after}"}.get(step.step)
    if words is None:
        words = after if step.before in {"", step.after} else f"{before} -> {after}"
        words += " (as it was)" if step.before == step.after and step.step == "set" else ""
    read = "; ".join(_read(each, step, values) for each in _inputs(step))
    return f"{words}   from {read}" if read else words


def _inputs(step: StepRun) -> tuple[Seen, ...]:
    """Return what the formula read; what it asked in ``if`` saw its own."""
    asked = tuple(seen for clause in step.clauses for seen in clause.seen)
    return tuple(dict.fromkeys([*asked, *step.inputs]))


def _all_rows(step: StepRun) -> tuple[RowUsed, ...]:
    return (*(used for clause in step.clauses for used in clause.rows), *step.rows)


def _read(seen: Seen, step: StepRun, values: Values) -> str:
    """Return what was read; its value only where it is not the one that was written."""
    return seen.words if seen.found == step.after else _seen(seen, values)


def _seen(seen: Seen, values: Values) -> str:
    return f"{seen.words} = {listed(values.found(seen))}"


def _row(used: RowUsed, inner: str, values: Values) -> Line:
    code, answer = values.code(used)
    if not used.line:
        return line(f"{inner}  row", used.table, f"none has {code}", Piece(used.file, DOUBT))
    return line(f"{inner}  row", used.table, f"{code} -> {answer}", Piece(f"{used.file}:{used.line}", DIM))


def _turn(turn: LoopTurn) -> str:
    repetition = f", repetition {turn.repetition}" if turn.repetition else ""
    return f"turn {turn.number} of {turn.words} (segment {turn.segment}{repetition})"


def _asked(asked: Asked, inner: str, values: Values) -> Iterator[Line]:
    answer = Piece("failed", DOUBT) if asked.failure else Piece("true", GOOD) if asked.holds else Piece("false", BAD)
    told = [_clause(each, values) for each in asked.clauses] or [""]
    yield line(f"{inner}when", answer, told[0], Piece(str(asked.place), DIM))
    yield from (line(f"{inner}  ", "", each) for each in told[1:])
    yield from (_row(used, inner, values) for clause in asked.clauses for used in clause.rows)


def _clause(clause: Clause, values: Values) -> str:
    answer = clause.failure or str(clause.holds).lower()
    saw = "; ".join(_seen(seen, values) for seen in clause.seen)
    words = " ".join(clause.words.split())
    return f"{words} is {answer} ({saw})" if saw else f"{words} is {answer}"
