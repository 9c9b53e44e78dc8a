"""A child process: the real writer on a real store, its acknowledgements noted only after they were given.

Arguments: folder, SQLite's synchronous, number of messages. It runs under iolog.c and ends without closing anything.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path

from engine.errors import StorageFailed
from engine.journal.items import Alert, Answer, NoAnswer, NoIndex, Outcome, Queued, Settled, Submission
from engine.journal.store import Tuning, open_store
from engine.journal.writer import Wakes, Writer
from engine.states import DeliveryState
from tests.unit.journal.journals import FakePlan, decision_of, message

SENDERS = 3


class Hospital:
    """Senders that wait for each answer before the next message, lanes that deliver at once, and a ledger of both."""

    def __init__(self, folder: Path, synchronous: str, number: int) -> None:
        self._ledger = os.open(folder / "acks", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        self._left = iter(range(number))
        self._open = 0
        self.done = asyncio.Event()
        # Checkpoints every 40 pages: a short recording must hold many.
        store = open_store(folder / "store" / "journal.db", Tuning(synchronous=synchronous, checkpoint_pages=40))
        wakes = Wakes(self._deliver, lambda: None, self._failed, self._alert)
        self._writer = Writer(store, NoIndex(decision_of), wakes)
        self._writer.start(asyncio.get_running_loop())

    def send(self) -> None:
        """Let one sender send its next message."""
        number = next(self._left, None)
        if number is not None:
            self._open += 1
            plan = message(f"M{number}-" + "x" * (number * 37 % 1_500))
            self._writer.submit(Submission((plan,), partial(self._answered, plan)))
        self._look_around()

    def _answered(self, plan: FakePlan, answers: Sequence[Answer] | NoAnswer) -> None:
        assert not isinstance(answers, NoAnswer), answers
        self._note(f"message {answers[0].message_id} {sha256(plan.receipt.payload).hexdigest()}")
        self._open -= 1
        self.send()

    def _deliver(self, queued: Sequence[Queued]) -> None:
        for each in queued:
            self._open += 1
            place = (each.message_id, each.ordinal, each.destination)
            self._writer.report(Outcome(*place, DeliveryState.DELIVERED, 1, 1, partial(self._delivered, each)))

    def _delivered(self, queued: Queued, _settled: Settled) -> None:
        self._note(f"delivery {queued.message_id} {queued.ordinal}")
        self._open -= 1
        self._look_around()

    def _look_around(self) -> None:
        if not self._open:
            self.done.set()

    def _note(self, line: str) -> None:
        os.write(self._ledger, f"{line}\n".encode())

    def _failed(self, error: StorageFailed) -> None:
        sys.exit(error.code)

    def _alert(self, alert: Alert) -> None:
        sys.exit(alert.code)


async def main() -> None:
    """Run until every message is answered and delivered."""
    hospital = Hospital(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
    for _ in range(SENDERS):
        hospital.send()
    await hospital.done.wait()
    os._exit(0)


asyncio.run(main())
