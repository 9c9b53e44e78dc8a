"""The commands that people try the engine with: real processes of ``engine receive``, ``send`` and ``generate``."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.peers import answer, free_port, receiving
from tests.support.running import ENGINE, LONG

MESSAGE = b"MSH|^~\\&|HIS|A|ENG|B|20260301||ADT^A01|M1|P|2.5.1\rPID|1||4711^^^A||DOE^JANE\r"
SECOND = MESSAGE.replace(b"|M1|", b"|M2|")


@dataclass
class Ended:
    """What a command came to."""

    code: int
    out: str
    err: str


async def _start(*arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(str(ENGINE), *arguments, stdin=pipe, stdout=pipe, stderr=pipe)


async def _run(*arguments: str, stdin: bytes = b"") -> Ended:
    process = await _start(*arguments)
    async with asyncio.timeout(LONG):
        out, err = await process.communicate(stdin)
    return Ended(process.returncode or 0, out.decode(), err.decode())


@dataclass
class Receiving:
    """A running ``engine receive``."""

    process: asyncio.subprocess.Process
    address: str

    async def ended(self, number: signal.Signals | None = signal.SIGTERM) -> Ended:
        """Stop it, or wait until it ends by itself."""
        if number is not None:
            self.process.send_signal(number)
        async with asyncio.timeout(LONG):
            out, err = await self.process.communicate()
        return Ended(self.process.returncode or 0, out.decode(), err.decode())


@asynccontextmanager
async def _receiving(*arguments: str) -> AsyncIterator[Receiving]:
    process = await _start("receive", "--listen", "127.0.0.1:0", *arguments)
    try:
        assert process.stderr is not None
        async with asyncio.timeout(LONG):
            said = (await process.stderr.readline()).decode()
        assert said.startswith("listening on 127.0.0.1:"), said
        yield Receiving(process, said.removeprefix("listening on ").partition(",")[0])
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _file(folder: Path, content: bytes, name: str = "messages.hl7") -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


async def test_what_is_sent_is_kept_byte_for_byte(tmp_path: Path) -> None:
    """A file of several messages is several frames; the receiver ends after as many as it was told."""
    folder = tmp_path / "kept"
    async with _receiving("--keep", str(folder), "--messages", "2") as receiver:
        sent = await _run("send", _file(tmp_path, MESSAGE + SECOND), "--to", receiver.address)
        received = await receiver.ended(None)

    assert (sent.code, received.code) == (0, 0)
    assert sent.out.split()[:2] == ["AA", "2"]
    assert "p99" in sent.out
    assert received.out == "2 messages received\n"
    assert [file.read_bytes() for file in sorted(folder.iterdir())] == [MESSAGE, SECOND]
    assert folder.stat().st_mode & 0o077 == 0
    assert "4711" not in sent.out + sent.err + received.out + received.err


async def test_what_was_kept_before_stays(tmp_path: Path) -> None:
    """A second run writes behind the first."""
    folder = tmp_path / "kept"
    for payload in (MESSAGE, SECOND):
        async with _receiving("--keep", str(folder), "--messages", "1") as receiver:
            await _run("send", _file(tmp_path, payload), "--to", receiver.address)
            await receiver.ended(None)

    assert [file.read_bytes() for file in sorted(folder.iterdir())] == [MESSAGE, SECOND]


@pytest.mark.parametrize(("code", "exits"), [("AE", 1), ("AR", 1), ("CA", 0)])
async def test_a_refusal_is_an_exit_code(tmp_path: Path, code: str, exits: int) -> None:
    """For scripts: 0 only if every message was accepted."""
    async with _receiving("--answer", code) as receiver:
        sent = await _run("send", _file(tmp_path, MESSAGE), "--to", receiver.address)
        received = await receiver.ended()

    assert (sent.code, sent.out.split()[:2]) == (exits, [code, "1"])
    assert (received.code, received.out) == (0, "1 messages received\n")


async def test_the_reason_of_a_refusal_is_told_in_codes(tmp_path: Path) -> None:
    """Which error of table 0357, so that nobody has to open a socket by hand."""
    refusal = (
        b"\x0bMSH|^~\\&|B|B|A|A|20260301||ACK|1|P|2.5.1\rMSA|AR|M1|DOE\rERR||MSH^1^9|201^Unsupported^HL70357|E\r\x1c\r"
    )
    async with receiving(lambda _payload: refusal) as peer:
        sent = await _run("send", _file(tmp_path, MESSAGE), "--to", f"127.0.0.1:{peer.port}")

    assert sent.code == 1
    assert sent.out.split()[:3] == ["AR", "201", "1"]
    assert "DOE" not in sent.out


async def test_silence_is_told_as_no_answer(tmp_path: Path) -> None:
    """After the patience that was asked for."""
    async with _receiving("--answer", "silence") as receiver:
        sent = await _run("send", _file(tmp_path, MESSAGE), "--to", receiver.address, "--timeout", "0.2")

    assert sent.code == 1
    assert "failed: answer-timeout 1" in sent.out


async def test_nobody_there_is_told_once_and_what_was_not_sent(tmp_path: Path) -> None:
    """Not a thousand times the same."""
    sent = await _run("send", _file(tmp_path, MESSAGE), "--to", f"127.0.0.1:{free_port()}", "--repeat", "1000")

    assert sent.code == 1
    assert "failed: refused 1" in sent.out
    assert "not sent 999" in sent.out


async def test_repeats_over_several_connections_all_arrive(tmp_path: Path) -> None:
    """So many at the same time, each in order."""
    async with receiving() as peer:
        sent = await _run(
            "send", _file(tmp_path, MESSAGE), "--to", f"127.0.0.1:{peer.port}", "--repeat", "20", "--connections", "4"
        )

    assert sent.code == 0
    assert (len(peer.frames), peer.connections) == (20, 4)


async def test_a_rate_is_kept(tmp_path: Path) -> None:
    """Ten messages at a hundred a second take a tenth of a second and not less."""
    loop = asyncio.get_running_loop()
    came: list[float] = []

    def reply(payload: bytes) -> bytes:
        came.append(loop.time())
        return answer(payload)

    async with receiving(reply) as peer:
        address = f"127.0.0.1:{peer.port}"
        await _run("send", _file(tmp_path, MESSAGE), "--to", address, "--repeat", "10", "--rate", "100")

    assert came[-1] - came[0] >= 0.08


async def test_a_batch_is_one_frame_with_one_answer(tmp_path: Path) -> None:
    """Its number is the batch's."""
    batch = b"BHS|^~\\&|HIS|A|ENG|B|20260301||||B77\r" + MESSAGE + SECOND + b"BTS|2\r"
    folder = tmp_path / "kept"
    async with _receiving("--keep", str(folder), "--messages", "1") as receiver:
        sent = await _run("send", _file(tmp_path, batch), "--to", receiver.address)
        await receiver.ended(None)

    assert sent.out.split()[:2] == ["AA", "1"]
    assert [file.read_bytes() for file in folder.iterdir()] == [batch]


async def test_synthetic_messages_go_from_one_command_to_the_next(tmp_path: Path) -> None:
    """``generate`` writes what ``send`` reads from standard input; the same seed gives the same bytes."""
    made = [await _run("generate", "--adt", "5", "--oru", "3", "--seed", "7") for _ in range(2)]
    async with receiving() as peer:
        sent = await _run("send", "-", "--to", f"127.0.0.1:{peer.port}", stdin=made[0].out.encode())

    assert made[0] == made[1]
    assert (sent.code, len(peer.frames)) == (0, 8)
    assert b"".join(peer.frames).decode() == made[0].out


async def test_a_port_in_use_is_told_in_words(tmp_path: Path) -> None:
    """3: it could not start."""
    async with receiving() as other:
        ended = await _run("receive", "--listen", f"127.0.0.1:{other.port}")

    assert ended.code == 3
    assert "another program uses this port" in ended.err
    assert "Traceback" not in ended.err
