"""A person's decision carried out in the store: an event of the history, numbered behind the last message's."""

from typing import NamedTuple

from sqlalchemy import Connection, func, or_, select

from engine.errors import NotPossible
from engine.index import tables
from engine.index.decisions import Action, Choice, effect_of
from engine.index.effects import Facts
from engine.index.fold import fold
from engine.index.identity_records import MergeRow, MergeState, OverlayRow, OverlayState
from engine.index.states import States
from engine.index.store import Index


class Moved(NamedTuple):
    """What a decision changes, or would change: numbers of rows, no values."""

    merge: MergeRow | None
    patients: tuple[int, ...]
    visits: tuple[int, ...]
    orders: tuple[int, ...]
    events: int
    """Events that belong to another visit or patient then."""


def carry_out(connection: Connection, choice: Choice, message_id: int, at_us: int) -> Moved:
    """Do what a person has decided; NotPossible, and the caller's transaction to roll back, where it cannot be done."""
    facts, first = _event(connection, choice, message_id, at_us)
    index = Index()
    working = index.load(connection, [facts])
    fold(working.states, message_id, facts, first)
    moved = _moved(working.states, choice)
    _insist(choice, moved)
    index.write(connection, working)
    return moved


def foresee(connection: Connection, choice: Choice, message_id: int, at_us: int) -> Moved:
    """Return what a decision would change; nothing is written."""
    facts, first = _event(connection, choice, message_id, at_us)
    states = Index().load(connection, [facts]).states
    fold(states, message_id, facts, first)
    return _moved(states, choice)


def _event(connection: Connection, choice: Choice, message_id: int, at_us: int) -> tuple[Facts, int]:
    """Return the decision as facts, and the number that it gets behind what the message said."""
    concerned = _concerned(connection, choice)
    effect = effect_of(choice, concerned, at_us)
    facts = Facts(effect.kind, at_us, (effect.retired,), effect.retired, (effect,), ())
    own = select(func.coalesce(func.max(tables.EVENT.c.ordinal), 0)).where(tables.EVENT.c.message_id == message_id)
    return facts, int(connection.execute(own).scalar_one()) + 1


def _concerned(connection: Connection, choice: Choice) -> list[str]:
    """Return the founding numbers of those whom the merge or overlay names, so that the event finds them again."""
    message_id, ordinal, number = choice.key
    if choice.action in (Action.ACCEPT, Action.REJECT):
        held = tables.OVERLAY.c
        query = select(tables.OVERLAY).where(held.message_id == message_id, held.ordinal == ordinal)
        found = connection.execute(query).one_or_none()
        if found is None or found.state != OverlayState.HELD:
            raise NotPossible("no-such-overlay", f"no update {message_id}.{ordinal} is held back: see `overlays list`")
        ids = [found.patient_id]
    else:
        merge = tables.MERGE.c
        same = (merge.message_id == message_id, merge.ordinal == ordinal, merge.number == number)
        found = connection.execute(select(tables.MERGE).where(*same)).one_or_none()
        if found is None:
            raise NotPossible("no-such-merge", "there is no such merge: see `merges list`")
        _may(choice, MergeRow(*found))
        ids = [found.source_id, found.target_id]
    patient = tables.PATIENT.c
    query = select(patient.lane_key).where(or_(*(patient.id == each for each in ids))).order_by(patient.id)
    return list(connection.execute(query).scalars())


def _may(choice: Choice, row: MergeRow) -> None:
    state = MergeState(row.state)
    if row.kind == "external-change":
        raise NotPossible("not-undone", "another number of the same person: there is nothing to apply or to undo")
    wanted = {Action.APPLY: (MergeState.KEPT_ASIDE, MergeState.UNDONE), Action.UNDO: (MergeState.APPLIED,)}
    if state not in wanted[choice.action]:
        raise NotPossible("wrong-state", f"it is {state.name.lower().replace('_', ' ')} already")


def _insist(choice: Choice, moved: Moved) -> None:
    if choice.action is Action.APPLY and moved.merge is not None and moved.merge.state == MergeState.KEPT_ASIDE:
        text = f"it cannot be applied as things are: {moved.merge.reason}; undo what stands against it first"
        raise NotPossible("kept-aside", text)


def _moved(states: States, choice: Choice) -> Moved:
    orders = (record.id for record in states.changed_orders.values())
    return Moved(
        states.merges.get(choice.key),
        tuple(sorted(states.changed_patients)),
        tuple(sorted(states.changed_encounters)),
        tuple(sorted(orders)),
        len(states.ties),
    )


def merges_in(connection: Connection, state: MergeState | None, limit: int) -> list[MergeRow]:
    """Return merges, moves and links, the newest first."""
    merge = tables.MERGE.c
    query = select(tables.MERGE).order_by(merge.message_id.desc(), merge.ordinal.desc(), merge.number).limit(limit)
    if state is not None:
        query = query.where(merge.state == int(state))
    return [MergeRow(*row) for row in connection.execute(query)]


def overlays_in(connection: Connection, state: OverlayState | None, limit: int) -> list[OverlayRow]:
    """Return updates that were held back, the newest first."""
    held = tables.OVERLAY.c
    query = select(tables.OVERLAY).order_by(held.message_id.desc(), held.ordinal).limit(limit)
    if state is not None:
        query = query.where(held.state == int(state))
    return [OverlayRow(*row) for row in connection.execute(query)]
