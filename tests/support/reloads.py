"""Asking a running engine to read its files again, as a program would."""

import asyncio
from pathlib import Path
from typing import Any

from engine.control import ask
from tests.support.sites import store_of


async def reload(config: Path) -> dict[str, Any]:
    """Return the engine's answer."""
    told = await asyncio.to_thread(ask, store_of(config), "reload", {})
    assert isinstance(told, dict)
    return told


def replace_in(file: Path, old: str, new: str) -> None:
    """Change a text of a file, which must occur."""
    text = file.read_text("utf-8")
    assert old in text, f"{file.name} does not hold {old!r}"
    file.write_text(text.replace(old, new), "utf-8")
