"""When the engine cannot start it says why in words that say what to do, ends with 3, and touches nothing."""

import asyncio
import os
import socket
import sqlite3
from pathlib import Path

import pytest

from tests.support.messages import adt
from tests.support.peers import field_of, send
from tests.support.running import ENGINE, RunningEngine, own_environment, running_engine, start_engine
from tests.support.sites import small_site, store_of

COULD_NOT_START = 3
SITE = {"billing": "mllp: 127.0.0.1:1"}


async def refused(config: Path) -> RunningEngine:
    """Start an engine that cannot start; return it ended, with what it said. No traceback, no readiness."""
    engine = await start_engine(config)
    code = await engine.ended()
    assert code == COULD_NOT_START, engine.said
    assert "Traceback" not in engine.said
    assert engine.find("engine.ready") == []
    assert engine.output == b""
    return engine


async def test_every_mistake_of_the_configuration_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    """The same problems that `engine check` tells; and nothing is created."""
    config = small_site(tmp_path, {"billing": "mllp: 127.0.0.1:1, lanez: 3", "registry": "mllp: nowhere"})
    (tmp_path / "routes" / "all.yaml").write_text(
        "route: all\nfrom: inbond\nto:\n  biling: {when: MSH-9.1 = 'ADT'}\n", "utf-8"
    )

    engine = await refused(config)
    checking = await asyncio.create_subprocess_exec(
        str(ENGINE), "check", "--config", str(config), stdout=asyncio.subprocess.PIPE, env=own_environment()
    )
    checked = (await checking.communicate())[0].decode().split("\n")

    told = [line for line in engine.lines if ":" in line and ".yaml:" in line]
    places = {tuple(line.split(":")[:2]) for line in told}
    assert {("routes/all.yaml", "2"), ("routes/all.yaml", "4"), ("config.yaml", "6"), ("config.yaml", "7")} <= places
    assert [line for line in checked if ".yaml:" in line] == told
    assert checking.returncode == 1
    assert "engine check" in engine.lines[-1]
    assert not (tmp_path / "var").exists()


async def test_a_configuration_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Whoever starts it in the wrong folder reads which file was looked for."""
    engine = await refused(tmp_path / "config.yaml")

    assert "config.yaml" in engine.said


async def test_a_port_in_use_is_named_with_its_listener(tmp_path: Path) -> None:
    """And with what to do about it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        config = small_site(tmp_path, SITE)
        config.write_text(config.read_text().replace("mllp: 127.0.0.1:0", f"mllp: 127.0.0.1:{port}"))

        engine = await refused(config)

    assert f"listener 'inbound' cannot listen on 127.0.0.1:{port}" in engine.said
    assert "choose another port" in engine.said


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """Before anything listens: no sender is ever promised what cannot be kept."""
    config = small_site(tmp_path, SITE)
    if os.geteuid():
        (tmp_path / "var").mkdir(mode=0o500)
    else:  # root may write into every folder but those that only look like folders
        config.write_text("store: sqlite:////proc/engine/engine.db\n" + config.read_text())

    engine = await refused(config)

    assert "the store" in engine.said
    assert "folder" in engine.said


@pytest.mark.parametrize("content", [b"this is no database, whatever its name says" * 30, b"\x00" * 5000])
async def test_a_file_that_is_no_store_is_left_as_it_is(content: bytes, tmp_path: Path) -> None:
    """A wrong path in config.yaml must not cost anybody a file."""
    config = small_site(tmp_path, SITE)
    (tmp_path / "var").mkdir()
    store_of(config).write_bytes(content)

    engine = await refused(config)

    assert "not a store of this engine" in engine.said
    assert store_of(config).read_bytes() == content


async def test_a_store_of_a_newer_engine_is_left_as_it_is(tmp_path: Path) -> None:
    """Going back to an older version after a migration: told which revision, nothing changed."""
    config = small_site(tmp_path, SITE)
    async with running_engine(config):
        pass
    with sqlite3.connect(store_of(config)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    before = store_of(config).read_bytes()

    engine = await refused(config)

    assert "9999" in engine.said
    assert "a newer engine wrote it" in engine.said
    assert store_of(config).read_bytes() == before


async def test_a_second_engine_on_the_same_store_is_sent_away(tmp_path: Path) -> None:
    """It names the process that holds the store, and the first one does not even notice."""
    config = small_site(tmp_path, SITE)
    async with running_engine(config) as first:
        second = await refused(config)
        reply = await send(first.ports["inbound"], adt("M1"))

    assert f"process {first.process.pid}" in second.said
    assert field_of(reply, b"MSA", 1) == b"AA"
