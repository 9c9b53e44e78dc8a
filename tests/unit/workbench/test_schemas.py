"""The JSON Schemas that editors complete by accept what the engine accepts, and mark what it refuses."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.workbench.schema import SCHEMAS

DOCS = Path(__file__).parents[3] / "docs" / "reference"
_BLOCK = re.compile(r"^```yaml\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
    "array": list,
    "object": dict,
}


def _accepts(schema: Any, value: Any, root: Any) -> bool:
    """Judge by the handful of words that our schemas use."""
    if "$ref" in schema:
        return _accepts(_referred(root, schema["$ref"]), value, root)
    if "anyOf" in schema and not any(_accepts(each, value, root) for each in schema["anyOf"]):
        return False
    if ("enum" in schema and value not in schema["enum"]) or value != schema.get("const", value):
        return False
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(isinstance(value, _KINDS[kind]) for kind in kinds):
        return False
    if isinstance(value, list):
        return all(_accepts(schema.get("items", {}), each, root) for each in value)
    return not isinstance(value, dict) or _accepts_keys(schema, value, root)


def _accepts_keys(schema: Any, value: dict[str, Any], root: Any) -> bool:
    if any(key not in value for key in schema.get("required", [])):
        return False
    known = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    for key, each in value.items():
        if key in known:
            if not _accepts(known[key], each, root):
                return False
        elif others is False or (others is not True and not _accepts(others, each, root)):
            return False
    return True


def _referred(root: Any, reference: str) -> Any:
    for part in reference.removeprefix("#/").split("/"):
        root = root[part]
    return root


def _kind_of(file: str, text: str = "") -> str:
    if text.startswith("shared:"):
        return "shared"
    if file.endswith(".cases.yaml"):
        return "cases"
    if file.startswith("mappings/profiles/"):
        return "profile"
    return {"routes": "route", "mappings": "mapping"}.get(file.partition("/")[0], "config")


def _examples() -> list[tuple[str, str, str]]:
    pages = [(page.name, page.read_text("utf-8")) for page in sorted(DOCS.glob("*.md"))]
    return [
        (f"{name}:{found[1]}", _kind_of(found[1], found[2]), found[2])
        for name, text in pages
        for found in _BLOCK.finditer(text)
    ]


@pytest.mark.parametrize(("name", "kind", "text"), _examples(), ids=[name for name, _, _ in _examples()])
def test_a_schema_accepts_every_example_of_the_reference(name: str, kind: str, text: str) -> None:
    """With the values as an editor's YAML types them."""
    schema = SCHEMAS[kind]()

    assert _accepts(schema, yaml.safe_load(text), schema), name


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("config", "listener: {}"),
        ("config", "listeners: {a: {}}"),
        ("config", "listeners: {a: {mllp: x:1, several: never}}"),
        ("route", "route: a\nfrom: b"),
        ("route", "route: a\nfrom: b\nto: {c: {wen: x}}"),
        ("route", "route: a\nfrom: b\nto: {}\nvalidate: {level: sometimes}"),
        ("profile", "profile: a\nfields: {PID-3: Q}"),
        ("profile", "profile: a\nrules: [{rule: a, says: b}]"),
        ("mapping", "mapping: a\noutput: {start: full}\nsteps: []"),
        ("mapping", "mapping: a\noutput: {}\nsteps: [{cpy: PID}]"),
        ("mapping", "mapping: a\noutput: {}\nsteps: []\ncases: [{case: a, message: b, expect: {ack: AA}}]"),
        ("cases", "cases: []"),
        ("cases", "route: a\nmapping: b\ncases: []"),
        ("cases", "route: a\ncases: [{case: a, expect: {}}]"),
        ("cases", "route: a\ncases: [{case: a, messages: [{mesage: b}]}]"),
        ("cases", "route: a\ncases: [{case: a, message: b, expect: {billing: made}}]"),
        ("cases", "mapping: a\ncases: [{case: a, message: b, expect: {output: sent}}]"),
        ("mapping", "mapping: a\noutput: {}\nsteps: [{when: x, do: [{cpy: PID}]}]"),
    ],
)
def test_a_schema_refuses_what_the_engine_refuses(kind: str, text: str) -> None:
    """An unknown key, a missing one, a choice that is none; also deep inside steps."""
    schema = SCHEMAS[kind]()

    assert not _accepts(schema, yaml.safe_load(text), schema)


@pytest.mark.parametrize(
    "text", ["site: 12", "site: true", "site: 1.5", "listeners: {a: {mllp: x:1, limits: {idle: 5}}}"]
)
def test_a_schema_accepts_whatever_yaml_takes_a_value_for(text: str) -> None:
    """A site may be called 12."""
    schema = SCHEMAS["config"]()

    assert _accepts(schema, yaml.safe_load(text), schema)


@pytest.mark.parametrize(
    "text",
    [
        "route: a\ncases: [{case: a, message: b, received: 20260101, expect: {ack: AA, x: [parked, {PID-1: 1}]}}]",
        "route: a\ncases: [{case: a, messages: [b, {message: c, expect: {x: sent}}], expect: {index: {patients: 1}}}]",
        "route: a\ncases: [{case: a, message: b, expect: {x: {file: c, MSH-10: {matches: ''}}}}]",
        "mapping: a\ncases: [{case: a, message: b, destination: x, expect: {output: [{changed_only: true}, skipped]}}]",
    ],
)
def test_a_schema_accepts_every_kind_of_case(text: str) -> None:
    """As the engine does."""
    schema = SCHEMAS["cases"]()

    assert _accepts(schema, yaml.safe_load(text), schema)


def test_off_may_be_read_as_false() -> None:
    """YAML 1.1, which some editors speak, takes `off` for a boolean."""
    schema = SCHEMAS["route"]()

    assert _accepts(schema, yaml.safe_load("route: a\nfrom: b\nto: {}\nvalidate: off"), schema)
