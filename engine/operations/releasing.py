"""Release: a parked or held delivery is decided again with today's rules and sent, or its new reason is kept."""

import asyncio

import structlog
from sqlalchemy import Connection

from engine.decision import Output
from engine.delivery import DeliveryId, Waiting
from engine.errors import Hl7Error, NotPossible
from engine.hl7.message import Message
from engine.journal.changes import Change, Remade, Unmade, add, change_state, explain
from engine.journal.changes import release as replace_bytes
from engine.journal.unknown_codes import Sender, kept, wait_for
from engine.journal.versions import version_id
from engine.observe.audit import Deed, record
from engine.operations.cases import keys_of, read_case, warnings_about
from engine.operations.knowing import by_connection, by_readers
from engine.operations.knowing import record as record_charges
from engine.operations.places import name_of
from engine.operations.remaking import UNDECIDED, Case, redecide, remake
from engine.operations.running import Running, changed_meanwhile
from engine.operations.wishes import Report, Values, Wish
from engine.routing import Rules
from engine.routing.outputs import Draft
from engine.states import DeliveryState

log = structlog.get_logger()

DECIDED_AGAIN = "decided-again"


async def release(running: Running, wish: Wish) -> Report:
    """Decide the message again; what comes of it depends on today's rules."""
    head = await running.head(wish.place)
    case = await asyncio.to_thread(read_case, running.readers, wish.place)
    state = _may_be_released(case)
    if case.wanted.destination == UNDECIDED:
        return await _release_route(running, wish, case)
    rules = running.rules()
    draft = await asyncio.to_thread(remake, case, rules, by_readers(running.readers))
    if not draft.payload:
        return await _keep_reason(running, wish, case, draft)
    dispatcher = running.dispatcher_of(head)
    warnings = await warnings_about(running, head)
    async with running.undisturbed(head):
        await _replace(running, wish, case, draft, rules)
        dispatcher.release(Waiting(DeliveryId(*wish.place), keys_of(head), payload=draft.payload))
    log.info("delivery.released", **_place(wish), destination=draft.destination, actor=wish.actor)
    text = f"was {state.name.lower()}; made with today's rules and queued for {draft.destination}"
    return Report(wish.name, is_done=True, text=text, warnings=warnings)


def _may_be_released(case: Case) -> DeliveryState:
    wanted = case.wanted
    if wanted.state in {DeliveryState.PARKED, DeliveryState.HELD}:
        return wanted.state
    if wanted.state is DeliveryState.PENDING:
        text = f"{case.name} is pending: it is sent when its turn comes, and what is pending is not made again"
        raise NotPossible("pending", text)
    raise NotPossible("already-settled", f"{case.name} is {wanted.state.name.lower()} already")


async def _replace(running: Running, wish: Wish, case: Case, draft: Draft, rules: Rules) -> None:
    change = Change(case.wanted.state, DeliveryState.PENDING)

    def work(connection: Connection) -> None:
        if draft.charges and not case.wanted.has_bytes:
            _unless_changed(draft, remake(case, rules, by_connection(connection)), wish)
            record_charges(connection, wish.place[0], draft.charges)
        remade = Remade(draft.payload, draft.control_id, version_id(connection, rules))
        if not replace_bytes(connection, wish.place, change, remade):
            raise changed_meanwhile(wish.place)
        wait_for(connection, wish.place, Sender(""), None)
        record(connection, _deed(wish, "delivery-released", case, rules.version[:12]))

    await running.writer.run(work)


def _unless_changed(then: object, now: object, wish: Wish) -> None:
    """Refuse what would be made otherwise by now: something has been charged since it was looked at."""
    if then != now:
        raise changed_meanwhile(wish.place)


