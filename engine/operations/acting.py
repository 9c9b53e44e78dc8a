"""Retry and skip: what may be done to a delivery in which state, done once, audited in the same transaction."""

import asyncio
from typing import assert_never

import structlog
from sqlalchemy import Connection, RowMapping

from engine.delivery import DeliveryId
from engine.errors import NotPossible
from engine.journal.changes import Change, change_state
from engine.journal.deliveries import attempts_of
from engine.observe.audit import Deed, record
from engine.operations.places import name_of
from engine.operations.running import Running, changed_meanwhile
from engine.operations.wishes import Report, Wish
from engine.states import DeliveryState

log = structlog.get_logger()

SKIPPED_BY_HAND = "skipped-by-hand"
_WITHOUT_A_WORD = frozenset({"answer-timeout", "closed", "garbage", "extra-bytes", "too-big", "ack-mismatch"})
"""Reasons of attempts whose bytes had left, so that nobody knows what the destination made of them."""


async def retry(running: Running, wish: Wish) -> Report:
    """Send a held delivery, or one whose next attempt is far off, at once."""
    head = await running.head(wish.place)
    dispatcher = running.dispatcher_of(head)
    async with running.undisturbed(head):
        head = await running.head(wish.place)
        state = _may_be_retried(head)
        await _change(running, wish, Change(state, DeliveryState.PENDING), head)
        dispatcher.retry(DeliveryId(*wish.place))
    _log("delivery.retried", wish, head)
    return Report(wish.name, is_done=True, text=f"was {_told(head)}; it is sent to {head['destination']} now")


async def skip(running: Running, wish: Wish) -> Report:
    """Decide that a delivery is not sent; those behind it go on."""
    if not wish.reason:
        raise NotPossible("no-reason", "say why it is not sent: --reason 'billed by hand, ticket 4711'")
    head = await running.head(wish.place)
    async with running.undisturbed(head):
        head = await running.head(wish.place)
        state = _may_be_skipped(head)
        await _change(running, wish, Change(state, DeliveryState.SKIPPED, SKIPPED_BY_HAND), head)
        dispatcher = running.dispatchers.get(head["destination"])
        if dispatcher is not None:
            dispatcher.remove(DeliveryId(*wish.place))
    _log("delivery.skipped", wish, head)
    follows = "" if state is DeliveryState.PARKED else ", and what waited behind it goes on"
    text = f"was {_told(head)}; it is not sent to {head['destination']}{follows}"
    return Report(wish.name, is_done=True, text=text, warnings=await asyncio.to_thread(_in_doubt, running, head))


def _may_be_retried(head: RowMapping) -> DeliveryState:
    state, name = DeliveryState(head["state"]), name_of((head["message_id"], head["ordinal"]))
    match state:
        case DeliveryState.HELD if head["payload_hash"]:
            return state
        case DeliveryState.PENDING if head["next_at"]:
            return state
        case DeliveryState.PENDING:
            raise NotPossible("waits-its-turn", f"{name} is pending and waits for its turn: there is nothing to retry")
        case DeliveryState.HELD | DeliveryState.PARKED:
            text = f"{name} is {state.name.lower()} without bytes to send: mend the rules, then release it"
            raise NotPossible("no-bytes", text)
        case DeliveryState.DELIVERED | DeliveryState.SKIPPED:
            raise NotPossible("already-settled", f"{name} is {state.name.lower()} already")
        case _:
            assert_never(state)


def _may_be_skipped(head: RowMapping) -> DeliveryState:
    state, name = DeliveryState(head["state"]), name_of((head["message_id"], head["ordinal"]))
    if state in {DeliveryState.DELIVERED, DeliveryState.SKIPPED}:
        raise NotPossible("already-settled", f"{name} is {state.name.lower()} already")
    return state


async def _change(running: Running, wish: Wish, change: Change, head: RowMapping) -> None:
    action = "delivery-skipped" if change.wanted is DeliveryState.SKIPPED else "delivery-retried"
    detail = f"was {_told(head)}" + (f"; {wish.reason}" if wish.reason else "")

    def work(connection: Connection) -> None:
        if not change_state(connection, wish.place, change):
            raise changed_meanwhile(wish.place)
        record(connection, Deed(wish.actor, action, *wish.place, detail))

    await running.writer.run(work)


def _told(head: RowMapping) -> str:
    reason = f" ({head['reason']})" if head["reason"] else ""
    return DeliveryState(head["state"]).name.lower() + reason


def _in_doubt(running: Running, head: RowMapping) -> tuple[str, ...]:
    """Say so where the destination may have what is now not sent: an attempt ended without its word, or was cut off."""
    with running.readers.reading() as connection:
        reasons = {each["reason"] for each in attempts_of(connection, (head["message_id"], head["ordinal"]))}
    in_doubt = sorted(reasons & _WITHOUT_A_WORD)
    if not in_doubt and not head["possible_duplicate"]:
        return ()
    why = in_doubt[0] if in_doubt else "an attempt without an answer"
    return (f"{head['destination']} may have it all the same ({why})",)


def _log(event: str, wish: Wish, head: RowMapping) -> None:
    place = {"message_id": wish.place[0], "ordinal": wish.place[1], "destination": head["destination"]}
    log.info(event, **place, actor=wish.actor)
