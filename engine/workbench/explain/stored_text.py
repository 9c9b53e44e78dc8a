"""What the store tells of an explained message: what became of its outputs, and whether it is decided so again."""

import re
from collections.abc import Iterator, Mapping

from engine.clock import at_us
from engine.workbench.explain.differences import differences
from engine.workbench.explain.lines import BAD, DIM, DOUBT, GOOD, PLAIN, Line, Piece, aligned, heading, line
from engine.workbench.explain.stored import Attempt, Delivery, Stored
from engine.workbench.explain.told import Explanation
from engine.workbench.explain.values import Values

_CODE = re.compile(r"\A(?:A[AER]|C[AER]|MSA\|[AC][AER]|HTTP [0-9]{3})\b")
_STATES = {"delivered": GOOD, "pending": PLAIN, "parked": BAD, "held": BAD, "skipped": DOUBT}


def stored_lines(kept: Stored, told: Explanation, destination: str, values: Values) -> Iterator[Line]:
    """Yield how the message is kept, and its deliveries; of one destination where it is named."""
    yield heading(f"in the store: message {kept.message_id}")
    rows = [
        line("received", f"{_time(kept.receipt.received_ns // 1_000)} from {kept.receipt.peer}"),
        line("decided as", f"{kept.state} {kept.reason}".strip()),
        line("answered", kept.ack_code),
        line("by rules", kept.rules),
    ]
    if kept.resends:
        rows.append(line("resends", str(kept.resends)))
    if kept.repeats:
        rows.append(line("repeats", f"message {kept.repeats}"))
    yield from aligned(rows, 2)
    if told.head.rules == kept.rules:
        yield line("  ", *_again(kept, told))
    yield heading("deliveries")
    wanted = [each for each in kept.deliveries if not destination or each.destination == destination]
    if not wanted:
        yield line("  none")
    for each in wanted:
        yield from _delivery(kept, each, values)


def _again(kept: Stored, told: Explanation) -> Iterator[Piece | str]:
    same = (kept.state, kept.reason) == (told.verdict.state, told.verdict.reason)
    made = {each.payload for route in told.routes for entry in route.entries for each in entry.messages}
    own = [each for each in kept.deliveries if each.payload is not None and each.state != "parked"]
    same = same and all(each.payload in made for each in own)
    if same:
        yield Piece("decided again with the rules of its time: the same, byte for byte", GOOD)
    else:
        yield Piece("decided again with the rules of its time it comes out otherwise", BAD)
        yield ": a person corrected or released an output, or the engine has changed"


def _delivery(kept: Stored, each: Delivery, values: Values) -> Iterator[Line]:
    tries = f"{each.tries} tries" if each.tries != 1 else "1 try"
    why = f"{each.reason} at {each.position}" if each.reason and each.position else each.reason
    yield line(
        f"  {kept.message_id}/{each.ordinal}  {each.destination}  ",
        Piece(each.state, _STATES.get(each.state, PLAIN)),
        f"  {_time(each.changed_us)}, {tries}, control id {each.control_id or '(none)'}",
        f"  {why}" if why else "",
    )
    if each.detail:
        yield line(f"    detail  {values.words(each.detail)}")
    if each.answer:
        yield line(f"    answer  {answer_of(each, values)}")
    if each.next_us:
        yield line(f"    next    {_time(each.next_us)}")
    yield from aligned([_attempt(attempt, values) for attempt in each.attempts], 4)


def answer_of(delivery: Delivery, values: Values) -> str:
    """Return what the destination answered; of a masked one only its code."""
    if values.are_shown:
        return delivery.answer
    found = _CODE.search(delivery.answer)
    if found is None:
        return values.words(delivery.answer)
    return found[0] if found[0] == delivery.answer else f"{found[0]} {values.words('...')}"


def _attempt(attempt: Attempt, values: Values) -> Line:
    return line(f"try {attempt.number}", _time(attempt.at_us), Piece(attempt.reason, BAD), values.words(attempt.detail))


def _time(moment_us: int) -> str:
    return f"{at_us(moment_us):%Y-%m-%d %H:%M:%S} UTC"


def difference_lines(then: Explanation, now: Explanation, values: Values) -> Iterator[Line]:
    """Yield what today's rules make otherwise than those of its time."""
    found = differences(then, now)
    yield heading("rules of its time -> today's")
    if not found:
        yield line("  ", Piece("no difference for this message", GOOD))
    rows = []
    for each in found:
        texts = [values.text(text) if each.has_values else text for text in (each.then, each.now)]
        rows.append(line(each.what, Piece(texts[0], DIM), f"-> {texts[1]}"))
    yield from aligned(rows, 2)


def stored_document(kept: Stored, values: Values) -> Mapping[str, object]:
    """Return the same for programs."""
    return {
        "message": kept.message_id,
        "received_us": kept.receipt.received_ns // 1_000,
        "peer": kept.receipt.peer,
        "state": kept.state,
        "reason": kept.reason,
        "answer": kept.ack_code,
        "rules": kept.rules,
        "deliveries": [
            {
                "delivery": f"{kept.message_id}/{each.ordinal}",
                "destination": each.destination,
                "state": each.state,
                "changed_us": each.changed_us,
                "tries": each.tries,
                "control_id": each.control_id,
                "reason": each.reason,
                "position": each.position,
                "detail": values.words(each.detail),
                "answer": answer_of(each, values) if each.answer else "",
                "attempts": [
                    {"at_us": attempt.at_us, "reason": attempt.reason, "detail": values.words(attempt.detail)}
                    for attempt in each.attempts
                ],
            }
            for each in kept.deliveries
        ],
    }
