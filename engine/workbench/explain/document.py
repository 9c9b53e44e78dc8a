"""An explanation for programs: one JSON object, values masked as in the text."""

from collections.abc import Mapping, Sequence

from engine.expression.tracing import Asked, Clause, RowUsed, Seen
from engine.mapping import StepRun
from engine.workbench.explain.negative import Answer, WhyNot, is_private
from engine.workbench.explain.told import (
    Comparison,
    Condition,
    Entry,
    Explanation,
    Message,
    Route,
    Tree,
)
from engine.workbench.explain.values import SHOWN, Values

Document = Mapping[str, object]


def document(told: Explanation, values: Values) -> Document:
    """Return the whole explanation."""
    head, verdict = told.head, told.verdict
    return {
        "listener": head.listener,
        "type": head.message_type,
        "version": head.version,
        "control_id": head.control_id,
        "bytes": head.size,
        "segments": head.segments,
        "encoding": head.codec,
        "delimiters": head.encoding_characters,
        "rules": head.rules,
        "state": verdict.state,
        "reason": verdict.reason,
        "detail": values.words(verdict.detail),
        "answer": {"code": verdict.ack_code, "errors": list(verdict.errors)},
        "findings": [{"code": each.code, "where": each.where} for each in told.findings],
        "routes": [_route(each, values) for each in told.routes],
        "outputs": [
            {
                "ordinal": each.ordinal,
                "destination": each.destination,
                "route": each.route,
                "state": each.state,
                "bytes": each.size,
                "control_id": each.control_id,
                "reason": each.reason,
                "position": each.position,
                "detail": values.words(each.detail),
            }
            for each in verdict.outputs
        ],
        "facts": _facts(told, values),
    }


def _route(route: Route, values: Values) -> Document:
    return {
        "route": route.name,
        "place": str(route.place),
        "accepts": route.answer.value,
        "accept": _condition(route.accept, values),
        "entries": [_entry(each, values) for each in route.entries],
    }


def _entry(entry: Entry, values: Values) -> Document:
    return {
        "destination": entry.destination,
        "entry": entry.index + 1,
        "place": str(entry.place),
        "asks": entry.answer.value,
        "when": _condition(entry.when, values),
        "map": entry.mapping,
        "on_failure": entry.on_failure,
        "messages": [_message(each, values) for each in entry.messages],
    }


def _condition(condition: Condition | None, values: Values) -> Document | None:
    if condition is None:
        return None
    return {
        "words": condition.words,
        "place": str(condition.place),
        "answer": condition.answer.value,
        "clauses": tree(condition.tree, values),
    }


def tree(part: Tree, values: Values) -> Document:
    """Return a comparison, or the word that joins several."""
    if isinstance(part, Comparison):
        return _comparison(part, values)
    return {part.word.value: [tree(each, values) for each in part.parts]}


def _comparison(each: Comparison, values: Values) -> Document:
    return {
        "words": each.words,
        "place": str(each.place),
        "answer": each.answer.value,
        "saw": _saw(each.seen, values),
        "rows": [_row(used, values) for used in each.rows],
        "failure": each.failure,
    }


def _saw(seen: Sequence[Seen], values: Values) -> list[Document]:
    return [{"words": each.words, "value": values.found(each)} for each in seen]


def _row(used: RowUsed, values: Values) -> Document:
    code, answer = values.code(used)
    return {"table": used.table, "file": used.file, "line": used.line or None, "code": code, "gives": answer}


def _message(message: Message, values: Values) -> Document:
    return {
        "fate": message.fate.value,
        "bytes": len(message.payload),
        "control_id": message.control_id,
        "reason": message.reason,
        "detail": values.words(message.detail),
        "place": None if message.place is None else str(message.place),
        "steps": [_step(each, values) for each in message.steps],
    }


def _step(each: StepRun | Asked, values: Values) -> Document:
    turns = [
        {"of": turn.words, "number": turn.number, "segment": turn.segment, "repetition": turn.repetition or None}
        for turn in each.turns
    ]
    if isinstance(each, Asked):
        answer = each.failure or each.holds
        clauses = [_clause(clause, values) for clause in each.clauses]
        return {"step": "when", "place": str(each.place), "answer": answer, "clauses": clauses, "turns": turns}
    before, after = values.before_and_after(each)
    return {
        "step": each.step,
        "place": str(each.place),
        "target": each.target,
        "before": before,
        "after": after,
        "saw": _saw(each.inputs, values),
        "clauses": [_clause(clause, values) for clause in each.clauses],
        "rows": [_row(used, values) for used in each.rows],
        "turns": turns,
        "used_at": [str(place) for place in each.used_at],
    }


def _clause(clause: Clause, values: Values) -> Document:
    return {
        "words": clause.words,
        "place": str(clause.place),
        "answer": clause.failure or clause.holds,
        "saw": _saw(clause.seen, values),
        "rows": [_row(used, values) for used in clause.rows],
    }


def _facts(told: Explanation, values: Values) -> list[Document]:
    effects = () if told.facts is None else told.facts.effects
    return [
        {
            "event": each.kind,
            "patient": [values.text(f"{number.value}^{number.authority}") for number in each.subject],
            "retired": [values.text(f"{number.value}^{number.authority}") for number in each.retired],
            "visit": values.text(each.visit),
            "placer": values.text(each.placer),
            "filler": values.text(each.filler),
            "segments": [values.text(text) if values.are_shown else text[:3] for text in each.segments],
        }
        for each in effects
    ]


def why_document(why: WhyNot, values: Values) -> Document:
    """Return why a message does not go to a destination."""
    return {
        "destination": why.destination,
        "entries": [_answer(each, values) for each in why.answers],
        "elsewhere": [{"route": name, "listeners": list(listeners)} for name, listeners in why.elsewhere],
    }


def _answer(answer: Answer, values: Values) -> Document:
    remedy = answer.remedy
    changes = () if remedy is None else remedy.changes
    return {
        "route": answer.route.name,
        "entry": answer.entry.index + 1,
        "place": str(answer.entry.place),
        "stance": answer.stance.name.lower().replace("_", "-"),
        "decided_by": [_comparison(each, values) for each in answer.deciding],
        "would_ask_if": [
            {
                "words": each.words,
                "place": None if each.place is None else str(each.place),
                "answer": each.answer,
                "path": each.path,
                "value": (values if is_private(each) else SHOWN).text(each.value),
            }
            for each in changes
        ],
        "smallest": None if remedy is None else remedy.smallest,
        "then": [] if remedy is None else [{"fate": fate.value, "reason": reason} for fate, reason in remedy.fates],
        "no_change_found": answer.no_remedy,
    }
