"""JSON Schemas of the files that people write. A scalar may be a string, a number or a boolean: all are text."""

from collections.abc import Callable
from typing import Any

from engine.config import Configuration
from engine.workbench.validation_schema import output_validation, profile_schema, route_validation

Schema = dict[str, Any]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCALAR: list[str] = ["string", "number", "boolean"]


def config_schema() -> Schema:
    """Return the schema of config.yaml, made from the settings themselves."""
    made = Configuration.model_json_schema()
    return {"$schema": _DIALECT, **_loosened(made), "title": "config.yaml"}


def route_schema() -> Schema:
    """Return the schema of a file in routes/."""
    entry = _object({"when": _text("condition"), "map": _text("mapping"), "on_failure": _choice("on_failure")})
    no_entry = {"type": "null", "description": "Every message, as it was received."}
    either = {"anyOf": [entry, {"type": "array", "items": entry}, no_entry]}
    keys = {
        "route": _text("route"),
        "from": _several(_text("from")),
        "accept": _text("condition"),
        "validate": route_validation(),
        "to": {"type": "object", "additionalProperties": either, "description": _WORDS["to"]},
        "cases": {"type": "array", "items": _route_case(), "description": _WORDS["cases"]},
    }
    return {"$schema": _DIALECT, "title": "A route", **_object(keys, "route", "from", "to")}


def mapping_schema() -> Schema:
    """Return the schema of a file in mappings/."""
    keys = {
        "mapping": _text("mapping-name"),
        "output": _object(
            {
                "message": _text("message"),
                "version": _text("version"),
                "start": _choice("start"),
                "split": _text("split"),
                "validate": output_validation(),
            }
        ),
        "steps": {"$ref": "#/$defs/steps"},
        "cases": {"type": "array", "items": _mapping_case(), "description": _WORDS["cases"]},
    }
    steps = {"type": "array", "items": {"$ref": "#/$defs/step"}}
    found = _object(keys, "mapping", "output", "steps")
    return {"$schema": _DIALECT, "title": "A mapping", **found, "$defs": {"steps": steps, "step": _step()}}


def shared_schema() -> Schema:
    """Return the schema of a file in mappings/ that holds a shared list of steps."""
    steps = {"type": "array", "items": {"$ref": "#/$defs/step"}}
    found = _object({"shared": _text("shared"), "steps": {"$ref": "#/$defs/steps"}}, "shared", "steps")
    return {"$schema": _DIALECT, "title": "A shared list of steps", **found, "$defs": {"steps": steps, "step": _step()}}


def cases_schema() -> Schema:
    """Return the schema of a file of cases beside routes or mappings."""
    cases = {"type": "array", "description": _WORDS["cases"]}
    of_route = _object({"route": _text("owner"), "cases": {**cases, "items": _route_case()}}, "route", "cases")
    of_mapping = _object({"mapping": _text("owner"), "cases": {**cases, "items": _mapping_case()}}, "mapping", "cases")
    return {"$schema": _DIALECT, "title": "Cases", "anyOf": [of_route, of_mapping]}


SCHEMAS: dict[str, Callable[[], Schema]] = {
    "config": config_schema,
    "route": route_schema,
    "mapping": mapping_schema,
    "shared": shared_schema,
    "cases": cases_schema,
    "profile": lambda: {"$schema": _DIALECT, "title": "A profile", **profile_schema()},
}
"""By the name that ``engine schema`` takes."""

