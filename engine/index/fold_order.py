"""An order and its results from their reports: status only moves as the standard allows (HL7.md 3.7). Pure."""

from functools import lru_cache

from engine.index.effects import Effect
from engine.index.events import stored_effect
from engine.index.records import Content, EventRecord, OrderRecord, ResultRecord
from engine.index.result_status import (
    Change,
    change_of,
    is_final,
    is_final_order,
    next_order_status,
    status_from_order,
)
from engine.index.states import ResultKey, States
from engine.index.wire import NULL, component, field, us_of

ABSENT = "withdrawn-by-absence"
"""The status of a result that a sender of whole reports no longer sends."""

_SINGLE = frozenset({"D", "X"})

Sent = tuple[str, Content]
"""A status and what comes with it."""


def fold_order(states: States, order: OrderRecord, effect: Effect) -> None:
    """Fold one report into its order: on top if it is the newest, else the order is folded again."""
    states.changed_orders[order.id] = order
    if effect.moment >= order.moment:
        _apply(states, order, effect)
    else:
        _refold(states, order)


def _refold(states: States, order: OrderRecord) -> None:
    events: list[EventRecord] = [*states.history.of_order(order.id)]
    events += [event for event in states.events if event.order_id == order.id]
    order.forget()
    states.results[order.id] = {}
    states.refolded_orders.add(order.id)
    for number in [number for number, each in states.changed_results.items() if each.order_id == order.id]:
        del states.changed_results[number]
    telling = states.telling
    for event in sorted(events, key=lambda event: event.position):
        states.telling = event.message_id
        _apply(states, order, stored_effect(event))
    states.telling = telling


def _apply(states: States, order: OrderRecord, effect: Effect) -> None:
    ordered: list[str] = []
    observed: dict[ResultKey, list[list[str]]] = {}
    for segment in effect.segments:
        name = segment[:3]
        if name == "OBX":
            fields = segment.split("|")
            if len(fields) > 3:
                fields += [""] * (15 - len(fields))
                observed.setdefault((_code_of(fields[3]), fields[4]), []).append(fields)
        elif name == "OBR":
            ordered = segment.split("|")
    if effect.visit:
        order.visit_key = effect.visit
    _describe(order, ordered, effect, states.telling)
    reported = component(field(ordered, 25), 1)
    results = states.results[order.id]
    for key, lines in observed.items():
        _observe(states, order, key, _sent(lines, reported, effect))
    if observed and effect.origin.results == "snapshot":
        for key in results.keys() - observed.keys():
            _withdraw(states, results, key, ABSENT)
    order.effective_at, order.recorded_at, order.sent_at = effect.moment


def _describe(order: OrderRecord, ordered: list[str], effect: Effect, message_id: int) -> None:
    said = component(field(ordered, 25), 1)
    status = next_order_status(order.status, said)
    if said and status != said and is_final_order(status):
        return  # what is older than final describes nothing any more
    order.status = status
    zone = effect.origin.zone
    service = field(ordered, 4)
    if component(service, 1) or component(service, 2):
        order.code, order.name, order.system = (component(service, number) for number in (1, 2, 3))
    collected = us_of(component(field(ordered, 7), 1), zone)
    if collected is not None:
        order.collected_at = collected
    reported = us_of(component(field(ordered, 22), 1), zone)
    order.reported_at = effect.effective_us if reported is None else reported
    order.obr = "|".join(ordered).rstrip("|")
    order.message_id = message_id


@lru_cache(maxsize=2048)
def _code_of(raw: str) -> str:
    """Return code and system of OBX-3, or of its alternate where only that is given."""
    parts = raw.partition("~")[0].split("^")
    if not parts[0] and len(parts) > 3:
        parts = parts[3:]
    return f"{parts[0]}^{parts[2] if len(parts) > 2 else ''}"


def _sent(lines: list[list[str]], reported: str, effect: Effect) -> Sent:
    """Return status and content of the OBX that share a key; HL7: they are replaced as a unit, as lines of one text.

    Only D and X are said of single lines: the others are the unit.
    """
    if len(lines) > 1:
        lines = [line for line in lines if component(line[11], 1) not in _SINGLE] or lines
    fields = lines[0]
    value = fields[5] if len(lines) == 1 else "~".join(field(line, 5) for line in lines)
    status = component(fields[11], 1) or status_from_order(reported)
    observed = us_of(component(fields[14], 1), effect.origin.zone)
    name = component(fields[3], 2) or component(fields[3], 1)
    return status, Content(fields[2], name, "" if value == NULL else value, fields[6], fields[7], fields[8], observed)


def _observe(states: States, order: OrderRecord, key: ResultKey, sent: Sent) -> None:
    status, content = sent
    results = states.results[order.id]
    old = results.get(key)
    if old is None:
        _begin(states, results, ResultRecord(order.id, *key, 1, 1, status, content, states.telling))
        return
    match change_of(old.status, status, same=old.content == content):
        case Change.NOTHING:
            return
        case Change.STATUS:
            old.status = status
            _changed(states, old)
        case Change.REPLACE:
            new = ResultRecord(order.id, *key, old.revision, 1, status, content, states.telling)
            _begin(states, results, new)
        case Change.REVISE:
            _supersede(states, results, old, status, content)
        case Change.WITHDRAW:
            _withdraw(states, results, key, status)


def _withdraw(states: States, results: dict[ResultKey, ResultRecord], key: ResultKey, status: str) -> None:
    """Set a status that takes the result back; a final one stays as it was, as an earlier revision."""
    old = results[key]
    if is_final(old.status):
        _supersede(states, results, old, status, old.content)
    elif old.status != status:
        old.status = status
        _changed(states, old)


def _supersede(
    states: States, results: dict[ResultKey, ResultRecord], old: ResultRecord, status: str, content: Content
) -> None:
    old.current = 0
    _changed(states, old)
    key = (old.order_id, old.code, old.sub_id, old.revision + 1)
    _begin(states, results, ResultRecord(*key, 1, status, content, states.telling))


def _begin(states: States, results: dict[ResultKey, ResultRecord], record: ResultRecord) -> None:
    results[record.code, record.sub_id] = record
    _changed(states, record)


def _changed(states: States, record: ResultRecord) -> None:
    states.changed_results[id(record)] = record
