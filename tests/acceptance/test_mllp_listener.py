"""The listener on real sockets: senders of every manner, their answers, and an ordered end."""

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from engine.errors import CouldNotListen
from engine.mllp.framing import Tolerances, wrap
from engine.mllp.handler import Caller
from engine.mllp.listener import Listener
from engine.mllp.options import Limits, ListenerOptions
from tests.acceptance.mllp_peers import LONG, Echo, Slow, connect, listening, read_frame, read_to_end, until_gone


async def test_pipelined_frames_are_answered_in_their_order() -> None:
    """Ten frames in one segment: ten answers, in order."""
    handler = Slow()
    async with listening(handler) as listener:
        reader, writer = await connect(listener)

        writer.write(b"".join(wrap(b"%d" % n) for n in range(10)))
        await handler.wait_for(10)
        handler.pending.reverse()
        handler.answer_all()
        answers = [await read_frame(reader) for _ in range(10)]

        assert answers == [b"ack:%d" % n for n in range(10)]
        writer.close()


async def test_a_frame_may_go_without_an_answer() -> None:
    """Enhanced mode may want none; the next frame is not held up."""
    handler = Slow()
    async with listening(handler) as listener:
        reader, writer = await connect(listener)
        writer.write(wrap(b"silent") + wrap(b"loud"))
        await handler.wait_for(2)

        (caller, first, _), (_, second, _) = handler.pending
        caller.answer(second, b"heard")
        caller.answer(first, None)

        assert await read_frame(reader) == b"heard"
        writer.close()


async def test_a_frame_of_several_messages_is_answered_once_for_each() -> None:
    """`several: split`: the answers leave together, before those of the next frame."""
    handler = Slow()
    async with listening(handler) as listener:
        reader, writer = await connect(listener)
        writer.write(wrap(b"two in one") + wrap(b"next"))
        await handler.wait_for(2)

        (caller, first, _), (_, second, _) = handler.pending
        caller.answer(second, b"third")
        caller.answer_all(first, [b"first", b"second"])

        assert [await read_frame(reader) for _ in range(3)] == [b"first", b"second", b"third"]
        writer.close()


async def test_an_answer_that_cannot_be_framed_closes_the_connection() -> None:
    """The sender must not take the next answer for this one's, and the log shows none of it."""
    handler = Slow()
    async with listening(handler) as listener:
        reader, writer = await connect(listener)
        writer.write(wrap(b"one"))
        await handler.wait_for(1)

        with capture_logs() as logs:
            caller, ticket, _ = handler.pending[0]
            caller.answer(ticket, b"SECRET\x0b")
            rest = await read_to_end(reader)

        assert rest == b""
        assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["answer.refused"]
        assert "SECRET" not in repr(logs)
        writer.close()


async def test_a_missing_cr_is_made_up_for_by_silence() -> None:
    """FS, then nothing: answered all the same, and counted."""
    async with listening(Echo(), Limits(silence_seconds=0.05)) as listener:
        reader, writer = await connect(listener)

        writer.write(b"\x0ba\x1c")
        answer = await read_frame(reader)
        writer.close()
        await until_gone(listener)

        assert answer == b"ack:a"
        assert listener.tally.counts["missing-cr"] == 1


async def test_a_sender_that_half_closes_is_still_answered() -> None:
    """FIN after the message, as senders do that connect for each one; also without the last CR."""
    handler = Slow()
    async with listening(handler) as listener:
        reader, writer = await connect(listener)

        writer.write(wrap(b"one") + b"\x0btwo\x1c")
        writer.write_eof()
        await handler.wait_for(2)
        handler.answer_all()
        rest = await read_to_end(reader)

        assert rest == wrap(b"ack:one") + wrap(b"ack:two")
        writer.close()


async def test_a_sender_that_dies_inside_a_frame_leaves_nothing() -> None:
    """The half is dropped and counted, and the next connection is clean."""
    handler = Echo()
    async with listening(handler) as listener:
        _, dying = await connect(listener)
        dying.write(b"\x0bMSH|half")
        dying.close()
        await until_gone(listener)

        reader, writer = await connect(listener)
        writer.write(wrap(b"whole"))
        answer = await read_frame(reader)

        assert answer == b"ack:whole"
        assert handler.frames == [b"whole"]
        assert listener.tally.counts["partial-frame"] == 1
        writer.close()


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (b"GET / HTTP/1.1\r\n\r\n" + wrap(b"MSH|a"), "http"),
        (b"\x16\x03\x01\x00\xa5\x01\x00", "tls"),
        (b"SSH-2.0-client\r\n", "ssh"),
        (b"hello\r\n", "junk"),
        (b"\x0bMSH|a\r\x0bMSH|b\r\x1c\r", "vt-inside"),
    ],
)
async def test_what_is_not_mllp_is_closed_and_nothing_delivered(stream: bytes, code: str) -> None:
    """Browsers, scanners and glued messages reach nobody."""
    handler = Echo()
    async with listening(handler) as listener:
        reader, writer = await connect(listener)

        writer.write(stream)
        rest = await read_to_end(reader)

        assert rest == b""
        assert handler.frames == []
        assert listener.tally.counts[code] == 1
        writer.close()


