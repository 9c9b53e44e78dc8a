"""The page of functions: each with what it takes, what it gives, and examples that are run on one message."""

import re

from engine.expression import FUNCTIONS, sample
from engine.expression.functions.choices import CHOICES
from engine.expression.functions.lists import LISTS
from engine.expression.functions.outputs import OUTPUTS
from engine.expression.functions.patterns import PATTERNS
from engine.expression.functions.tables import TABLES
from engine.expression.functions.text import TEXTS
from engine.expression.functions.times import TIMES
from engine.expression.registry import Example, Function, Parameter, Takes
from engine.expression.syntax import Kind

_GROUPS = (
    ("Text", TEXTS + PATTERNS),
    ("Lists", LISTS),
    ("Choices", CHOICES),
    ("Code tables", TABLES),
    ("Time", TIMES),
    ("The output", OUTPUTS),
)
_KINDS = {each: each.value for each in Kind} | {Kind.TEXT: "a text", Kind.TRUTH: "true or false", Kind.ANY: "a value"}
_EMPHASIS = re.compile(r"\*(\w+)\*")
_HEAD = """\
# Functions

What expressions and formulas may call; [language.md](language.md#expressions) says how they are written. What stands in
brackets may be left out. Every example is run by a test, on this message, received at {received} in {zone} and sent to
`{destination}`:

```hl7
{message}
```

and with this table, `{table}`:

```csv
{rows}
```
"""


def functions_page() -> str:
    """Return docs/reference/functions.md."""
    table, rows = sample.TABLE
    head = _HEAD.format(
        received=sample.RECEIVED_AT,
        zone=sample.ZONE,
        destination=sample.DESTINATION,
        message=sample.SAMPLE.replace("\r", "\n").strip(),
        table=table,
        rows=rows.strip(),
    )
    listed = {each.name for _, functions in _GROUPS for each in functions}
    others = tuple(each for name, each in FUNCTIONS.items() if name not in listed)
    groups = (*_GROUPS, ("The record index", others)) if others else _GROUPS
    return "\n".join([head, *(f"## {title}\n\n" + "\n".join(map(_function, each)) for title, each in groups)])


def _function(function: Function) -> str:
    examples = "\n".join(f"| `{_cell(each.expression)}` | {_given(each)} |" for each in function.examples)
    takes = [words for each in function.parameters if (words := _takes(each))]
    about = _EMPHASIS.sub(r"`\1`", function.about).replace("``", "`").replace("\n\n", "\r").replace("\n", " ")
    return "\n".join(
        [
            f"### {function.name}\n",
            f"`{function.signature}` gives {_KINDS[function.gives]}. {about}\n".replace("\r", "\n\n"),
            *([f"{'; '.join(takes)}.\n"] if takes else []),
            *(["| example | gives |", "|---|---|", examples, ""] if function.examples else []),
        ]
    )


def _takes(parameter: Parameter) -> str:
    words = {
        Takes.NUMBER: "a number" + (f" from {parameter.least}" if parameter.least else ""),
        Takes.TRUTH: "a condition",
        Takes.LIST: "a list",
        Takes.PLACE: "a path, a segment too",
        Takes.LITERAL: "a text in quotes",
        Takes.TABLE: "a table of config.yaml, in quotes",
        Takes.COLUMN: "a column of the table, in quotes",
    }.get(parameter.takes, "")
    return f"`{parameter.name}`: {words}" if words else ""


def _given(example: Example) -> str:
    match example.gives:
        case bool():
            return str(example.gives).lower()
        case tuple():
            return f"`[{', '.join(map(repr, example.gives))}]`"
        case int():
            return str(example.gives)
        case _:
            return f"`'{example.gives}'`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
