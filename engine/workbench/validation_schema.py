"""JSON Schemas of what is said of validation: ``validate`` on routes and outputs, and the files of profiles."""

from typing import Any

from engine.validation import CODES
from engine.validation.constraint_loading import OTHERWISE, USAGES
from engine.validation.profile_loading import LEVELS

Schema = dict[str, Any]
_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_LEVELS = [*LEVELS, False]  # YAML 1.1 takes off for a boolean
_MAP = "A level (off, structure, strict), the name of a profile, or a map of level, profile and policy."


def route_validation() -> Schema:
    """Return the schema of a route's ``validate``."""
    return _validation(["note", "park", "reject"])


def output_validation() -> Schema:
    """Return the schema of ``validate`` in a mapping's output."""
    return _validation(["note", "fail"])


def profile_schema() -> Schema:
    """Return the schema of a file in mappings/profiles/."""
    keys: dict[str, Schema] = {
        "profile": _text("The profile's name."),
        "about": _text("A sentence for people."),
        "extends": _text("The profile whose words count where this one says nothing."),
        "message": _several(_text("MSH-9 of what it is about, as ORU^R01^ORU_R01; without it every message.")),
        "version": _text("By which version names are read, as 2.5.1."),
        "validate": {"enum": _LEVELS, "description": "How much of the standard itself is looked at with it."},
        "segments": _entries(_segment(), "Segments and groups, as SFT or ORDER_OBSERVATION/SPECIMEN."),
        "fields": _entries(_field(), "Fields and their parts, as PID-3, PID-3.4 or SPECIMEN/OBX-14."),
        "rules": {"type": "array", "items": _rule(), "description": "Conditions that must hold."},
    }
    return _object(keys, "profile")


def _validation(reactions: list[str]) -> Schema:
    codes = {code: {"enum": reactions} for code in CODES}
    policy = {"type": "object", "properties": codes, "additionalProperties": {"enum": reactions}}
    keys = {
        "level": {"enum": _LEVELS, "description": "How much of the standard itself is looked at."},
        "profile": _several(_text("A profile of mappings/profiles/, or several.")),
        "policy": {**policy, "description": "What follows from a finding, by its code."},
    }
    return {"anyOf": [{**_SCALAR}, _object(keys)], "description": _MAP}


def _segment() -> Schema:
    return {"anyOf": [_usage(), _object(_occurrence())]}


def _field() -> Schema:
    keys = {
        **_occurrence(),
        "length": _text("Characters of each repetition, as 20 or 1..20."),
        "type": _text("Another data type than the standard's, as CWE."),
        "value": _text("The only text that may stand there."),
        "values": _several(_text("The codes that may stand there.")),
        "table": _text("A table of config.yaml, or of HL7 as HL70001, whose codes may stand there."),
        "matches": _text("A pattern that is found in the text."),
        "also": _several(_text("Texts that are right whatever the rest says.")),
    }
    return {"anyOf": [_usage(), _object(keys)]}


def _occurrence() -> dict[str, Schema]:
    return {
        "usage": _usage(),
        "when": _text("For C: the condition under which it is required."),
        "otherwise": {"enum": OTHERWISE, "description": "For C: its usage where the condition does not hold."},
        "cardinality": _text("How often, as 1..* or 0..3."),
        "about": _text("A sentence for people."),
    }


def _rule() -> Schema:
    keys = {
        "rule": _text("Its code, in small letters and '-'."),
        "check": _text("The condition that must hold."),
        "when": _text("Asked first; where it does not hold, the rule says nothing."),
        "each": _text("A segment: asked once for each of them."),
        "at": _text("The field that a finding points at."),
        "says": _text("What is wrong, for the sender; without any value."),
        "severity": {"enum": ["error", "warning"], "description": "A warning never fails an output."},
        "error": {
            "enum": ["100", "101", "102", "103", "104", "207", 100, 101, 102, 103, 104, 207],
            "description": "The code of table 0357 with which a message is refused for it.",
        },
    }
    return _object(keys, "rule", "check", "says")


def _usage() -> Schema:
    return {"enum": USAGES, "description": "R required, RE may be empty, C conditional, O optional, X not supported."}


def _entries(one: Schema, description: str) -> Schema:
    return {"type": "object", "additionalProperties": one, "description": description}


def _object(keys: dict[str, Schema], *required: str) -> Schema:
    made: Schema = {"type": "object", "properties": keys, "additionalProperties": False}
    return {**made, "required": list(required)} if required else made


def _text(description: str) -> Schema:
    return {**_SCALAR, "description": description}


def _several(one: Schema) -> Schema:
    return {"anyOf": [one, {"type": "array", "items": one}]}
