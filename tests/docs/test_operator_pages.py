"""The pages for operators know every event of the log, every state, every command and option."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from engine.cli import deliveries, messages
from engine.states import DeliveryState, MessageState

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_LOUD = ("info", "warning", "error")


def _events() -> Iterator[str]:
    """Yield the name of every event that is logged at a level that is on by default."""
    for path in sorted((ROOT / "engine").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _LOUD:
                name = node.args[0] if node.args else None
                if isinstance(name, ast.Constant) and isinstance(name.value, str) and "." in name.value:
                    yield name.value


def test_the_operators_page_tells_what_to_do_about_every_event() -> None:
    """A line of the log that no page explains helps nobody at night."""
    page = (DOCS / "how-to" / "operate.md").read_text("utf-8")
    events = {event for event in _events() if not event.endswith(".crashed")}

    assert "delivery.held" in events
    assert sorted(event for event in events if f"`{event}`" not in page) == []


def test_the_page_of_states_has_every_state() -> None:
    """One word each."""
    page = (DOCS / "reference" / "states.md").read_text("utf-8")
    states = [state.name.lower() for kind in (MessageState, DeliveryState) for state in kind]

    assert [state for state in states if f"| *{state}* |" not in page] == []


@pytest.mark.parametrize(("group", "app"), [("messages", messages.app), ("deliveries", deliveries.app)])
def test_the_page_of_commands_has_every_command_with_its_options(group: str, app: typer.Typer) -> None:
    """What a command takes stands below its name."""
    page = (DOCS / "reference" / "commands.md").read_text("utf-8")
    found = typer.main.get_group(app).commands
    missing = []
    for name, command in found.items():
        section = page.partition(f"\n## engine {group} {name}\n")[2].partition("\n## ")[0]
        options = [option for each in command.params for option in each.opts if option.startswith("--")]
        missing += [f"{name} {option}" for option in options if option not in section]

    assert {option.split()[-1] for option in missing} <= {"--config", "--format"}
    assert len(found) == (2 if group == "messages" else 5)
