"""Sites to run: the repository's own with some texts changed, or a small one written for a test."""

import shutil
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


def own_site(folder: Path, edits: Mapping[str, str] | None = None) -> Path:
    """Copy the repository's config.yaml, routes and mappings to *folder*, ports left to the system.

    *edits* are replacements of texts in config.yaml, each of which must occur. Returns the path of config.yaml.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("routes", "mappings"):
        shutil.copytree(ROOT / name, folder / name)
    config = (ROOT / "config.yaml").read_text("utf-8")
    free = {"127.0.0.1:2575": "127.0.0.1:0", "127.0.0.1:2576": "127.0.0.1:0"}
    for old, new in {**free, **(edits or {})}.items():
        if old not in config:
            raise ValueError(f"config.yaml does not hold {old!r}")
        config = config.replace(old, new)
    return write_site(folder, {"config.yaml": config})


def write_site(folder: Path, files: Mapping[str, str]) -> Path:
    """Write *files* (path below *folder* -> text) and return the path of config.yaml."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder / "config.yaml"
