"""The listener over TLS, with and without certificates of the senders."""

import ssl
from pathlib import Path

import pytest
import trustme

from engine.mllp.framing import wrap
from engine.mllp.listener import Listener
from engine.mllp.options import Limits
from engine.mllp.tls import client_context, server_context
from tests.acceptance.mllp_peers import LONG, Echo, connect, listening, read_frame, read_to_end, until_gone


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """A server's and a client's certificate, and their authority."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    for name in ("127.0.0.1", "client"):
        issued = authority.issue_cert(name)
        issued.cert_chain_pems[0].write_to_path(str(tmp_path / f"{name}.pem"))
        issued.private_key_pem.write_to_path(str(tmp_path / f"{name}.key"))
        (tmp_path / f"{name}.key").chmod(0o600)
    return tmp_path


async def test_messages_travel_over_tls(certificates: Path) -> None:
    """The same frames, encrypted; big ones, too."""
    handler = Echo()
    tls = server_context(certificates / "127.0.0.1.pem", certificates / "127.0.0.1.key")
    async with listening(handler, tls=tls) as listener:
        reader, writer = await connect(listener, client_context(certificates / "ca.pem"))

        writer.write(wrap(b"a") + wrap(b"x" * 3_000_000))

        assert [await read_frame(reader) for _ in range(2)] == [b"ack:a", b"ack:" + b"x" * 20]
        assert [len(frame) for frame in handler.frames] == [1, 3_000_000]
        writer.close()


async def test_mutual_tls_lets_in_only_who_has_a_certificate(certificates: Path) -> None:
    """Without one nothing is delivered."""
    handler = Echo()
    ca = certificates / "ca.pem"
    tls = server_context(certificates / "127.0.0.1.pem", certificates / "127.0.0.1.key", ca)
    async with listening(handler, tls=tls) as listener:
        known = client_context(ca, certificates / "client.pem", certificates / "client.key")
        reader, writer = await connect(listener, known)
        writer.write(wrap(b"a"))
        answer = await read_frame(reader)
        writer.close()

        was_refused = await refused_over_tls(listener, client_context(ca))
        await until_gone(listener)

        assert answer == b"ack:a"
        assert was_refused
        assert handler.frames == [b"a"]
        assert listener.tally.counts["tls-handshake"] == 1


async def refused_over_tls(listener: Listener, tls: ssl.SSLContext) -> bool:
    """Whether no answer comes: with TLS 1.3 the refusal may arrive after the client's own handshake."""
    try:
        reader, writer = await connect(listener, tls)
        writer.write(wrap(b"let me in"))
        return await read_to_end(reader) == b""
    except OSError:
        return True


async def test_a_stalled_handshake_is_cut_off(certificates: Path) -> None:
    """A peer that connects to a TLS port and says nothing gives its place back; so does one that speaks plainly."""
    tls = server_context(certificates / "127.0.0.1.pem", certificates / "127.0.0.1.key")
    async with listening(Echo(), Limits(handshake_seconds=0.1), tls=tls) as listener:
        reader, writer = await connect(listener)
        plain_reader, plain = await connect(listener)
        plain.write(wrap(b"MSH|plain"))

        rest = await read_to_end(reader)
        await read_to_end(plain_reader)
        await until_gone(listener)

        assert rest == b""
        assert listener.tally.counts["tls-handshake"] == 2
        writer.close()
        plain.close()


async def test_stopping_sends_away_who_is_still_shaking_hands(certificates: Path) -> None:
    """Nothing was read from it, so nothing is waited for."""
    tls = server_context(certificates / "127.0.0.1.pem", certificates / "127.0.0.1.key")
    async with listening(Echo(), Limits(handshake_seconds=600), tls=tls) as listener:
        reader, writer = await connect(listener)
        known = await connect(listener, client_context(certificates / "ca.pem"))

        listener.stop_accepting()
        rest = await read_to_end(reader)
        known[1].close()
        cut_off = await listener.finish(LONG)

        assert rest == b""
        assert cut_off == 0
        writer.close()
