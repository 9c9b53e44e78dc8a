"""The page of steps: each with what it takes and a mapping that a test loads and runs."""

from dataclasses import dataclass

from engine.mapping.reading import KINDS

_HEAD = """\
# Steps

What a mapping's `steps` may say; [language.md](language.md#mappings) tells how they work together. A `when` may stand
on any step. Every example is run by a test, on the message of [functions.md](functions.md); below it stands what it
makes.
"""


@dataclass(frozen=True, slots=True)
class StepWords:
    """One step in words."""

    name: str
    about: str
    keys: tuple[tuple[str, str], ...]
    example: str
    """The steps of a mapping that begins as a copy, or, if they copy, empty."""
    makes: tuple[str, ...]
    """Segments of what it makes; or how the output ends."""


WORDS: tuple[StepWords, ...] = (
    StepWords(
        "copy",
        "Takes segments over in the order received, byte for byte; in a loop only those of this turn's group.",
        (("copy", "names of segments, or `Z*`; not MSH, and not with `start: copy`"),),
        "- copy: [PID, NK1]\n",
        (
            "PID|1||100234^^^STMARY^MR~987654321^^^SSA^SS||DOE^JANE^Q||19800229|F",
            "NK1|1|DOE^JOHN|SPO",
            "NK1|2|DOE^JIM|CHD",
        ),
    ),
    StepWords(
        "set",
        "Writes, in order: a whole field, or a part of one. Empty clears, `=null` writes HL7's null.",
        (("set", "a map of paths and values; a value that begins with `=` is a formula"),),
        "- set:\n    PV1-2: O\n    PV1-3.1: =lower(PV1-3.1)\n    PV1-4: =null\n",
        ('PV1|1|O|icu^101^A|""',),
    ),
    StepWords(
        "append",
        "Adds a segment, in a loop inside this turn's group; or a repetition of a field.",
        (
            ("append", "a segment, or a field as `PID-3`"),
            ("after, before", "the segment beside which it stands; without them the structure says where"),
            ("set", "what is written into it"),
        ),
        "- append: AL1\n  set: {AL1-1: 1, AL1-3: ^Penicillin}\n",
        ("AL1|1||^Penicillin",),
    ),
    StepWords(
        "delete",
        "Takes segments or fields out; all are found before any is removed.",
        (("delete", "segments, fields or parts; also `Z*` and `NK1[3 == 'CHD']`"),),
        "- delete: [\"NK1[3 == 'CHD']\", PID-8]\n",
        ("PID|1||100234^^^STMARY^MR~987654321^^^SSA^SS||DOE^JANE^Q||19800229|", "NK1|1|DOE^JOHN|SPO"),
    ),
    StepWords(
        "for each",
        "Runs its steps for every occurrence in the received message; paths mean that occurrence and its group.",
        (
            ("for each", "a segment, or a field for its repetitions"),
            ("when", "asked for each occurrence"),
            ("do", "the steps"),
        ),
        "- for each: NK1\n  when: NK1-3 == 'SPO'\n  do:\n    - append: NTE\n      set: {NTE-3: =NK1-2.2}\n",
        ("NTE|||JOHN",),
    ),
    StepWords(
        "let",
        "Names values for the steps that follow in this list, and in the lists inside them.",
        (("let", "a map of names and values"),),
        "- let: {mrn: \"=PID-3[5 == 'MR'].1\"}\n- set: {PID-2: =mrn}\n",
        ("PID|1|100234|100234^^^STMARY^MR~987654321^^^SSA^SS||DOE^JANE^Q||19800229|F",),
    ),
    StepWords(
        "number",
        "Counts set ids from 1, anew in each group.",
        (("number", "names of segments"),),
        "- delete: [\"NK1[3 == 'SPO']\"]\n- number: [NK1]\n",
        ("NK1|1|DOE^JIM|CHD",),
    ),
    StepWords(
        "fail",
        "The output fails for this reason: nothing is sent, and the entry's `on_failure` says what becomes of it.",
        (("fail", "the reason; stored with the message, never logged"),),
        "- when: count(NK1) > 1\n  fail: more than one next of kin\n",
        ("fails",),
    ),
    StepWords(
        "skip",
        "Nothing is sent, for this reason; that is no mistake.",
        (("skip", "the reason; stored with the message, never logged"),),
        "- when: PV1-2 == 'I'\n  skip: the inpatients' system has it already\n",
        ("is skipped",),
    ),
    StepWords(
        "use",
        "Runs a [shared list](language.md#shared-lists-of-steps), as if its steps stood here.",
        (("use", "the name of the list"),),
        "",
        (),
    ),
    StepWords(
        "python",
        "Asks a [function in Python](language.md#functions-in-python), in its own process, and names what it gives.",
        (
            ("python", "`module:function`"),
            ("arguments", "a map of its parameters and values"),
            ("gives", "the names of the texts that it returns"),
        ),
        "",
        (),
    ),
    StepWords(
        "record",
        "Notes with the output that an order has been charged or credited; `charge_state` asks for it.",
        (
            ("record", "a map of `charge` and `state`"),
            ("charge", "a list of two: the order's number, the code"),
            ("state", "`charged` or `credited`"),
        ),
        "",
        (),
    ),
    StepWords(
        "when",
        "Chooses between two lists of steps.",
        (("when", "a condition"), ("do", "the steps where it holds"), ("else", "those where it does not")),
        "- when: PID-8 == 'F'\n  do:\n    - set: {PV1-4: female}\n  else:\n    - set: {PV1-4: other}\n",
        ("PV1|1|I|ICU^101^A|female",),
    ),
)


def steps_page() -> str:
    """Return docs/reference/steps.md."""
    told = {each.name: each for each in WORDS}
    if missing := {*KINDS, "when"} - told.keys():
        raise LookupError(f"no words for {sorted(missing)}")
    return "\n".join([_HEAD, *map(_step, WORDS)])


def _step(words: StepWords) -> str:
    keys = [f"| `{key}` | {means} |" for key, means in words.keys]
    lines = [f"## {words.name}\n", f"{words.about}\n", "| key | takes |", "|---|---|", *keys, ""]
    if words.example:
        lines += ["```yaml", f"steps:\n{_indented(words.example)}```\n"]
    if words.makes and words.makes[0][3:4] == "|":
        lines += ["```hl7", *words.makes, "```\n"]
    elif words.makes:
        lines += [f"The output {words.makes[0]}.\n"]
    return "\n".join(lines)


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())
