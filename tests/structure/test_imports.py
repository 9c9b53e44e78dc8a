"""THE TABLE of who may import whom (DESIGN.md 4). A new package, arrow or library is written here first."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGINE = ROOT / "engine"

# Whatever a package of the pure core needs; nothing in it opens a file or a socket or asks what time it is.
_WORDS = frozenset({"errors", "states", "problems", "context", "quick"})
_RULES = _WORDS | {"documents", "hl7", "grammar"}
_RUNNING = frozenset({"errors", "states", "clock", "context", "telemetry"})

MAY_IMPORT: dict[str, frozenset[str]] = {
    # leaves
    "states": frozenset(),
    "clock": frozenset(),
    "context": frozenset(),
    "journeys": frozenset(),
    "statements": frozenset(),
    "quick": frozenset(),
    "problems": frozenset({"states"}),
    "errors": frozenset({"problems"}),
    "documents": frozenset({"errors", "problems"}),
    "telemetry": frozenset({"errors", "states", "clock"}),
    # bytes on sockets; knows no field
    "mllp": frozenset({"errors", "clock", "telemetry"}),
    # the pure core
    "hl7": frozenset({"errors", "quick"}),
    "grammar": frozenset({"errors", "states", "hl7"}),
    "expression": _RULES,
    "mapping": _RULES | {"expression"},
    "validation": _RULES | {"expression", "mapping"},  # of mapping its groups: what a path means at one segment
    "routing": _RULES | {"expression", "mapping", "validation"},
    "index": frozenset({"errors", "states", "context", "statements", "hl7", "grammar"}),
    "reply": frozenset({"errors", "hl7", "quick"}),
    "planned": _RULES | {"expression", "mapping", "validation", "routing", "index", "reply"},
    "decision": _RULES | {"planned"} | {"expression", "mapping", "validation", "routing", "index", "reply"},
    # what it is surrounded by
    "journal": _RUNNING | {"statements"},
    # what may be wrong with the index, for people to look at; beside the way of a message, never on it
    "quality": frozenset({"errors", "clock", "statements", "index"}),
    "export": frozenset({"errors", "clock", "index"}),
    "delivery": _RUNNING | {"mllp", "hl7", "journal"},
    "intake": _RUNNING | {"mllp", "hl7", "routing", "index", "decision", "journal"},
    # functions in Python run in processes of their own: mappings know them by a protocol only
    "hatch": frozenset({"errors", "problems", "mapping"}),
    "config": _RULES | {"expression", "mapping", "validation", "routing", "hatch"},
    "observe": _RUNNING | {"journal", "delivery", "intake", "config"},
    "control": _RUNNING,
    "operations": _RUNNING
    | {"mllp", "hl7", "routing", "decision", "index", "journal", "quality", "delivery", "observe", "control"},
    "wiring": _RUNNING | {"mllp", "hl7", "journal", "delivery", "intake", "config"},
    "workbench": _RULES
    | {"clock", "expression", "mapping", "validation", "routing", "index", "decision", "journal", "config", "control"},
    # a changed site is checked and its cases are run before the service switches to it
    "reloading": _RULES | {"expression", "routing", "config", "wiring", "workbench"},
    "service": _RUNNING
    | {"mllp", "hl7", "routing", "decision", "index", "journal", "delivery", "intake", "config", "observe", "control"}
    | {"operations", "wiring", "reloading", "quality"},
    "neighbours": _RUNNING | {"journeys", "mllp", "hl7"},
    "demo": _RUNNING
    | {"neighbours", "journeys", "mllp", "hl7", "journal", "config", "control", "observe", "service", "problems"},
    "cli": _RUNNING
    | {
        "problems",
        "journeys",
        "neighbours",
        "mllp",
        "hl7",
        "journal",
        "index",
        "config",
        "control",
        "observe",
        "operations",
        "quality",
        "export",
        "reloading",
        "service",
        "workbench",
        "demo",
    },
}

MAY_USE: dict[str, frozenset[str]] = {
    "documents": frozenset({"yaml"}),
    "telemetry": frozenset({"structlog", "orjson"}),
    "mllp": frozenset({"structlog"}),
    "grammar": frozenset({"hl7apy"}),
    "statements": frozenset({"sqlalchemy", "orjson"}),
    "expression": frozenset({"re2"}),
    "index": frozenset({"sqlmodel", "sqlalchemy", "orjson"}),
    "validation": frozenset({"orjson"}),
    "journal": frozenset({"sqlmodel", "sqlalchemy", "alembic", "structlog", "orjson"}),
    "quality": frozenset({"sqlmodel", "sqlalchemy", "rapidfuzz"}),
    "export": frozenset({"sqlalchemy", "orjson"}),
    "delivery": frozenset({"structlog", "sqlalchemy"}),
    "intake": frozenset({"structlog", "sqlalchemy"}),
    "hatch": frozenset({"structlog"}),
    "config": frozenset({"pydantic", "pydantic_core"}),
    "observe": frozenset({"structlog", "orjson", "sqlalchemy"}),
    "control": frozenset({"structlog", "orjson"}),
    "operations": frozenset({"structlog", "orjson", "sqlalchemy"}),
    "service": frozenset({"structlog", "sqlalchemy"}),
    "workbench": frozenset({"orjson", "sqlalchemy"}),  # explain is handed a connection to read a message
    "demo": frozenset({"rich", "structlog", "orjson"}),
    "cli": frozenset({"typer", "rich", "orjson", "structlog", "uvloop", "sqlalchemy", "watchfiles"}),
}

ONE_FILE_ONLY = {"hl7apy": "engine/grammar/tables.py", "yaml": "engine/documents/parse.py", "re2": "engine/expression/"}
"""A library whose kind of values and errors must not spread."""

PURE = (
    *("hl7", "grammar", "expression", "mapping", "validation", "routing"),
    *("index/facts.py", "index/fold.py", "index/identity.py", "reply.py", "planned.py", "decision.py"),
)
"""Folders and files of the core that decides."""
IMPURE_MODULES = frozenset(
    {"asyncio", "logging", "os", "pathlib", "random", "secrets", "shutil", "socket", "sqlite3", "ssl", "subprocess"}
    | {"tempfile", "threading", "time", "urllib"}
)
NOT_FOR_THE_PURE_CORE = frozenset({"engine.index.tables", "engine.index.load", "engine.index.store"})


def _files() -> list[Path]:
    return sorted(ENGINE.rglob("*.py"))


def _package(module: str) -> str:
    """Return the package, or the file directly below engine/, that a dotted name begins with."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            if node.module == "engine":
                yield from ((node.lineno, f"engine.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, node.module or ""


def _owner(path: Path) -> str:
    below = path.relative_to(ENGINE).parts[0]
    return below.removesuffix(".py")


def _is_pure(path: Path) -> bool:
    below = path.relative_to(ENGINE).as_posix()
    return any(below == name or below.startswith(f"{name}/") for name in PURE)


def test_a_file_imports_only_what_the_table_allows() -> None:
    """The direction of DESIGN.md 4 holds, so that the pure core stays pure and nothing becomes a knot."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {_owner(path)} may not import {module}"
        for path in _files()
        for line, module in _imports(path)
        if module.startswith("engine.")
        and _owner(path) != "__init__"
        and _package(module) not in MAY_IMPORT.get(_owner(path), frozenset()) | {_owner(path)}
    ]

    assert wrong == []


def test_every_package_stands_in_the_table() -> None:
    """A new package is written into the table first."""
    owners = {_owner(path) for path in _files()} - {"__init__"}

    assert owners - MAY_IMPORT.keys() == set()


def test_the_table_is_an_order() -> None:
    """Whoever is imported stands above the importer: the table itself can hold no circle."""
    order = list(MAY_IMPORT)

    wrong = [
        f"{package} -> {other}"
        for package, others in MAY_IMPORT.items()
        for other in others
        if order.index(other) > order.index(package)
    ]

    assert wrong == []


def test_a_library_is_used_only_where_the_table_says() -> None:
    """Each library has its package; its errors and its kinds of values stay there."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {module}"
        for path in _files()
        for line, module in _imports(path)
        if (library := module.split(".")[0]) not in sys.stdlib_module_names | {"engine", ""}
        and library not in MAY_USE.get(_owner(path), frozenset())
    ]

    assert wrong == []


@pytest.mark.parametrize(("library", "home"), sorted(ONE_FILE_ONLY.items()))
def test_some_libraries_have_one_home(library: str, home: str) -> None:
    """hl7apy, YAML and RE2 are each known in one place."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in _files()
        for line, module in _imports(path)
        if module.split(".")[0] == library and not path.relative_to(ROOT).as_posix().startswith(home)
    ]

    assert wrong == []


def test_the_pure_core_opens_nothing_and_asks_no_clock() -> None:
    """decision.py and all that it imports: no files, no sockets, no threads, no random numbers, no time."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {module}"
        for path in _files()
        if _is_pure(path)
        for line, module in _imports(path)
        if module.split(".")[0] in IMPURE_MODULES or module in NOT_FOR_THE_PURE_CORE
    ]

    assert wrong == []


def test_the_checks_see_imports_of_every_kind(tmp_path: Path) -> None:
    """A test that cannot fail proves nothing: each way to import is found."""
    file = tmp_path / "x.py"
    file.write_text("import os\nfrom engine import hl7\n\ndef f():\n    from engine.journal.writer import W\n", "utf-8")

    found = list(_imports(file))

    assert found == [(1, "os"), (2, "engine.hl7"), (5, "engine.journal.writer")]
