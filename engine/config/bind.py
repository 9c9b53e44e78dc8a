"""Located values to frozen settings: pydantic judges, and what it says is put at its line and column, in our words."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from engine.config.references import shown
from engine.config.settings import Configuration, Section
from engine.config.values import Wrong
from engine.documents import Entries, Items, Node, Scalar, kind_of
from engine.problems import Place, Problems, did_you_mean

_NAMED = ("listeners", "destinations", "tables")
SectionT = TypeVar("SectionT", bound=Section)


def bind_configuration(
    entries: Entries, folder: Path, problems: Problems, is_there: Callable[[Path], bool] = Path.is_file
) -> Configuration:
    """Return what can be read; what cannot is reported and left out, so that the rest is still checked.

    *is_there* tells whether a file exists: of a configuration that is recalled, today's files are of no concern.
    """
    data = {key.text: _plain(value) for key, value in entries.pairs}
    while True:
        try:
            return Configuration.model_validate(data, context={"folder": folder, "is_there": is_there})
        except ValidationError as error:
            for each in error.errors(include_url=False, include_input=False):
                _report(each, entries, problems)
                _leave_out(data, each["loc"])


def _leave_out(data: dict[str, Any], location: tuple[int | str, ...]) -> None:
    """Take the listener, destination, table or top-level key away that *location* lies in."""
    name = str(location[0])
    if name in _NAMED and len(location) > 1 and location[1] in data.get(name, ()):
        del data[name][location[1]]
    else:
        data.pop(name, None)


def _report(error: ErrorDetails, entries: Entries, problems: Problems) -> None:
    location = error["loc"]
    wrong = error.get("ctx", {}).get("error")
    node, key = _found(entries, location)
    if isinstance(wrong, Wrong):
        problems.add(node.place, wrong.code, wrong.text, wrong.hint)
    elif error["type"] == "extra_forbidden":
        known = _keys_at(Configuration, location[:-1])
        hint = did_you_mean(str(location[-1]), known) or f"known here: {', '.join(known)}"
        problems.add(key, "unknown-key", f"'{location[-1]}' is not known here", hint)
    elif error["type"] == "missing":
        if not (isinstance(node, Entries) and location[-1] in node.left_out):
            problems.add(node.place, "missing-key", f"'{location[-1]}' is missing here")
    else:
        _report_kind(error, node, problems)


def _report_kind(error: ErrorDetails, node: Node, problems: Problems) -> None:
    """Report a choice that is none, or a value of another kind than its key takes."""
    name = next((part for part in reversed(error["loc"]) if isinstance(part, str)), "")
    context = error.get("ctx", {})
    if error["type"] in ("literal_error", "enum") and isinstance(node, Scalar):
        options = [option.strip("'") for option in str(context["expected"]).replace(" or ", ", ").split(", ")]
        options = [option for option in options if option]
        hint = did_you_mean(node.text, options) or f"one of: {', '.join(options)}"
        problems.add(node.place, "unknown-choice", f"'{name}' cannot be {shown(node.text)}", hint)
        return
    wanted = {"string_type": "a single value", "model_type": "a map", "dict_type": "a map"}.get(
        error["type"], "another value"
    )
    problems.add(node.place, "wrong-kind", f"'{name}' takes {wanted}, not {kind_of(node)}")


def _found(entries: Entries, location: tuple[int | str, ...]) -> tuple[Node, Place]:
    """Return the deepest node on the way to *location*, and the place of the last key on it."""
    node: Node = entries
    key = entries.place
    for part in location:
        following = None
        if isinstance(node, Entries):
            following, named = node.get(str(part)), node.key(str(part))
            key = named.place if named else key
        elif isinstance(node, Items) and isinstance(part, int) and part < len(node.values):
            following = node.values[part]
        if following is None:
            break
        node = following
    return node, key


def _keys_at(model: type[Section], location: tuple[int | str, ...]) -> list[str]:
    """Return the keys that the section at *location* knows."""
    names = list(location)
    while names:
        name = str(names.pop(0))
        field = model.model_fields.get(name)
        if field is None:
            return []
        inner = _section_in(field.annotation)
        if inner is None:
            return []
        if name in _NAMED and names:
            names.pop(0)
        model = inner
    return list(model.model_fields)


def _section_in(annotation: Any) -> type[Section] | None:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    parts = getattr(annotation, "__args__", ())
    return next((found for part in parts if (found := _section_in(part))), None)


def _plain(node: Node) -> Any:
    match node:
        case Scalar():
            return node.text
        case Items():
            return [_plain(value) for value in node.values]
        case Entries():
            return {key.text: _plain(value) for key, value in node.pairs}


def names_in(entries: Entries, section: str) -> Mapping[str, Scalar]:
    """Return the names that a section defines, also those whose definition is wrong, with the place of each."""
    node = entries.get(section)
    if not isinstance(node, Entries):
        return {}
    damaged = {name: Scalar(name, node.place) for name in sorted(node.left_out)}
    return {key.text: key for key, _ in node.pairs} | damaged
