"""The sites of the bench: the repository's own, and one whose rules give every message an output for both sides.

Both without what rules ask of the record index and without the checks of outputs against profiles, which are told
apart: how much a site asks and checks is its own choice.
"""

import re
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


_BENCH = ROOT / "tests" / "bench" / "site"
_CHECKED = re.compile(r"(?m)^(output: \{.*), validate: [a-z0-9.-]+")


def checked_site() -> Settings:
    """Return the repository's own site as it is."""
    return load(ROOT / "config.yaml")


def own_site(folder: Path) -> Settings:
    """Return the repository's own site from a copy in *folder*: outputs unchecked, charges without a question."""
    asking_site(folder)
    charges = (_BENCH / "mappings" / "dft-all.yaml").read_text("utf-8").replace("dft-all", "dft-results")
    (folder / "mappings" / "dft-results.yaml").write_text(charges, "utf-8")
    return load(folder / "config.yaml")


def asking_site(folder: Path) -> Settings:
    """Return the repository's own site from a copy in *folder*, its outputs unchecked."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "config.yaml", folder)
    for part in ("routes", "mappings"):
        shutil.copytree(ROOT / part, folder / part)
    _leave_out_checks(folder / "mappings")
    return load(folder / "config.yaml")


def _leave_out_checks(mappings: Path) -> None:
    found = 0
    for path in mappings.glob("*.yaml"):
        text, count = _CHECKED.subn(r"\1", path.read_text("utf-8"))
        path.write_text(text, "utf-8")
        found += count
    if not found:
        raise ValueError("no mapping checks its output any more: say so in the bench's table")


def busy_site(folder: Path, destinations: Sequence[int] = (2601, 2602)) -> Path:
    """Write the bench's site to *folder* and return its config.yaml.

    Configuration, mappings and tables are the repository's own. Routes are the bench's: each message goes to billing
    and to the registry, where the own site filters a part; `elr-all` reports every result as one message.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    _leave_out_checks(folder / "mappings")
    shutil.copytree(_BENCH, folder, dirs_exist_ok=True)
    config = (ROOT / "config.yaml").read_text("utf-8")
    ports = {f":{port}": f":{actual}" for port, actual in zip((2601, 2602), destinations, strict=True)}
    for old, new in {**_EDITS, **ports}.items():
        if old not in config:
            raise ValueError(f"config.yaml does not hold {old!r}")
        config = config.replace(old, new)
    path = folder / "config.yaml"
    path.write_text(config, "utf-8")
    return path
