"""A segment that is added, written field by field before it is put into the message: most of what mappings add."""

from collections.abc import Sequence

from engine.errors import RuleFailed, UnsafeValue
from engine.hl7.builder import spliced
from engine.mapping.run import Run
from engine.mapping.targets import SetField, SetPart, Setter
from engine.mapping.values import Fixed


def goes_at_once(entries: Sequence[SetField | SetPart]) -> bool:
    """Tell whether *entries* can be written without looking at the message being built."""
    return all(_is_plain(entry) for entry in entries)


def new_segment(name: str, entries: Sequence[SetField | SetPart], run: Run) -> str:
    """Return the text of a new segment with *entries* written into it in order, exactly as one by one."""
    env, separator = run.env, run.output.builder.delimiters.field
    fields, entry = [name], None
    try:
        for entry in entries:
            raw, number = entry.value.bare(env), entry.number
            if number >= len(fields):
                if not raw:
                    continue
                fields += [""] * (number + 1 - len(fields))
            if entry.__class__ is SetField:
                fields[number] = raw
            elif isinstance(entry, SetPart):
                run.place = entry.place
                fields[number] = _with_part(fields[number], entry, raw, run)
    except RuleFailed as failure:
        raise placed(failure, entry) from None
    text = separator.join(fields)
    env.budget.grow(len(text))
    if text.count(separator) >= len(fields):
        guilty = (each for each in entries if each.number < len(fields) and separator in fields[each.number])
        run.place = next((each.place for each in guilty), run.place)
        raise UnsafeValue("structure-above-target")
    return text


def placed(failure: RuleFailed, entry: Setter | None) -> RuleFailed:
    """Return *failure*, which happened at an entry's value unless it says otherwise."""
    if entry is not None:
        entry.value.blame(failure)
    return failure


def _with_part(whole: str, entry: SetPart, raw: str, run: Run) -> str:
    delimiters = run.output.builder.delimiters
    if not raw and not entry.cut(whole, delimiters):
        return whole  # clearing what is not there creates nothing
    if raw and not raw.isalnum() and (delimiters.repetition in raw or delimiters.component in raw):
        raise UnsafeValue("structure-above-target")
    if not whole:
        return delimiters.component * (entry.component - 1) + raw
    if delimiters.repetition not in whole:
        parts = whole.split(delimiters.component)
        parts += [""] * (entry.component - len(parts))
        parts[entry.component - 1] = raw
        return delimiters.component.join(parts)
    return spliced(whole, [(delimiters.repetition, 1), (delimiters.component, entry.component)], raw)


def _is_plain(entry: SetField | SetPart) -> bool:
    # A segment that is new has no repetitions yet of which a loop around it could mean one.
    if isinstance(entry, SetPart) and entry.subcomponent is not None:
        return False
    return isinstance(entry.value, Fixed) or not entry.value.formula.reads_out