_CHOICES = {
    "on_failure": ["park", "hold", "refuse"],
    "start": ["empty", "copy"],
    "state": ["charged", "credited"],
}
_WORDS = {
    "condition": "An expression that is true or false, as MSH-9.1 == 'ADT'; without '='.",
    "mapping": "The name of a mapping; without one the received bytes are sent unchanged.",
    "on_failure": "An output that cannot be made: park (later messages pass), hold (its lanes wait) or refuse (AE).",
    "route": "The route's name.",
    "from": "A listener, or a list of them.",
    "to": "Destinations; each with one entry or a list: every entry whose 'when' holds sends one message, in order.",
    "cases": "Messages and what is expected of them: engine test runs them.",
    "case": "What the case shows, in a sentence.",
    "case-message": "A file, from the folder of config.yaml; or the message itself, below |.",
    "expect": "ack, findings, index, and for each destination: sent, not sent, parked, or paths and what stands there.",
    "messages": "Several messages, decided in order: files, or maps with 'message' and its own 'expect'.",
    "listener": "Where it comes in; the first listener of the route if nothing is said.",
    "received": "When, as an HL7 time of the site; noon of 15 January 2026 if nothing is said.",
    "destination": "For whom the mapping is run; the first that a route sends its messages to if nothing is said.",
    "output": "What the mapping makes: made, skipped, failed; or paths and what stands there; several in a list.",
    "file": "A whole message: whatever no path names is as in this file.",
    "changed_only": "Whatever no path names is as in the message that came in.",
    "owner": "The route or mapping that the cases belong to.",
    "mapping-name": "The mapping's name.",
    "message": "MSH-9 of the message made, as DFT^P03^DFT_P03.",
    "version": "MSH-12 of the message made, as 2.5.1.",
    "start": "empty: begins with an MSH; copy: begins as the inbound message.",
    "split": "A segment: one message for each of its occurrences, as OBR or OBR[25 == 'F'].",
    "copy": "Segments taken over byte for byte, in inbound order.",
    "set": "Paths of the message being built, and what is written there; a value with '=' is a formula.",
    "append": "A segment (or a repetition, as PID-3) that is added; 'set' writes into it.",
    "after": "The added segment stands behind this one.",
    "before": "The added segment stands in front of this one.",
    "delete": "Segments or fields that are taken out.",
    "for each": "A segment, or the repetitions of a field: 'do' runs once for each.",
    "let": "Names for values, for the steps that follow.",
    "number": "Segments whose set id is counted from 1, anew in each group.",
    "fail": "The output fails with this reason.",
    "skip": "Nothing is sent, for this reason.",
    "use": "The name of a shared list: its steps run here.",
    "python": "A function of the site, as names:normalise; config.yaml declares where they lie.",
    "arguments": "What the function is given: names and texts; a value with '=' is a formula.",
    "gives": "Names of the texts that the function returns, for the steps that follow.",
    "record": "What is written down with what is sent: charge_state asks for it later.",
    "state": "What becomes of the charge.",
    "charge": "An order's number with its authority, and a code; a value with '=' is a formula.",
    "shared": "The name by which 'use' puts these steps in.",
    "when": "The step is done only if this expression is true.",
}


def _step() -> Schema:
    several = _several({"type": SCALAR})
    values = {"type": "object", "additionalProperties": {"type": [*SCALAR, "null"]}}
    steps = {"$ref": "#/$defs/steps"}
    keys: dict[str, Schema] = {name: _text(name) for name in ("when", "append", "after", "before", "for each")}
    keys |= {name: several | {"description": _WORDS[name]} for name in ("copy", "delete", "number")}
    keys |= {name: values | {"description": _WORDS[name]} for name in ("set", "let")}
    keys |= {name: _text(name) for name in ("fail", "skip", "use", "python")}
    keys |= {"arguments": values | {"description": _WORDS["arguments"]}}
    keys |= {"gives": several | {"description": _WORDS["gives"]}}
    pair = {"type": "array", "items": {"type": SCALAR}, "minItems": 2, "maxItems": 2}
    charge: dict[str, Schema] = {"charge": pair | {"description": _WORDS["charge"]}, "state": _choice("state")}
    keys |= {"record": _object(charge, "charge", "state") | {"description": _WORDS["record"]}}
    keys |= {"do": steps, "else": steps}
    return _object(keys)


