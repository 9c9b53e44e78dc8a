"""The page of problem codes."""

from engine.workbench.reference.problem_words import SECTIONS, Words

_HEAD = """\
# Problems

What `engine check` tells about the files of a site, as `file:line:column: code: text (hint)`. The codes are stable:
scripts may use them. What stands behind a code in earnest is more precise than here, and names what was written. Where
nothing else is said a problem keeps the engine from starting, and a reload from happening; warnings and notes do not.
"""


def problems_page() -> str:
    """Return docs/reference/problems.md."""
    return "\n".join([_HEAD, *(_section(*each) for each in SECTIONS)])


def _section(title: str, where: str, words: tuple[Words, ...]) -> str:
    rows = [f"| `{code}` | {sentence} | {hint} |" for code, sentence, hint in words]
    return "\n".join([f"## {title}\n", f"{where}\n", "| code | it means | what to do |", "|---|---|---|", *rows, ""])
