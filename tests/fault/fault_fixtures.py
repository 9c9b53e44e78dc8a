"""Fixtures of the fault tests, as a pytest plugin: the recorder, and a folder to lay disks out in."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the compiled recorder; without a compiler nothing here can be proved, and the run says so."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("disk faults need a C compiler (cc) on Linux: durability was NOT tested")
    library = tmp_path_factory.mktemp("iolog") / "iolog.so"
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(HERE / "iolog.c"), "-ldl", "-lpthread"]
    subprocess.run(command, check=True)  # noqa: S603  our own source
    return library


@pytest.fixture
def folder() -> Iterator[Path]:
    """Yield a folder in memory where there is one: hundreds of images are written there."""
    shared = Path("/dev/shm")  # noqa: S108
    with tempfile.TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else None) as name:
        yield Path(name)