async def test_what_was_complete_before_a_fault_is_answered() -> None:
    """The fault ends the connection, not the message before it."""
    handler = Slow()
    async with listening(handler) as listener:
        reader, writer = await connect(listener)

        writer.write(wrap(b"good") + b"junk")
        await handler.wait_for(1)
        handler.answer_all()

        assert await read_to_end(reader) == wrap(b"ack:good")
        writer.close()


async def test_connecting_and_closing_is_no_event() -> None:
    """A load balancer's probe: nothing is logged above debug, nothing counted but itself."""
    async with listening(Echo()) as listener:
        with capture_logs() as logs:
            _, writer = await connect(listener)
            writer.close()
            await until_gone(listener)

        assert [entry for entry in logs if entry["log_level"] != "debug"] == []
        assert +listener.tally.counts == {}


async def test_an_ordered_stop_answers_what_was_read() -> None:
    """No new connections; frames in hand are answered, halves are dropped, then everyone is closed."""
    handler = Slow()
    async with listening(handler) as listener:
        port = listener.port
        reader, writer = await connect(listener)
        idle_reader, idle = await connect(listener)
        writer.write(wrap(b"one") + wrap(b"two") + b"\x0bhalf")
        await handler.wait_for(2)

        listener.stop_accepting()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        finishing = asyncio.ensure_future(listener.finish(LONG))
        idle_rest = await read_to_end(idle_reader)
        still_open = not finishing.done()
        handler.answer_all()
        rest = await read_to_end(reader)
        cut_off = await finishing

        assert still_open
        assert rest == wrap(b"ack:one") + wrap(b"ack:two")
        assert idle_rest == b""
        assert cut_off == 0
        writer.close()
        idle.close()


async def test_an_ordered_stop_does_not_wait_for_ever() -> None:
    """A handler that never answers is cut off at the deadline, and no answer is made up."""
    handler = Slow()
    async with listening(handler) as listener:
        reader, writer = await connect(listener)
        writer.write(wrap(b"one"))
        await handler.wait_for(1)

        listener.stop_accepting()
        cut_off = await listener.finish(0.05)
        rest = await read_to_end(reader)

        assert cut_off == 1
        assert rest == b""
        writer.close()


async def test_closing_without_answer_leaves_the_sender_to_resend() -> None:
    """Trouble with the store: earlier answers have left, later ones are never made."""
    handler = Slow()
    async with listening(handler) as listener:
        reader, writer = await connect(listener)
        writer.write(wrap(b"one") + wrap(b"two"))
        await handler.wait_for(2)

        (caller, first, _), (_, second, _) = handler.pending
        caller.answer(first, b"stored")
        caller.close_without_answer()
        caller.answer(second, b"too late")

        assert await read_to_end(reader) == wrap(b"stored")
        assert listener.tally.counts["answer-undelivered"] == 1
        writer.close()


async def test_a_handler_that_raises_costs_only_its_sender() -> None:
    """The log names type and place, never the text: it may hold a patient's name."""

    class Failing(Echo):
        def on_frame(self, caller: Caller, payload: bytes, ticket: int) -> None:
            if payload == b"bad":
                raise ValueError("SECRET")
            super().on_frame(caller, payload, ticket)

    async with listening(Failing()) as listener:
        reader, writer = await connect(listener)
        good_reader, good = await connect(listener)
        with capture_logs() as logs:
            writer.write(wrap(b"bad"))
            rest = await read_to_end(reader)
        good.write(wrap(b"good"))

        assert rest == b""
        assert await read_frame(good_reader) == b"ack:good"
        assert "SECRET" not in repr(logs)
        assert [entry["error"] for entry in logs if entry["event"] == "handler.crashed"] == ["ValueError"]
        writer.close()
        good.close()


async def test_tolerances_reach_the_wire() -> None:
    """A listener told to tolerate LF-ended frames does."""
    async with listening(Echo(), tolerances=Tolerances(lf_ended=True)) as listener:
        reader, writer = await connect(listener)

        writer.write(b"\x0ba\x1c\n")

        assert await read_frame(reader) == b"ack:a"
        writer.close()


async def test_a_port_in_use_is_said_in_a_sentence() -> None:
    """The operator learns which listener, where, and what to do."""
    async with listening(Echo()) as listener:
        taken = replace(listener.options, name="second", port=listener.port)

        with pytest.raises(CouldNotListen) as caught:
            async with Listener(taken, Echo()):
                pass

    assert caught.value.code == "port-in-use"
    assert "listener 'second' cannot listen on 127.0.0.1:" in str(caught.value)
    assert "choose another port" in str(caught.value)


async def test_an_address_of_another_machine_is_said_in_a_sentence() -> None:
    """TEST-NET addresses are nobody's."""
    with pytest.raises(CouldNotListen) as caught:
        async with Listener(ListenerOptions("lab", host="192.0.2.1", port=0), Echo()):
            pass

    assert caught.value.code == "no-such-address"
