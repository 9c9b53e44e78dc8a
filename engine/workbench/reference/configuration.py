"""The keys of config.yaml in the settings' own words; what stands before them on the page is written by people."""

from datetime import timedelta
from enum import Enum
from typing import Any, get_args
from zoneinfo import ZoneInfo

from engine.config.settings import Configuration, Section, Unknown

TITLE = "## Keys\n"
_UNITS = (("h", 3600), ("m", 60), ("s", 1))


def configuration_page(current: str) -> str:
    """Return docs/reference/configuration.md: what people wrote above the keys, and the keys."""
    head = current.partition(TITLE)[0]
    tables = [_table(title, section) for title, section in sections().items()]
    return "\n".join([f"{head}{TITLE}", *tables])


def sections() -> dict[str, type[Section]]:
    """Return each map of config.yaml by where it stands: ``listeners: NAME: tls``."""
    return {"At the top": Configuration, **_below(Configuration, "")}


def _below(section: type[Section], around: str) -> dict[str, type[Section]]:
    found: dict[str, type[Section]] = {}
    for key, field in section.model_fields.items():
        inner = _section_in(field.annotation)
        if inner is not None and field.json_schema_extra is None and not _has_short_form(field):
            named = ": NAME" if _is_by_name(field.annotation) else ""
            where = f"{around}{key}{named}"
            found |= {where: inner, **_below(inner, f"{where}: ")}
    return found


def _section_in(annotation: Any) -> type[Section] | None:
    """Return the section that a field holds, alone, by name or not at all."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next((found for each in get_args(annotation) if (found := _section_in(each)) is not None), None)


def _is_by_name(annotation: Any) -> bool:
    return str in get_args(annotation)


def _has_short_form(field: Any) -> bool:
    """Whether people write something shorter than a map: then its keys are not theirs."""
    return any(type(each).__name__ == "WithJsonSchema" for each in field.metadata)


def _table(title: str, section: type[Section]) -> str:
    rows = [
        f"| `{key}` | {_default(field)} | {_meaning(field.description or '')} |"
        for key, field in section.model_fields.items()
    ]
    return "\n".join([f"### {title}\n", "| key | default | means |", "|---|---|---|", *rows, ""])


def _meaning(description: str) -> str:
    return description.replace("``", "`").replace("\n", " ")


def _default(field: Any) -> str:
    if field.is_required():
        return "required"
    default = field.default
    if isinstance(default, Section) and not isinstance(default, Unknown):
        return "see below"
    told = _told(default)
    return f"`{told}`" if told else ""


def _told(default: Any) -> str:
    """Return a default as people write it; '' where it says nothing."""
    told: str
    match default:
        case Unknown():
            told = default.policy
        case Enum():
            told = str(default.value)
        case bool():
            told = str(default).lower()
        case timedelta():
            seconds = int(default.total_seconds())
            told = next(f"{seconds // size}{unit}" for unit, size in _UNITS if seconds % size == 0)
        case int():
            told = f"{default // 2**20}MiB" if default and default % 2**20 == 0 else str(default)
        case ZoneInfo() | str():
            told = str(default)
        case (only,):
            told = str(only)
        case _:
            told = ""
    return told