async def _keep_reason(running: Running, wish: Wish, case: Case, draft: Draft) -> Report:
    """Leave the delivery where it is, with what stands in its way today; bytes that were refused are kept."""
    wanted, is_open, sender = case.wanted, wish.values is Values.OPEN, _sender(case, running.rules())

    def work(connection: Connection) -> None:
        unmade = Unmade(draft.reason, draft.detail, draft.position)
        if not wanted.has_bytes:
            if not explain(connection, wish.place, wanted.state, unmade):
                raise changed_meanwhile(wish.place)
            wait_for(connection, wish.place, sender, draft.miss)
        record(connection, _deed(wish, "release-failed", case, draft.reason))
        if is_open:
            record(connection, Deed(wish.actor, "delivery-opened", *wish.place, "why it could not be made"))

    await running.writer.run(work)
    log.warning("release.failed", **_place(wish), destination=wanted.destination, reason=draft.reason, actor=wish.actor)
    text = (
        f"today's rules cannot make it either: {draft.reason} at {draft.position}; it stays {wanted.state.name.lower()}"
    )
    return Report(wish.name, is_done=False, text=text, code=draft.reason, detail=draft.detail if is_open else "")


async def _release_route(running: Running, wish: Wish, case: Case) -> Report:
    """Give the message the deliveries that one of its routes could not decide on at first."""
    rules = running.rules()
    drafts = await asyncio.to_thread(redecide, case, rules, by_readers(running.readers))
    if drafts[0].destination == UNDECIDED:
        return await _keep_reason(running, wish, case, drafts[0])
    head = await running.head(wish.place)
    outputs = _outputs(case, drafts, keys_of(head))
    change, sender = Change(case.wanted.state, DeliveryState.SKIPPED, DECIDED_AGAIN), _sender(case, rules)

    def work(connection: Connection) -> None:
        if not change_state(connection, wish.place, change):
            raise changed_meanwhile(wish.place)
        charges = [charge for draft in drafts for charge in draft.charges]
        if charges:
            _unless_changed(drafts, redecide(case, rules, by_connection(connection)), wish)
            record_charges(connection, case.message_id, charges)
        add(connection, case.message_id, outputs, version_id(connection, rules))
        for output in outputs:
            if output.miss is not None:
                wait_for(connection, (case.message_id, output.ordinal), sender, output.miss)
        record(connection, _deed(wish, "delivery-released", case, f"{rules.version[:12]}, {len(outputs)} outputs"))

    await running.writer.run(work)
    _queue(running, case.message_id, outputs)
    log.info("delivery.released", **_place(wish), destination=UNDECIDED, outputs=len(outputs), actor=wish.actor)
    told = ", ".join(_told(case.message_id, output) for output in outputs)
    return Report(wish.name, is_done=True, text=f"decided with today's rules: {told}")


def _queue(running: Running, message_id: int, outputs: tuple[Output, ...]) -> None:
    for output in outputs:
        dispatcher = running.dispatchers.get(output.destination)
        if dispatcher is not None and output.state is not DeliveryState.PARKED:
            place = DeliveryId(message_id, output.ordinal)
            dispatcher.release(Waiting(place, output.lane_keys, output.state, output.payload))


def _outputs(case: Case, drafts: tuple[Draft, ...], keys: tuple[str, ...]) -> tuple[Output, ...]:
    """Return *drafts* as deliveries behind all that the message has; their lanes are its patients', as kept."""
    first = max(each.ordinal for each in case.deliveries) + 1
    return tuple(
        Output(
            number,
            draft.destination,
            draft.route,
            draft.state,
            draft.payload,
            draft.control_id,
            keys if draft.lane is None else (draft.lane,),
            draft.reason,
            draft.detail,
            draft.position,
            draft.miss,
        )
        for number, draft in enumerate(drafts, first)
    )


def _sender(case: Case, rules: Rules) -> Sender:
    listener = case.receipt.listener
    try:
        message = Message.parse(case.receipt.payload, rules.listeners[listener].reading)
    except Hl7Error:
        return Sender(listener)  # what cannot be read has no outputs that wait for a code
    return Sender(listener, kept(message.value("MSH", 3)), kept(message.value("MSH", 4)))


def _told(message_id: int, output: Output) -> str:
    reason = f" ({output.reason} at {output.position})" if output.reason else ""
    return f"{name_of((message_id, output.ordinal))} for {output.destination} {output.state.name.lower()}{reason}"


def _deed(wish: Wish, action: str, case: Case, what: str) -> Deed:
    was = f"was {case.wanted.state.name.lower()} ({case.wanted.reason})"
    words = f"; {wish.reason}" if wish.reason else ""
    return Deed(wish.actor, action, *wish.place, f"{was}; {what}{words}")


def _place(wish: Wish) -> dict[str, int]:
    return {"message_id": wish.place[0], "ordinal": wish.place[1]}
