"""Moves and changes of identifiers, accounts and visits: whose a visit is and which number it goes by now (HL7.md 3.5).

Pure. All that is tied together by moves is folded again from what was asked for, in effective order: a visit keeps the
patient that it was sent for, and points to the one that it was moved to.
"""

from dataclasses import dataclass, field

from engine.index.asked_joins import (
    ACCOUNT_CHANGE,
    ACCOUNT_MERGE,
    ACCOUNT_MOVE,
    MOVE,
    MOVE_KINDS,
    VISIT_MERGE,
    VISIT_MOVE,
    account_in,
    identifiers_in,
)
from engine.index.events import stored_effect
from engine.index.fold_merge import decided_as
from engine.index.fold_patient import refold_demographics
from engine.index.identity import founding_key
from engine.index.identity_records import Decided, MergeRow, MergeState
from engine.index.move_visits import sent_number, settle_numbers
from engine.index.records import EncounterRecord, Rank
from engine.index.states import States

_ACCOUNTS = frozenset({ACCOUNT_MERGE, ACCOUNT_CHANGE})


@dataclass(slots=True)
class Moving:
    """What the moves among some patients come to, as far as they have been folded."""

    states: States
    visits: list[EncounterRecord]
    holders: dict[int, int] = field(default_factory=dict)
    """Visit -> the patient that it was moved to."""
    owners: dict[str, int] = field(default_factory=dict)
    """Identifier -> the patient that it was moved to."""
    numbers: dict[int, int] = field(default_factory=dict)
    """Visit -> the visit that it goes on as."""
    accounts: dict[tuple[int, str], str] = field(default_factory=dict)
    """(patient, account) -> the account that it goes on as."""

    def holder(self, visit: EncounterRecord) -> int:
        """Return the patient through whom a visit is read now."""
        return self.states.survivor(self.holders.get(visit.id, visit.patient_id))

    def current(self, visit: EncounterRecord) -> int:
        """Return the visit that it goes on as."""
        found = visit.id
        while found in self.numbers:
            found = self.numbers[found]
        return found

    def visit_numbered(self, key: str, patient_id: int) -> EncounterRecord | None:
        """Return the patient's visit of that number, wherever it goes on."""
        owner = self.states.survivor(patient_id)
        found = [visit for visit in self.visits if visit.number_key == key]
        held = [visit for visit in found if self.holder(visit) == owner]
        sent = [visit for visit in found if self.states.survivor(visit.patient_id) == owner]
        return next(iter(held or sent), None)

    def account(self, patient_id: int, key: str) -> str:
        """Return what an account of a patient is called now."""
        seen: set[str] = set()
        owner = self.states.survivor(patient_id)
        while key not in seen and (owner, key) in self.accounts:
            seen.add(key)
            key = self.accounts[owner, key]
        return key


def settle_moves(states: States, patient_ids: list[int]) -> None:
    """Fold the moves that these patients are tied together by again."""
    around, members = states.merges_around(patient_ids)
    rows = [row for row in around if row.kind in MOVE_KINDS]
    if not rows:
        return
    for member in members:
        states.patient(member)
    moving = Moving(states, states.visits_of(members))
    moving.visits = states.visits_of(members)
    for row in rows:
        state, reason = (MergeState.UNDONE, "") if row.decided == Decided.UNDO else _applied(moving, row)
        decided_as(states, row, state, reason)
    _settle_identifiers(moving, rows)
    _settle_holders(moving, members)
    settle_numbers(states, moving.visits, moving.numbers)


def _applied(moving: Moving, row: MergeRow) -> tuple[MergeState, str]:
    if row.reason in _UNNAMED:
        return MergeState.KEPT_ASIDE, row.reason
    if row.kind == MOVE:
        reason = _move_identifier(moving, row)
    elif row.kind in _ACCOUNTS:
        reason = _rename_account(moving, row)
    elif row.kind == ACCOUNT_MOVE:
        reason = _move_account(moving, row)
    elif row.kind == VISIT_MOVE:
        reason = _move_visit(moving, row)
    else:
        reason = _rename_visit(moving, row)
    if reason == "same":
        return MergeState.NO_EFFECT, ""
    return (MergeState.KEPT_ASIDE, reason) if reason else (MergeState.APPLIED, "")


_UNNAMED = frozenset({"target-unnamed", "number-missing"})
"""Reasons that no later message changes: what is asked for is not said."""


def _move_identifier(moving: Moving, row: MergeRow) -> str:
    states = moving.states
    owner = moving.owners.get(row.source_key, int(row.target_key))
    if states.survivor(owner) == states.survivor(row.target_id):
        return "same"
    if states.survivor(owner) != states.survivor(row.source_id) and row.decided != Decided.APPLY:
        return "from-elsewhere"
    moving.owners[row.source_key] = row.target_id
    for visit in moving.visits:
        if row.source_key in _named_in(states, visit):
            moving.holders[visit.id] = row.target_id
    return ""


def _rename_account(moving: Moving, row: MergeRow) -> str:
    if row.source_key == row.target_key:
        return "same"
    if moving.states.survivor(row.source_id) != moving.states.survivor(row.target_id):
        return "of-another-patient"
    owner = moving.states.survivor(row.target_id)
    if moving.account(owner, row.target_key) == row.source_key:
        return "cycle"
    if row.kind == ACCOUNT_CHANGE and row.decided != Decided.APPLY and _has_account(moving, row):
        return "onto-existing"
    moving.accounts[owner, row.source_key] = row.target_key
    return ""


