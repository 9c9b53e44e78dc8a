"""`engine test --watch` as a process: a file is saved, and the new result is there before the analyst looks up."""

import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import IO

import pytest

from tests.support.cases import MAPPING, site_with_cases

ENGINE = (sys.executable, "-c", "from engine.cli import main; main()")
WAITING = "waiting for a file to be saved"
CASE = "cases:\n  - case: an admission\n    message: admission.hl7\n    expect: {billing: {PV1-2: INP}}\n"


@dataclass
class Watching:
    """The command while it runs."""

    process: "subprocess.Popen[str]"
    lines: "queue.Queue[str]" = field(default_factory=queue.Queue)

    def until(self, words: str) -> list[str]:
        """Return the lines up to the one with *words*."""
        found = [self.lines.get(timeout=20)]
        while words not in found[-1]:
            found.append(self.lines.get(timeout=20))
        return found


def _read(out: IO[str], lines: "queue.Queue[str]") -> None:
    for line in out:
        lines.put(line)


@contextmanager
def _watching(site: Path, *arguments: str) -> Iterator[Watching]:
    command = (*ENGINE, "test", "--watch", "--config", str(site), *arguments)

    with subprocess.Popen(command, stdout=PIPE, stderr=STDOUT, text=True) as process:  # noqa: S603 our own program
        watching = Watching(process)
        assert process.stdout is not None
        out = process.stdout
        threading.Thread(target=_read, args=(out, watching.lines), daemon=True).start()
        try:
            yield watching
        finally:
            process.kill()


def test_a_saved_mapping_is_tried_again_within_a_second(tmp_path: Path) -> None:
    """From the save to the last line of the result; the failing field is told with both values."""
    site = site_with_cases(tmp_path, CASE)
    took = []

    with _watching(site) as watching:
        first = watching.until(WAITING)
        for wrong in (True, False, True):
            begun = time.perf_counter()
            text = MAPPING.replace("'classes', PV1-2)", "'classes', PV1-2) + 'X'") if wrong else MAPPING
            (site / "mappings/bar.yaml").write_text(text, "utf-8")
            last = watching.until(WAITING)
            took.append(time.perf_counter() - begun)

    assert "1 case: passed\n" in first
    assert [line.strip() for line in last[:5]] == [
        "routes/adt.yaml",
        "FAIL  an admission",
        "routes/adt.yaml:16:31: billing PV1-2",
        "expected 'INP'",
        "found    'INPX'",
    ]
    assert max(took) < 1, took


@pytest.mark.parametrize("file", ["classes.csv", "admission.hl7", "config.yaml", "routes/new.cases.yaml", "wanted.hl7"])
def test_every_kind_of_file_that_a_case_depends_on_is_watched(file: str, tmp_path: Path) -> None:
    """Tables, messages, a new file of cases, a file that was missing: a problem or a result, but something is told."""
    case = CASE + "  - case: whole\n    message: admission.hl7\n    expect: {billing: {file: wanted.hl7}}\n"
    site = site_with_cases(tmp_path, CASE if file != "wanted.hl7" else case)

    with _watching(site) as watching:
        watching.until(WAITING)
        with (site / file).open("a", encoding="utf-8") as saved:
            saved.write("\n")
        told = watching.until(WAITING)

    assert told


def test_a_site_with_a_mistake_is_waited_for_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    """The mistake is told, the next save tries again; the exit code is that of the last run."""
    site = site_with_cases(tmp_path, CASE)

    with _watching(site) as watching:
        watching.until(WAITING)
        (site / "mappings/bar.yaml").write_text("mapping: bar\n\tx: y\n", "utf-8")
        told = watching.until(WAITING)
        watching.process.send_signal(signal.SIGINT)
        code = watching.process.wait(20)

    assert any("mappings/bar.yaml:2:1: yaml-syntax: a tab cannot indent in YAML" in line for line in told)
    assert code == 1
