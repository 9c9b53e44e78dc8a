"""Short messages do not wait for all the long ones, and no line's messages change places."""

import random
from types import SimpleNamespace
from typing import Any

from engine.journal.fairness import LONG_BYTES, FairQueue
from engine.journal.items import Submission

PAYLOADS = {"short": b"x", "long": b"x" * (LONG_BYTES + 1), "huge": b"x" * (10 * LONG_BYTES * 2)}


def submission(name: str, size: str = "short", line: object = None, messages: int = 1) -> Submission:
    """Return a submission whose plans carry *name*."""
    plan: Any = SimpleNamespace(receipt=SimpleNamespace(payload=PAYLOADS[size]), name=name)
    return Submission([plan] * messages, lambda _answers: None, line)


def names(taken: list[Submission]) -> list[str]:
    """Return the submissions' names."""
    return [each.plans[0].name for each in taken]  # type: ignore[attr-defined]


def turns(queue: FairQueue, room: int = 256) -> list[list[str]]:
    """Take until nothing is left."""
    found = []
    while queue:
        found.append(names(queue.take(room)))
    return found


def filled(*submissions: Submission) -> FairQueue:
    """Return a queue of these."""
    queue = FairQueue()
    for each in submissions:
        queue.put(each)
    return queue


def test_ordinary_messages_are_taken_as_they_came() -> None:
    """All that fits, whoever sent it."""
    queue = filled(*(submission(f"{number}", line=number % 3) for number in range(5)))

    assert turns(queue, room=3) == [["0", "1", "2"], ["3", "4"]]


def test_short_ones_pass_long_ones_that_came_before_them() -> None:
    """And wait for at most one turn of the long ones, which have a turn between any two of the short ones."""
    queue = filled(submission("H1", "huge", "a"), submission("H2", "huge", "b"), submission("s1", line="c"))

    first = names(queue.take(256))
    queue.put(submission("s2", line="c"))
    second = names(queue.take(256))
    queue.put(submission("s3", line="c"))
    rest = turns(queue)

    assert [first, second, *rest] == [["s1"], ["H1"], ["s2", "s3"], ["H2"]]


def test_what_came_behind_a_long_message_in_its_line_stays_behind_it() -> None:
    """A connection's messages are written in the order in which it sent them."""
    queue = filled(submission("H1", "huge", "a"), submission("a2", line="a"), submission("b1", line="b"))

    assert turns(queue) == [["b1"], ["H1"], ["a2"]]


def test_a_long_message_stays_behind_what_its_line_sent_before() -> None:
    """However little room a turn has: its turn comes when all that had come before it is out."""
    queue = filled(*(submission(f"a{number}", line="a") for number in range(4)), submission("H", "huge", "a"))

    assert turns(queue, room=2) == [["a0", "a1"], ["a2", "a3"], ["H"]]


def test_without_lines_everything_keeps_its_order() -> None:
    """No line is one line."""
    queue = filled(submission("1"), submission("H2", "huge"), submission("3"), submission("4"))

    assert turns(queue) == [["1"], ["H2"], ["3", "4"]]


def test_moderately_long_ones_share_a_turn() -> None:
    """A commit for each would cost more than it saves."""
    queue = filled(*(submission(f"L{number}", "long", number) for number in range(20)))

    assert [len(turn) for turn in turns(queue)] == [15, 5]


def test_a_batch_larger_than_the_room_is_taken_whole() -> None:
    """Its messages are one transaction."""
    queue = filled(submission("B", messages=300), submission("1"))

    assert turns(queue) == [["B"], ["1"]]


def test_everything_can_be_taken_at_once() -> None:
    """When the store has failed, everybody is told so."""
    queue = filled(submission("H", "huge", "a"), submission("a2", line="a"), submission("b", line="b"))

    taken = names(queue.take_all())

    assert sorted(taken) == ["H", "a2", "b"]
    assert not queue
    queue.put(submission("a3", line="a"))
    assert turns(queue) == [["a3"]]


def test_in_any_mixture_lines_keep_their_order_and_nothing_is_lost() -> None:
    """Random puts and takes, as connections and the writer make them."""
    dice = random.Random(4)
    for _ in range(300):
        queue, taken, sent = FairQueue(), [], 0
        while sent < 40 or queue:
            if sent < 40 and dice.random() < 0.6:
                size = dice.choice(["short"] * 5 + ["long", "huge"])
                queue.put(submission(f"{sent:02d}", size, dice.randrange(4)))
                sent += 1
            elif queue:
                turn = queue.take(dice.randint(1, 8))
                assert turn, "work is there, and none was handed out"
                taken += turn

        assert sorted(names(taken)) == [f"{number:02d}" for number in range(40)]
        for line in range(4):
            own = names([each for each in taken if each.line == line])
            assert own == sorted(own)