def _has_account(moving: Moving, row: MergeRow) -> bool:
    states = moving.states
    return any(
        account_in(stored_effect(event)) == row.target_key
        for event in states.events_of_patients([row.target_id])
        if event.effective_at < row.effective_at and event[:2] != row.key[:2]
    )


def _move_account(moving: Moving, row: MergeRow) -> str:
    states = moving.states
    source, target = states.survivor(row.source_id), states.survivor(row.target_id)
    if source == target:
        return "same"
    wanted = moving.account(source, row.source_key)
    for visit in moving.visits:
        if moving.holder(visit) == source and moving.account(source, _account_of(states, visit)) == wanted:
            moving.holders[visit.id] = row.target_id
    return ""


def _move_visit(moving: Moving, row: MergeRow) -> str:
    states = moving.states
    visit = moving.visit_numbered(row.source_key, row.source_id)
    moved = visit is not None and moving.holder(visit) != states.survivor(row.target_id)
    if visit is not None and moved:
        moving.holders[visit.id] = row.target_id
    if row.source_key == row.target_key:
        return "" if moved or visit is None else "same"
    return _rename_visit(moving, row._replace(source_id=row.target_id)) if visit is not None else ""


def _rename_visit(moving: Moving, row: MergeRow) -> str:
    states = moving.states
    if row.source_key == row.target_key:
        return "same"
    if states.survivor(row.source_id) != states.survivor(row.target_id):
        return "of-another-patient"
    source = _visit(moving, row.source_key, row.source_id)
    target = _visit(moving, row.target_key, row.target_id)
    if moving.current(target) == moving.current(source):
        return "cycle" if moving.numbers.get(target.id) == source.id else "same"
    if source.id in moving.numbers:
        return "source-retired"
    if row.kind != VISIT_MERGE and row.decided != Decided.APPLY:
        events = states.events_of_visit(target.id)
        if any(event.effective_at < row.effective_at and sent_number(event) == row.target_key for event in events):
            return "onto-existing"
    moving.numbers[source.id] = target.id
    return ""


def _visit(moving: Moving, key: str, patient_id: int) -> EncounterRecord:
    """Return the patient's visit of that number; an unknown one is founded, so that later messages find it."""
    found = moving.visit_numbered(key, patient_id)
    if found is None:
        found = moving.states.found_encounter(key, moving.states.patient(patient_id))
        moving.states.changed_encounters[found.id] = found
        moving.visits.append(found)
    return found


def _named_in(states: States, visit: EncounterRecord) -> set[str]:
    """Return the identifiers that a visit's messages were sent with."""
    effects = map(stored_effect, states.events_of_visit(visit.id))
    return {founding_key(identifier) for effect in effects for identifier in identifiers_in(effect)}


def _account_of(states: States, visit: EncounterRecord) -> str:
    """Return the account that a visit's newest message with one names."""
    accounts = [account_in(stored_effect(event)) for event in states.events_of_visit(visit.id)]
    return next((account for account in reversed(accounts) if account), "")


def _settle_holders(moving: Moving, members: set[int]) -> None:
    """Point visits, and the orders that name them, to the patients that they were moved to."""
    states = moving.states
    moved: dict[tuple[int, str], int] = {}
    for visit in moving.visits:
        holder = moving.holders.get(visit.id)
        holder = None if holder is None or holder == visit.patient_id else holder
        if visit.moved_to != holder:
            visit.moved_to = holder
            states.changed_encounters[visit.id] = visit
        if holder is not None:
            moved[states.survivor(visit.patient_id), visit.number_key] = holder
    for order in states.orders_of(members):
        holder = moved.get((states.survivor(order.patient_id), order.visit_key)) if order.visit_key else None
        if order.moved_to != holder:
            order.moved_to = holder
            states.changed_orders[order.id] = order


def _settle_identifiers(moving: Moving, rows: list[MergeRow]) -> None:
    """Let identifiers lead to whom they were moved to, and what was sent with them since then belong there."""
    states = moving.states
    moves: dict[str, list[MergeRow]] = {}
    for row in rows:
        if row.kind == MOVE and row.target_key:
            moves.setdefault(row.source_key, []).append(states.merges.get(row.key, row))
    touched: set[int] = set()
    for key, each in moves.items():
        states.identifiers[key] = states.moved_identifiers[key] = moving.owners.get(key, int(each[0].target_key))
        owners = {int(each[0].target_key), *(row.target_id for row in each)}
        for event in states.events_of_patients(owners):
            subject = identifiers_in(stored_effect(event))
            if subject and founding_key(subject[0]) == key:
                owner = owner_at(each, event.effective_at)
                if owner != event.patient_id:
                    touched |= {owner, event.patient_id or owner}
                    states.tie(event, owner, event.encounter_id)
    for patient_id in sorted(touched):
        for patient in states.chain(states.patient(patient_id)):
            patient.rank = Rank.NONE
            refold_demographics(states, patient)


def owner_at(moves: list[MergeRow], effective_us: int) -> int:
    """Return whom an identifier led to at that time, by the moves of it in effective order."""
    owner = int(moves[0].target_key)
    for row in moves:
        if row.state == MergeState.APPLIED and row.effective_at <= effective_us:
            owner = row.target_id
    return owner
