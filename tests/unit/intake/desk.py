"""A sender's connection and a journal that are scripted, for tests of what lies between them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from engine.context import EMPTY_CONTEXT
from engine.decision import Plan, finish
from engine.journal.items import Answer, NoAnswer, Submission


@dataclass(eq=False)
class FakeCaller:
    """What was said to a sender, by ticket."""

    peer: str = "127.0.0.1"
    said: list[tuple[int, tuple[bytes, ...]]] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    def answer(self, ticket: int, payload: bytes | None) -> None:
        """Keep one answer, or that there is none."""
        self.said.append((ticket, () if payload is None else (payload,)))

    def answer_all(self, ticket: int, payloads: Sequence[bytes]) -> None:
        """Keep several."""
        self.said.append((ticket, tuple(payloads)))

    def close_without_answer(self) -> None:
        """Remember it."""
        self.closed.set()

    @property
    def is_closed(self) -> bool:
        """Whether the connection was closed."""
        return self.closed.is_set()

    @property
    def only(self) -> bytes:
        """The one answer to the one frame."""
        ((_, (payload,)),) = self.said
        return payload


@dataclass
class FakeJournal:
    """Takes submissions; `commit` decides them in order, as the writer does."""

    submissions: list[Submission] = field(default_factory=list)
    number: int = 0

    def submit(self, submission: Submission) -> None:
        """Queue."""
        self.submissions.append(submission)

    def commit(self) -> list[Answer]:
        """Decide everything that is queued and tell the senders."""
        told: list[Answer] = []
        for submission in self.submissions:
            answers = [self._answer(cast("Plan", plan)) for plan in submission.plans]
            told += answers
            submission.answered(answers)
        self.submissions.clear()
        return told

    def fail(self) -> None:
        """Tell every sender that nobody knows."""
        for submission in self.submissions:
            submission.answered(NoAnswer("sqlite-full"))
        self.submissions.clear()

    def _answer(self, plan: Plan) -> Answer:
        made = finish(plan, EMPTY_CONTEXT)
        self.number += 1
        return Answer(self.number, made.state, made.ack_code, made.ack, False, made)
