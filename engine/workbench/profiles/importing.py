"""A conformance profile in XML to the text of a profile of ours: what it says, and a list of what could not be said."""

from dataclasses import dataclass

from engine.documents import Entries, Scalar, read_document
from engine.errors import NotPossible
from engine.grammar import grammar_for, known_version
from engine.problems import Problems
from engine.validation import load_profiles
from engine.workbench.profiles.classic import ROOT as CLASSIC
from engine.workbench.profiles.classic import read_classic
from engine.workbench.profiles.drawn import Drawn
from engine.workbench.profiles.nist import ROOT as NIST
from engine.workbench.profiles.nist import read_nist
from engine.workbench.profiles.writing import Line, Lines, quoted, yaml_text
from engine.workbench.profiles.xml import read_xml

_KINDS = {CLASSIC: read_classic, NIST: read_nist}
_SCHEMA = "# yaml-language-server: $schema=../../docs/schemas/profile.json\n"


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file."""

    name: str
    text: str
    """The YAML."""
    elements: int
    """How many segments, groups and fields it says something of."""
    notes: tuple[str, ...]
    """What could not be taken over; it stands in the text as comments, too."""


def import_profile(content: bytes, name: str, message: str = "") -> Imported:
    """Return the profile in *content* under *name*; *message* chooses one where there are several, as ``ORU^R01``."""
    root = read_xml(content)
    if root.name not in _KINDS:
        text = f"the file holds <{root.name}>, which is no conformance profile: {' or '.join(_KINDS)} is"
        raise NotPossible("no-conformance-profile", text)
    drawn = _chosen(_KINDS[root.name](root), message)
    if not known_version(drawn.version):
        raise NotPossible("unknown-version", f"the profile is for version '{drawn.version}', which is no HL7 v2")
    lines = Lines(drawn, grammar_for(drawn.version))
    return _written(name, drawn, lines.made(), (*drawn.notes, *lines.notes))


def _chosen(found: list[Drawn], message: str) -> Drawn:
    fitting = [each for each in found if each.message.startswith(message)]
    if len(fitting) == 1:
        return fitting[0]
    if not found:
        raise NotPossible("no-conformance-profile", "the file describes no message")
    several = ", ".join(dict.fromkeys(each.message for each in found))
    raise NotPossible("which-message", f"the file describes several messages: choose with --message one of {several}")


def _written(name: str, drawn: Drawn, lines: list[Line], notes: tuple[str, ...]) -> Imported:
    """Return the file; a line that we could not read ourselves is taken out and told."""
    while True:
        text, starts = _text(name, drawn, lines, notes)
        problems = _problems(name, text)
        wrong = {
            index: problem.text
            for problem in problems.sorted()
            if (index := starts.get(problem.place.line)) is not None
        }
        if not problems.items or not wrong:
            break
        notes = (*notes, *(f"{lines[index].key}: {reason}" for index, reason in wrong.items()))
        lines = [line for index, line in enumerate(lines) if index not in wrong]
    if problems.errors:
        raise NotPossible("not-expressible", f"it cannot be written as a profile: {problems.sorted()[0]}")
    told = (*notes, *(f"{line.key}: {each}" for line in lines for each in line.told))
    return Imported(name, text, sum(1 for line in lines if line.words), told)


def _text(name: str, drawn: Drawn, lines: list[Line], notes: tuple[str, ...]) -> tuple[str, dict[int, int]]:
    """Return the file's text, and which line of it is which of *lines*."""
    head = [_SCHEMA, "# Made from a conformance profile by `engine profile import`. What it could not take over:\n"]
    head += [f"# - {' '.join(each.split())[:200]}\n" for each in notes] or ["# nothing.\n"]
    head += [f"profile: {quoted(name)}\n", f"about: {_about(drawn)}\n", f"message: {drawn.message}\n"]
    text, starts = "".join([*head, f"version: {drawn.version}\n", "validate: strict\n"]), {}
    for section in ("segments", "fields"):
        chosen = [(index, line) for index, line in enumerate(lines) if line.section == section]
        if any(line.words for _, line in chosen):
            text += f"\n{section}:\n"
        for index, line in chosen:
            text += yaml_text(line)
            if line.words:
                starts[text.count("\n")] = index
    return text, starts


def _about(drawn: Drawn) -> str:
    words = " ".join(drawn.about.split())
    return f"'{words.replace(chr(39), chr(39) * 2)}'" if words else "a conformance profile"


def _problems(name: str, text: str) -> Problems:
    problems = Problems()
    node = read_document(f"{name}.yaml", text, problems)
    if isinstance(node, Entries) and isinstance(written := node.get("profile"), Scalar):
        load_profiles([(written, node)], {}, problems)
    return problems
