"""The reference page of findings, written from the codes themselves."""

from engine.hl7.ack import TABLE_0357
from engine.validation.codes import Code, Level

_HEAD = """\
# Findings

A finding says what is odd about a message, by a stable code and a place; it never holds a value. Findings are stored
with the message: `engine messages show` and `engine explain` tell them, cases can expect them. What follows from one, a
route's policy says ([language.md](language.md#validating)); without a policy it is a note.

This page is written by the program (`engine.validation.reference`); a test keeps it so. "ERR-3" is the code of table
0357 with which a message is refused where a policy says `reject`.
"""
_SECTIONS = {
    Level.READING: ("While reading", "Made for every message, whatever `validate` says."),
    Level.STRUCTURE: ("Structure", "Made where a route says `validate: structure` or stricter."),
    Level.STRICT: (
        "Fields",
        "Made under `validate: strict`, and with a profile that asks for the standard's own rules.",
    ),
    Level.PROFILE: (
        "Profiles",
        "Made by a profile only, whose `rules` have codes of their own; a profile makes those above, too.",
    ),
}


def findings_page() -> str:
    """Return docs/reference/findings.md."""
    return "\n".join([_HEAD, *(_section(level) for level in Level)])


def _section(level: Level) -> str:
    title, sentence = _SECTIONS[level]
    rows = [_row(code) for code in Code if code.level is level]
    return "\n".join([f"## {title}\n", f"{sentence}\n", "| code | it means | ERR-3 |", "|---|---|---|", *rows, ""])


def _row(code: Code) -> str:
    return f"| `{code.value}` | {code.sentence} | {code.error} {TABLE_0357[code.error]} |"
