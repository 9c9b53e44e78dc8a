"""The control socket alone: who may ask, what happens to those who ask badly, and how it ends."""

import asyncio
import os
import socket
import stat
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.control import Request, answering, ask, socket_path
from engine.control.callers import Caller, user_name
from engine.control.server import LONGEST_REQUEST
from engine.errors import CouldNotListen, NoEngine, NotPossible, StorageBusy

LONG = 20.0


class Echo:
    """Handlers that say what they were asked, or fail as they are told."""

    def __init__(self) -> None:
        self.came = asyncio.Event()
        self.gate = asyncio.Event()
        self.asked: list[Request] = []

    async def handle(self, request: Request) -> object:
        self.asked.append(request)
        self.came.set()
        match request.do:
            case "wait":
                await self.gate.wait()
            case "refuse":
                raise NotPossible("no", "this cannot be")
            case "store":
                raise StorageBusy("sqlite-full")
            case "crash":
                raise ValueError("DOE^JANE")
        return {"echo": dict(request.arguments)}


@asynccontextmanager
async def engine_at(store: Path) -> AsyncIterator[Echo]:
    echo = Echo()
    async with answering(socket_path(store), echo):
        yield echo


async def asking(store: Path, do: str, **arguments: object) -> Any:
    return await asyncio.to_thread(ask, store, do, arguments, LONG)


async def raw(store: Path, sent: bytes) -> bytes:
    """Send bytes and return all that comes back."""
    reader, writer = await asyncio.open_unix_connection(str(socket_path(store)))
    writer.write(sent)
    try:
        async with asyncio.timeout(LONG):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_a_question_is_answered_and_the_asker_named(tmp_path: Path) -> None:
    """The kernel says who asks; nobody can claim to be another."""
    store = tmp_path / "engine.db"
    async with engine_at(store) as echo:
        answer = await asking(store, "anything", number=12)

    assert answer == {"echo": {"number": 12}}
    assert echo.asked[0].actor.split(" as ")[-1] == user_name(os.geteuid())


async def test_only_the_engines_user_can_open_the_socket_and_it_goes_with_the_engine(tmp_path: Path) -> None:
    """Mode 0600; the file is gone at the end."""
    store = tmp_path / "engine.db"
    async with engine_at(store):
        mode = socket_path(store).stat().st_mode

    assert (stat.S_IMODE(mode), stat.S_ISSOCK(mode)) == (0o600, True)
    assert not socket_path(store).exists()
    assert not Caller(os.geteuid() + 1, 1).is_allowed
    assert Caller(0, 1).is_allowed


@pytest.mark.parametrize(
    ("do", "code", "text"),
    [
        ("refuse", "no", "this cannot be"),
        (
            "store",
            "sqlite-full",
            StorageBusy("sqlite-full").text,
        ),
        ("crash", "bug", "the engine failed on this: its log says where (control.crashed)"),
    ],
)
async def test_what_cannot_be_done_comes_back_as_a_code_and_a_sentence(
    tmp_path: Path, do: str, code: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake of ours costs one answer and shows no value, in the answer or in the log."""
    store = tmp_path / "engine.db"
    async with engine_at(store):
        with pytest.raises(NotPossible) as refusal:
            await asking(store, do)
        still = await asking(store, "anything")

    said = capsys.readouterr()
    assert (refusal.value.code, refusal.value.text) == (code, text)
    assert still == {"echo": {}}
    assert "DOE" not in said.out + said.err


@pytest.mark.parametrize("line", [b"{", b"[]", b"{}", b'{"do": 1}', b'{"do": "x", "with": []}', b"\xff", b"null"])
async def test_what_is_no_request_is_told_so(tmp_path: Path, line: bytes) -> None:
    """Never a crash, never a handler that is asked nonsense."""
    store = tmp_path / "engine.db"
    async with engine_at(store) as echo:
        answer = await raw(store, line + b"\n")

    assert b'"code":"bad-request"' in answer
    assert echo.asked == []


async def test_a_request_without_end_is_cut_off(tmp_path: Path) -> None:
    """The bound holds before a line is read whole."""
    store = tmp_path / "engine.db"
    async with engine_at(store) as echo:
        answer = await raw(store, b"x" * (LONGEST_REQUEST * 4))
        still = await asking(store, "anything")

    assert answer == b""
    assert len(echo.asked) == 1
    assert still == {"echo": {}}


async def test_what_was_begun_is_finished_and_told_before_the_end(tmp_path: Path) -> None:
    """Stopping the engine in the middle of a release must not leave its asker without a word."""
    store = tmp_path / "engine.db"
    async with engine_at(store) as echo:
        question = asyncio.create_task(asking(store, "wait"))
        await asyncio.wait_for(echo.came.wait(), LONG)
        asyncio.get_running_loop().call_later(0.05, echo.gate.set)
    answer = await question

    assert answer == {"echo": {}}


async def test_one_who_connects_and_says_nothing_does_not_hold_up_the_end(tmp_path: Path) -> None:
    """The engine waits for nobody who has not asked yet."""
    store = tmp_path / "engine.db"
    async with asyncio.timeout(LONG / 4):
        async with engine_at(store):
            _, writer = await asyncio.open_unix_connection(str(socket_path(store)))
            await asking(store, "anything")
        writer.close()


async def test_a_dead_engines_socket_is_replaced_and_another_file_is_not(tmp_path: Path) -> None:
    """kill -9 leaves the file; what somebody else put there is left alone and told."""
    store = tmp_path / "engine.db"
    path = socket_path(store)
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()
    with pytest.raises(NoEngine) as before:
        await asking(store, "anything")
    async with engine_at(store):
        answer = await asking(store, "anything")
    path.write_text("mine", "utf-8")
    with pytest.raises(CouldNotListen) as refusal:
        async with engine_at(store):
            pass

    assert before.value.code == "no-engine"
    assert answer == {"echo": {}}
    assert refusal.value.code == "control-path"
    assert path.read_text("utf-8") == "mine"


async def test_a_store_deep_in_folders_has_its_socket_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket's path is short by law; both ends compute the same other place, and its folder is ours alone."""
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        monkeypatch.setattr(tempfile, "tempdir", short)
        store = tmp_path / ("deep" * 30) / "engine.db"
        store.parent.mkdir()
        async with engine_at(store):
            answer = await asking(store, "anything")
            folder = socket_path(store).parent.stat()
        socket_path(store).parent.chmod(0o755)
        with pytest.raises(CouldNotListen) as refusal:
            async with engine_at(store):
                pass

        assert answer == {"echo": {}}
        assert stat.S_IMODE(folder.st_mode) == 0o700
        assert refusal.value.code == "control-folder"
        assert socket_path(store) == socket_path(store.parent / ".." / store.parent.name / store.name)
