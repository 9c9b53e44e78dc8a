"""How coverage is told: one line for everybody, a list for who fills the gaps, JSON for programs."""

from collections.abc import Iterator

from engine.workbench.coverage import CLAUSE, ENTRY, KINDS, ROW, STEP, Coverage

_SHOWN = {
    CLAUSE: ("clause", "clauses", "seen true and false"),
    STEP: ("step", "steps", "run"),
    ENTRY: ("entry", "entries", "chosen"),
    ROW: ("row", "rows", "used"),
}


def summary(coverage: Coverage) -> str:
    """Return the one line: how much of each kind the cases show at work."""
    parts = []
    for kind in KINDS:
        shown, total = coverage.counts(kind)
        one, many, how = _SHOWN[kind]
        if total:
            parts.append(f"{shown} of {total} {one if total == 1 else many} {how}")
    return f"coverage: {', '.join(parts) or 'there is nothing to cover'}"


def gaps(coverage: Coverage) -> Iterator[str]:
    """Yield a line for each thing that no case shows, as an editor jumps to it."""
    for each in coverage.missing:
        yield f"{each.place}: {each.kind} {each.missing}: {each.words}"
    for table in coverage.long_tables:
        yield f"table {table.table}: {table.used} of {table.rows} rows used (a long table: not counted)"


def as_json(coverage: Coverage) -> dict[str, object]:
    """Return the counts and what is missing, for ``--format json``."""
    counts = {kind: dict(zip(("shown", "of"), coverage.counts(kind), strict=True)) for kind in KINDS}
    missing = [
        {"kind": each.kind, "place": str(each.place), "words": each.words, "missing": each.missing}
        for each in coverage.missing
    ]
    long_tables = [{"table": each.table, "used": each.used, "rows": each.rows} for each in coverage.long_tables]
    return {"counts": counts, "missing": missing, "long_tables": long_tables}
