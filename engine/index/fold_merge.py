"""A40: one patient is retired into another by a pointer, unless a person has to look first (HL7.md 3.5). Pure."""

from engine.context import Identifier
from engine.index.effects import Effect
from engine.index.fold_patient import refold_demographics
from engine.index.identity import founding_key, types_of
from engine.index.records import MergeRow, MergeState, PatientRecord
from engine.index.states import States
from engine.index.wire import field

_UNSURE_SEX = frozenset({"", "U", "O", "A", "N"})


def merge(states: States, target: PatientRecord, effect: Effect, number: tuple[int, int]) -> None:
    """Retire the patients of MRG-1 into *target*, the patient of PID-3."""
    sources = _sources(states, effect)
    for place, source in enumerate(sources, 1):
        reason = _objection(states, source, target)
        if reason == "same":
            continue
        state = MergeState.KEPT_ASIDE if reason else MergeState.APPLIED
        states.merges.append(MergeRow(*number, place, source.id, target.id, effect.effective_us, state, reason))
        if reason:
            subject = f"patients {source.id} {target.id}"
            states.report(f"merge-{reason}", subject, number[0], (source.id, target.id))
        else:
            _point(states, source, target, effect.effective_us)


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
            found[patient_id] = states.patients[patient_id]
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


def _objection(states: States, source: PatientRecord, target: PatientRecord) -> str:
    """Return why a merge is not simply done: ``same`` needs nothing, anything else a person."""
    above = [patient.id for patient in states.chain(target)]
    survivor = states.survivor(source.id)
    if survivor == above[-1]:
        # Nothing is left to do, unless the pointers lead the other way round.
        return "cycle" if source.id != target.id and source.id in above else "same"
    if source.merged_into is not None:
        return "source-retired"
    kept = states.patients[above[-1]]
    known = min(8, len(source.born), len(kept.born))  # a year alone contradicts no day of that year
    if source.born[:known] != kept.born[:known]:
        return "birth-differs"
    return "sex-differs" if len({source.sex, kept.sex} - _UNSURE_SEX) > 1 else ""


def _point(states: States, source: PatientRecord, target: PatientRecord, effective_us: int) -> None:
    source.merged_into, source.merged_at = target.id, effective_us
    states.changed_patients[source.id] = source
    if source.effective_at >= effective_us:
        # The merge came late: what the source heard since then was meant for the survivor.
        for patient in (source, *states.chain(target)):
            refold_demographics(states, patient)
