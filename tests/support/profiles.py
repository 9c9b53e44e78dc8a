"""The profiles of the repository, asked of messages that tests write."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from engine.documents import Entries, Scalar, read_document
from engine.expression import Moment
from engine.hl7.message import Message
from engine.problems import Problems
from engine.validation import Checks, Finding, Profile, Surroundings, load_profiles

FOLDER = Path(__file__).parents[2] / "mappings" / "profiles"
RECEIVED = datetime(2026, 1, 15, 17, tzinfo=UTC)


def message(name: str) -> str:
    """Return a message of tests/messages/profiles/, its lines ending with LF. Nobody in it is real."""
    return (Path(__file__).parents[1] / "messages" / "profiles" / f"{name}.hl7").read_text("utf-8")


@cache
def shipped() -> dict[str, Profile]:
    """Return the profiles in mappings/profiles/ by name; they have no problems, and need no table of the site."""
    problems, written = Problems(), []
    for path in sorted(FOLDER.glob("*.yaml")):
        node = read_document(path.name, path.read_text("utf-8"), problems)
        assert isinstance(node, Entries)
        name = node.get("profile")
        assert isinstance(name, Scalar)
        written.append((name, node))
    found = load_profiles(written, {}, problems)
    assert [str(each) for each in problems.sorted()] == []
    return {name: profile for name, profile in found.items() if profile is not None}


def findings(profile: Profile, text: str) -> tuple[Finding, ...]:
    """Return what *profile* finds in the message; its lines may end with LF."""
    message = Message.parse(text.replace("\n", "\r").encode())
    return Checks(profiles=(profile,)).findings(message, Surroundings(Moment(RECEIVED), {}))


def told(name: str, text: str) -> list[str]:
    """Return what a shipped profile finds, each as ``code path``."""
    return [f"{each.code} {each.path}" for each in findings(shipped()[name], text)]


def changed(text: str, path: str, value: str) -> str:
    """Return the message with the raw text of a field, as ``OBX-5`` of the first OBX, or a part, ``OBX-3.1``."""
    name, _, numbers = path.partition("-")
    field, *parts = map(int, numbers.split("."))
    lines = text.split("\n")
    index = next(number for number, line in enumerate(lines) if line.startswith(name))
    fields = lines[index].split("|")
    at = field - 1 if name == "MSH" else field
    fields += [""] * (at + 1 - len(fields))
    fields[at] = _changed_part(fields[at], parts, value) if parts else value
    lines[index] = "|".join(fields)
    return "\n".join(lines)


def without(text: str, name: str) -> str:
    """Return the message without the segments called *name*."""
    return "".join(f"{line}\n" for line in text.splitlines() if not line.startswith(name))


def _changed_part(raw: str, parts: list[int], value: str) -> str:
    """Return *raw* with its component, or that component's subcomponent, changed."""
    if len(parts) == 1:
        return _put(raw, "^", parts[0], value)
    components = raw.split("^")
    inner = components[parts[0] - 1] if parts[0] <= len(components) else ""
    return _put(raw, "^", parts[0], _put(inner, "&", parts[1], value))


def _put(raw: str, mark: str, number: int, value: str) -> str:
    pieces = raw.split(mark)
    pieces += [""] * (number - len(pieces))
    pieces[number - 1] = value
    return mark.join(pieces)
