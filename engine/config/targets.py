"""What a code table may translate to, where its settings say so: codes of the standard, of a list, or of another table.

A row with another target is told as a warning: the table still works, and somebody should look.
"""

import re
from collections.abc import Mapping as Names

from engine.config.crosschecks import place_at
from engine.config.settings import TableSettings
from engine.documents import Entries
from engine.grammar import grammar_for
from engine.mapping.codes import TO, CodeTable
from engine.problems import Place, Problems, did_you_mean

CODE = "unknown-target"
_MOST = 100
_HL7 = re.compile(r"hl7-([0-9]{4})")
_VERSION = "2.5.1"


def check_targets(
    settings: Names[str, TableSettings], tables: Names[str, CodeTable], entries: Entries, problems: Problems
) -> None:
    """Report targets that are declared and cannot be had, and the rows whose target is none of them."""
    for name, each in settings.items():
        if each.targets is None or name not in tables:
            continue
        allowed = each.targets.codes or _codes_of(
            each.targets.source, tables, place_at(entries, "tables", name), problems
        )
        if allowed:
            _check_rows(tables[name], frozenset(allowed), each.targets.source or "the list 'targets'", problems)


def _codes_of(source: str, tables: Names[str, CodeTable], place: Place, problems: Problems) -> frozenset[str]:
    standard = _HL7.fullmatch(source)
    if standard is not None:
        codes = grammar_for(_VERSION).table(f"HL7{standard[1]}")
        if not codes:
            text, hint = f"HL7 {_VERSION} publishes no codes for table {standard[1]}", "list the codes instead"
            problems.add(place, "unknown-targets", text, hint)
        return codes
    table = tables.get(source)
    if table is None:
        hint = did_you_mean(source, tables) or "targets: hl7-0004, the name of another table, or a list of codes"
        problems.add(place, "unknown-targets", f"there is no table '{source}'", hint)
        return frozenset()
    return frozenset(row.cells["from"] for row in table.rows)


def _check_rows(table: CodeTable, allowed: frozenset[str], source: str, problems: Problems) -> None:
    wrong = [row for row in table.rows if row.cells[TO] not in allowed]
    for row in wrong[:_MOST]:
        target = row.cells[TO]
        hint = did_you_mean(target, allowed) if len(allowed) <= 1_000 else ""
        problems.warn(Place(table.file, row.line), CODE, f"'{target}' is none of the codes of {source}", hint)
    if len(wrong) > _MOST:
        problems.warn(Place(table.file, wrong[_MOST].line), CODE, f"and {len(wrong) - _MOST} rows more, from here on")