def _route_case() -> Schema:
    """Return the schema of a route's case: one message, or several in order."""
    keys = {"case": _text("case"), "message": _text("case-message"), "expect": _expect()}
    one = {**keys, **_circumstances()}
    listed = _object({**_circumstances(), "message": _text("case-message"), "expect": _expect()}, "message")
    messages = {
        "type": "array",
        "minItems": 1,
        "items": {"anyOf": [_text("case-message"), listed]},
        "description": _WORDS["messages"],
    }
    listener = {"listener": _text("listener")}
    several = _object(
        {"case": _text("case"), "messages": messages, "expect": _expect(), **listener}, "case", "messages"
    )
    return {"anyOf": [_object(one, "case", "message", "expect"), several]}


def _mapping_case() -> Schema:
    """Return the schema of a mapping's case: the mapping is run alone, and only its output can be expected."""
    message = _message_made()
    words = {"enum": ["made", "skipped", "failed"]}
    output = {
        "anyOf": [words, message, {"type": "array", "items": {"anyOf": [words, message]}}],
        "description": _WORDS["output"],
    }
    keys = {"case": _text("case"), "message": _text("case-message"), "expect": _object({"output": output}, "output")}
    return _object({**keys, **_circumstances(), "destination": _text("destination")}, "case", "message", "expect")


def _circumstances() -> dict[str, Schema]:
    return {"listener": _text("listener"), "received": _text("received")}


def _expect() -> Schema:
    """Return the schema of what a case expects; which destinations there are, config.yaml knows."""
    fields, message = _fields({}), _message_made()
    fates = ["sent", "not sent", "parked", "held"]
    listed = {"anyOf": [{"enum": [each for each in fates if each != "not sent"]}, message]}
    return {
        "type": "object",
        "description": _WORDS["expect"],
        "properties": {
            "ack": {"anyOf": [{"enum": ["AA", "AE", "AR", "CA", "CE", "CR", "none"]}, fields]},
            "findings": _several({"type": SCALAR}),
            "index": fields,
        },
        "additionalProperties": {"anyOf": [{"enum": fates}, message, {"type": "array", "items": listed}]},
    }


def _message_made() -> Schema:
    """Return the schema of what is expected of one message: paths, and where the rest is compared with."""
    return _fields(
        {"file": _text("file"), "changed_only": {"enum": [True, False], "description": _WORDS["changed_only"]}}
    )


def _fields(others: dict[str, Schema]) -> Schema:
    question = _object({"absent": {"enum": [True, False]}, "matches": {"type": SCALAR}})
    return {
        "type": "object",
        **({"properties": others} if others else {}),
        "additionalProperties": {"anyOf": [{"type": SCALAR}, question]},
    }


def _object(keys: dict[str, Schema], *required: str) -> Schema:
    made: Schema = {"type": "object", "properties": keys, "additionalProperties": False}
    return {**made, "required": list(required)} if required else made


def _text(word: str) -> Schema:
    return {"type": SCALAR, "description": _WORDS[word]}


def _choice(word: str) -> Schema:
    return {"enum": _CHOICES[word], "description": _WORDS[word]}


def _several(one: Schema) -> Schema:
    return {"anyOf": [one, {"type": "array", "items": one}]}


def _loosened(schema: Any) -> Any:
    """Return *schema* with every scalar accepting whatever YAML may take it for."""
    if isinstance(schema, list):
        return [_loosened(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _loosened(value) for key, value in schema.items() if key not in ("default", "minimum", "properties")}
    if "properties" in schema:
        made["properties"] = {name: _loosened(value) for name, value in schema["properties"].items()}
    if made.get("type") in ("string", "integer", "number", "boolean") and "enum" not in made and "const" not in made:
        made["type"] = SCALAR
    if made.get("type") == "array" and "items" in made:
        return {key: value for key, value in made.items() if key == "description"} | _several_of(made)
    return made


def _several_of(array: Schema) -> Schema:
    """Return a list that may also be its only member."""
    return {"anyOf": [array["items"], {"type": "array", "items": array["items"]}]}
