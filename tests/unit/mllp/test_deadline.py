"""The lazy timer, on a loop whose clock is turned by hand."""

from collections.abc import Callable

from engine.mllp.deadline import Deadline

Turn = Callable[[float], None]


async def test_it_expires_when_its_time_has_passed(turn: Turn) -> None:
    """Not before, and once."""
    expired: list[int] = []
    deadline = Deadline(10, lambda: expired.append(1))

    deadline.start()
    turn(9.9)
    before = list(expired)
    turn(20)

    assert before == []
    assert expired == [1]


async def test_starting_again_gives_the_whole_time(turn: Turn) -> None:
    """Each frame has its own thirty seconds."""
    expired: list[int] = []
    deadline = Deadline(10, lambda: expired.append(1))

    deadline.start()
    turn(8)
    deadline.start()
    turn(8)
    before = list(expired)
    turn(2)

    assert before == []
    assert expired == [1]


async def test_a_stopped_one_never_expires(turn: Turn) -> None:
    """The frame was finished in time."""
    expired: list[int] = []
    deadline = Deadline(10, lambda: expired.append(1))

    deadline.start()
    deadline.stop()
    turn(100)

    assert expired == []
    assert not deadline.running


async def test_suspended_time_does_not_count(turn: Turn) -> None:
    """While we do not read, the peer cannot be slow."""
    expired: list[int] = []
    deadline = Deadline(10, lambda: expired.append(1))

    deadline.start()
    turn(6)
    deadline.suspend()
    turn(100)
    deadline.resume()
    turn(3.9)
    before = list(expired)
    turn(0.2)

    assert before == []
    assert expired == [1]
