"""The two sites of the bench: the repository's own, and one whose rules give every message an output for both sides."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from engine.config.loading import Settings, load
from tests.bench.processes import ROOT

_EDITS = {
    "127.0.0.1:2575": "127.0.0.1:0",
    "127.0.0.1:2576": "127.0.0.1:0",
    "charge-master.csv, unknown: error}": "charge-master.csv, unknown: keep}",
}
"""What the bench's site changes in config.yaml, besides ports: a service without a price parks nothing."""


def own_site() -> Settings:
    """Return the repository's own site."""
    return load(ROOT / "config.yaml")


def busy_site(folder: Path, destinations: Sequence[int] = (2601, 2602)) -> Path:
    """Write the bench's site to *folder* and return its config.yaml.

    Configuration, mappings and tables are the repository's own. Routes are the bench's: each message goes to billing
    and to the registry, where the own site filters a part; `elr-all` reports every result as one message.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    shutil.copytree(ROOT / "tests" / "bench" / "site", folder, dirs_exist_ok=True)
    config = (ROOT / "config.yaml").read_text("utf-8")
    ports = {f":{port}": f":{actual}" for port, actual in zip((2601, 2602), destinations, strict=True)}
    for old, new in {**_EDITS, **ports}.items():
        if old not in config:
            raise ValueError(f"config.yaml does not hold {old!r}")
        config = config.replace(old, new)
    path = folder / "config.yaml"
    path.write_text(config, "utf-8")
    return path
