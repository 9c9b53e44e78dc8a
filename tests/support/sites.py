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


def small_site(folder: Path, destinations: Mapping[str, str], listener: str = "", mapping: str = "") -> Path:
    """Write a site with one listener ``inbound`` that sends everything to every destination.

    *destinations*: name -> the rest of its settings in YAML's flow style, as ``mllp: 127.0.0.1:2601, lanes: 4``;
    *listener*: further settings of the listener; *mapping*: the text of a mapping called ``mapped``, for all of them.
    """
    where = f"{{mllp: 127.0.0.1:0{', ' if listener else ''}{listener}}}"
    told = "".join(f"  {name}: {{{settings}}}\n" for name, settings in destinations.items())
    entry = "map: mapped" if mapping else "when: MSH-9.1 != 'nothing is called so'"
    entries = "".join(f"  {name}: {{{entry}}}\n" for name in destinations)
    files = {
        "config.yaml": f"site: small\ntime_zone: UTC\nlisteners:\n  inbound: {where}\ndestinations:\n{told}",
        "routes/all.yaml": f"route: all\nfrom: inbound\nto:\n{entries}",
        **({"mappings/mapped.yaml": mapping} if mapping else {}),
    }
    return write_site(folder, files)


def store_of(config: Path) -> Path:
    """Return where a site's store is."""
    return config.parent / "var" / "engine.db"
