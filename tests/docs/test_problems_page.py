"""Every code of a problem that stands in the program is on the page of problems, and none that does not."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.workbench.reference.problem_words import SECTIONS

ENGINE = Path(__file__).parents[2] / "engine"
CODE_AT = {"Wrong": 0, "InvalidExpression": 0, "InvalidPath": 0, "InvalidFormat": 0, "Problem": 1}
"""The calls that make problems, and which of their arguments is the code; besides them ``problems.add``, ``warn``."""
HELPERS = {
    "documents/parse.py": ("_stop", 1),
    "expression/": ("tell", 1),
    "expression/names.py": ("_unknown", 0),
    "mapping/codes.py": ("_tell", 2),
}
"""By file or folder: a helper that is handed a code."""
DERIVED = {
    ("config/crosschecks.py", "f'unused-{section[:-1]}'"): {"unused-listener", "unused-destination", "unused-table"},
    ("config/rulebook.py", "code"): {"route-twice", "mapping-twice", "shared-twice", "profile-twice"},
    ("config/targets.py", "CODE"): {"unknown-target"},
    ("documents/parse.py", "code"): {"yaml-anchor", "yaml-alias", "yaml-tag"},
    ("expression/names.py", "code"): set(),  # handed on by _unknown
    ("expression/binder.py", "code"): set(),  # handed on by tell
    ("mapping/codes.py", "code"): {"code-twice", "code-overlap"},
    ("mapping/first_only.py", "_CODE"): {"first-only"},
    ("problems.py", "code"): set(),
    ("validation/constraint_loading.py", "f'bad-{key}'"): {"bad-cardinality", "bad-length"},
    ("workbench/case_reading.py", "f'unknown-{kind}'"): {"unknown-listener", "unknown-destination"},
    ("workbench/cases.py", "f'unknown-{kind}'"): {"unknown-route", "unknown-mapping"},
}
"""Codes that are put together, by the file and the words that do so: a new place of that kind is named here."""
_PROBLEMS = re.compile(r"(?:^|[._])problems$")
_KEBAB = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
WORDS = {words[0]: words for _, _, section in SECTIONS for words in section}


def _codes() -> Iterator[tuple[str, ast.expr]]:
    """Yield the file and the expression of each code in the program."""
    for path in sorted(ENGINE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            file = path.relative_to(ENGINE).as_posix()
            if isinstance(node, ast.Call) and (at := _place_of_code(node, file)) is not None and len(node.args) > at:
                yield file, node.args[at]


def _place_of_code(call: ast.Call, file: str) -> int | None:
    called = call.func
    if isinstance(called, ast.Attribute) and called.attr in ("add", "warn"):
        return 1 if _PROBLEMS.search(ast.unparse(called.value)) else None
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    helped = [at for where, (helper, at) in HELPERS.items() if file.startswith(where) and helper == name]
    return helped[0] if helped else CODE_AT.get(name)


def _told() -> tuple[set[str], set[tuple[str, str]]]:
    """Return the codes that stand there in words, and the places where one is put together."""
    literal: set[str] = set()
    derived: set[tuple[str, str]] = set()
    for file, code in _codes():
        choices = [code.body, code.orelse] if isinstance(code, ast.IfExp) else [code]
        for each in choices:
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and _KEBAB.fullmatch(each.value):
                literal.add(each.value)
            elif not isinstance(each, ast.Attribute | ast.Constant):  # `error.code` was a literal where it was made
                derived.add((file, ast.unparse(each)))
    return literal, derived


def test_every_code_of_the_program_is_on_the_page_and_none_besides() -> None:
    """A code without a sentence sends a person to the source."""
    literal, derived = _told()

    assert derived - DERIVED.keys() == set(), "name in DERIVED which codes these are"
    assert DERIVED.keys() - derived == set()
    assert sorted((literal | set().union(*DERIVED.values())) ^ WORDS.keys()) == []


def test_every_code_has_one_sentence_and_a_hint() -> None:
    """Once each; the sentence says what is wrong, the hint what to do."""
    codes = [words[0] for _, _, section in SECTIONS for words in section]

    assert len(codes) == len(set(codes))
    assert [code for code, sentence, hint in WORDS.values() if not sentence.endswith(".") or not hint] == []


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        ("problems.add(place, 'a-code', text)", {"a-code"}),
        ("self._problems.warn(place, 'a' if x else 'b', text)", {"a", "b"}),
        ("raise InvalidExpression('a-code', 0, text)", {"a-code"}),
        ("self._tell(1, 1, 'a-code', text)", {"a-code"}),
        ("found.add(place, 'a-code')", set()),
    ],
)
def test_the_search_sees_calls_of_every_kind(source: str, codes: set[str]) -> None:
    """A search that finds nothing would prove nothing."""
    call = next(each for each in ast.walk(ast.parse(source)) if isinstance(each, ast.Call))
    at = _place_of_code(call, "mapping/codes.py")

    found = set() if at is None else {node.value for node in ast.walk(call.args[at]) if isinstance(node, ast.Constant)}
    assert found == codes
