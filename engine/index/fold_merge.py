"""Merges and changes of patients' numbers: pointers folded from what was asked for (HL7.md 3.5). Pure.

Nothing is guessed: what a person has to look at is kept aside. Whatever arrives late folds the pointers again.
"""

from engine.context import Identifier
from engine.index.asked_joins import CHANGE, PATIENT_KINDS, Asked
from engine.index.effects import Effect
from engine.index.events import stored_effect
from engine.index.fold_patient import fold_aside, refold_demographics
from engine.index.identity import founding_key, types_of
from engine.index.identity_records import Decided, MergeRow, MergeState
from engine.index.records import NEVER, PatientRecord, Rank
from engine.index.states import States
from engine.index.wire import field

_UNSURE_SEX = frozenset({"", "U", "O", "A", "N"})


def merge(states: States, target: PatientRecord, effect: Effect, number: tuple[int, int], kind: str) -> None:
    """Retire the patients of MRG-1 into *target*, the patient of PID-3."""
    for source in _sources(states, effect):
        if source is not target:
            ask(states, number, Asked(kind, (source.id, target.id)), effect.effective_us)
    settle_merges(states, [target.id])


def ask(states: States, number: tuple[int, int], asked: Asked, effective_us: int) -> MergeRow | None:
    """Take note of what is asked for; the same asked for twice is asked for once."""
    kind, patients, keys = asked
    for row in states.merges_of(patients):
        if row.kind == kind and row[4:9] == (*patients, *keys, effective_us):
            return None
    place = 1 + sum(1 for key in states.merges if key[:2] == number)
    row = MergeRow(*number, place, kind, *patients, *keys, effective_us, Decided.NOT, MergeState.NO_EFFECT, "")
    states.merges[row.key] = row
    for patient in map(states.patient, patients):
        if patient.joined_at < effective_us:
            patient.joined_at = effective_us
            states.changed_patients[patient.id] = patient
    return row


def decided_as(states: States, row: MergeRow, state: MergeState, reason: str = "") -> None:
    """Take note of what became of something that was asked for; what is kept aside is for a person to look at."""
    if (row.state, row.reason) == (state, reason):
        return
    states.merges[row.key] = row._replace(state=int(state), reason=reason)
    if state is MergeState.KEPT_ASIDE:
        subject = f"patients {row.source_id} {row.target_id}"
        states.report(f"{row.kind}-{reason}", subject, row.message_id, (row.source_id, row.target_id))


def settle_merges(states: States, patient_ids: list[int]) -> None:
    """Fold the merges that these patients are tied together by again, in effective order."""
    around, members = states.merges_around(patient_ids)
    rows = [row for row in around if row.kind in PATIENT_KINDS]
    old: dict[int, tuple[int | None, int]] = {}
    for member in sorted(members):
        patient = states.patient(member)
        old[member] = (patient.merged_into, patient.merged_at)
    before = {member: [each.id for each in states.chain(states.patients[member])] for member in old}
    for member in old:
        states.patients[member].merged_into, states.patients[member].merged_at = None, 0
    for row in rows:
        state, reason = _judged(states, row)
        if state is MergeState.APPLIED:
            source = states.patients[row.source_id]
            source.merged_into = row.target_id
            source.merged_at = NEVER[0] if row.kind == CHANGE else row.effective_at
        decided_as(states, row, state, reason)
    touched: dict[int, None] = {}
    for member, pointer in old.items():
        patient = states.patients[member]
        if (patient.merged_into, patient.merged_at) != pointer:
            touched.update(dict.fromkeys([*before[member], *(each.id for each in states.chain(patient))]))
    for member in touched:
        states.patients[member].rank = Rank.NONE  # what raised it may be somebody else's now
        refold_demographics(states, states.patients[member])


def _judged(states: States, row: MergeRow) -> tuple[MergeState, str]:
    if row.decided == Decided.UNDO:
        return MergeState.UNDONE, ""
    reason = _objection(states, row)
    if reason == "same":
        return MergeState.NO_EFFECT, ""
    return (MergeState.KEPT_ASIDE, reason) if reason else (MergeState.APPLIED, "")


def _objection(states: States, row: MergeRow) -> str:
    """Return why a merge is not simply done: ``same`` needs nothing, anything else a person."""
    source, target = states.patients[row.source_id], states.patients[row.target_id]
    above = [patient.id for patient in states.chain(target)]
    if states.survivor(source.id) == above[-1]:
        # Nothing is left to do, unless the pointers lead the other way round.
        return "cycle" if source.id in above else "same"
    if source.merged_into is not None:
        return "source-retired"
    if row.decided == Decided.APPLY:
        return ""
    if row.kind == CHANGE:
        return "onto-existing" if _was_there(states, target, row) else ""
    one, other = _as_of(states, source, row), _as_of(states, states.patients[above[-1]], row)
    known = min(8, len(one.born), len(other.born))  # a year alone contradicts no day of that year
    if one.born[:known] != other.born[:known]:
        return "birth-differs"
    return "sex-differs" if len({one.sex, other.sex} - _UNSURE_SEX) > 1 else ""


def _was_there(states: States, target: PatientRecord, row: MergeRow) -> bool:
    """Tell whether somebody had the new number before the change; what was sent since then means the same person."""
    return any(
        event.effective_at < row.effective_at and event[:2] != row.key[:2]
        for event in states.events_of_patients([target.id])
    )


def _as_of(states: States, patient: PatientRecord, row: MergeRow) -> PatientRecord:
    """Return what was known of a patient when the merge happened, under the pointers of that time."""
    family = {member.id for member in states.family_of(patient)}
    effects = [
        stored_effect(event)
        for event in states.events_of_patients(family)
        if event.effective_at <= row.effective_at
        and states.landing(states.patients[event.patient_id or 0], event.effective_at) is patient
    ]
    return fold_aside(PatientRecord(patient.id, patient.lane_key), effects)


def _sources(states: States, effect: Effect) -> list[PatientRecord]:
    """Return the patients that MRG-1 names; numbers that nobody knows get a retired one, so that they resolve."""
    paired = _paired(effect.retired, effect.subject)
    found: dict[int, PatientRecord] = {}
    unknown: list[Identifier] = []
    for identifier in paired:
        patient_id = states.identifiers.get(founding_key(identifier))
        if patient_id is None:
            unknown.append(identifier)
        else:
            found[patient_id] = states.patient(patient_id)
    if unknown:
        source = next(iter(found.values())) if found else states.found_patient(unknown)
        states.give_identifiers(source, unknown, _types(effect))
        found[source.id] = source
    return list(found.values())


def _paired(retired: tuple[Identifier, ...], subject: tuple[Identifier, ...]) -> list[Identifier]:
    """Return those of MRG-1 that have a partner in PID-3: by authority, else, where none has, by place."""
    authorities = {identifier.authority for identifier in subject}
    paired = [identifier for identifier in retired if identifier.authority in authorities]
    return paired or list(retired[: len(subject)])


def _types(effect: Effect) -> dict[Identifier, str]:
    for segment in effect.segments:
        if segment.startswith("MRG"):
            return types_of(field(segment.split("|", 2), 1), effect.origin.authority)
    return {}
