"""A listener in enhanced mode, on the wire: what each MSH-15 and MSH-16 hears, and that silence holds nobody up."""

from pathlib import Path

from tests.support.books import rows
from tests.support.messages import adt
from tests.support.peers import field_of, framed, sending_to
from tests.support.running import running_engine
from tests.support.sites import small_site, store_of


def wishing(control_id: str, wish: bytes) -> bytes:
    """Return a message with MSH-15 and MSH-16 as *wish*."""
    return adt(control_id).replace(b"|P|2.5.1\r", b"|P|2.5.1|||" + wish + b"\r", 1)


async def test_a_sender_that_wants_no_answer_gets_none_and_loses_nothing(tmp_path: Path) -> None:
    """Sent one behind the other without waiting: answers only for those that asked, in order; every message is kept."""
    config = small_site(tmp_path, {"billing": "mllp: 127.0.0.1:1"}, "sender: {acknowledge: enhanced}")
    wishes = {
        "M1": b"NE|NE",
        "M2": b"AL|NE",
        "M3": b"ER|NE",
        "M4": b"NE|AL",
        "M5": b"ER|AL",
        "M6": b"AL|AL",
        "M7": b"|",
    }

    async with running_engine(config) as engine, sending_to(engine.ports["inbound"]) as sender:
        sender.writer.write(b"".join(framed(wishing(number, wish)) for number, wish in wishes.items()))
        answers = [await sender.answer() for _ in range(5)]

    told = [(field_of(each, b"MSA", 2), field_of(each, b"MSA", 1)) for each in answers]
    assert told == [(b"M2", b"CA"), (b"M4", b"AA"), (b"M5", b"AA"), (b"M6", b"CA"), (b"M7", b"AA")]
    assert [row[0] for row in rows(store_of(config), "SELECT control_id FROM message ORDER BY id")] == [*wishes]
