"""A segment that is added, written field by field before it is put into the message: most of what mappings add."""

from collections.abc import Sequence

from engine.errors import UnsafeValue
from engine.hl7.builder import refuse_terminators, spliced
from engine.mapping.run import Run
from engine.mapping.targets import SetField, SetPart, Turns
from engine.mapping.values import Fixed


def goes_at_once(entries: Sequence[SetField | SetPart]) -> bool:
    """Tell whether *entries* can be written without looking at the message being built."""
    return all(_is_plain(entry) for entry in entries)


def new_segment(name: str, entries: Sequence[SetField | SetPart], run: Run) -> str:
    """Return the text of a new segment with *entries* written into it in order, exactly as one by one."""
    env, delimiters = run.env, run.output.builder.delimiters
    fields, separator, grow = [name], delimiters.field, env.budget.grow
    for entry in entries:
        run.place = entry.place
        raw, number = entry.value.raw(env), entry.number
        grow(len(raw))
        if raw and not raw.isalnum():
            refuse_terminators(raw)
            if separator in raw:
                raise UnsafeValue("structure-above-target")
        if number >= len(fields):
            if not raw:
                continue
            fields += [""] * (number + 1 - len(fields))
        if entry.__class__ is SetField:
            fields[number] = raw
        elif isinstance(entry, SetPart):
            fields[number] = _with_part(fields[number], entry, raw, run)
    return separator.join(fields)


def _with_part(whole: str, entry: SetPart, raw: str, run: Run) -> str:
    delimiters = run.output.builder.delimiters
    if not raw and not entry.cut(whole, delimiters):
        return whole  # clearing what is not there creates nothing
    if raw and not raw.isalnum() and (delimiters.repetition in raw or delimiters.component in raw):
        raise UnsafeValue("structure-above-target")
    return spliced(whole, [(delimiters.repetition, 1), (delimiters.component, entry.component)], raw)


def _is_plain(entry: SetField | SetPart) -> bool:
    if entry.turns is not Turns.NEVER_CHOOSE or (isinstance(entry, SetPart) and entry.subcomponent is not None):
        return False
    return isinstance(entry.value, Fixed) or not entry.value.formula.reads_out
