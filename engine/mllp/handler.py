"""The two sides of the seam between a connection and whoever decides about its frames."""

from collections.abc import Sequence
from typing import Protocol


class Caller(Protocol):
    """A connection, as a handler sees it. To be called from the loop's thread only."""

    @property
    def peer(self) -> str:
        """The address it comes from."""

    def answer(self, ticket: int, payload: bytes | None) -> None:
        """Answer the frame of *ticket*; None: it gets no answer. Answers leave in the order of the frames."""

    def answer_all(self, ticket: int, payloads: Sequence[bytes]) -> None:
        """Answer a frame that held several messages, once for each of them, in one go."""

    def close_without_answer(self) -> None:
        """Close now: what is unanswered stays so, and the sender will send it again. For trouble with the store."""


class Handler(Protocol):
    """Who gets the frames. Both calls must return soon, and lead to one `Caller.answer` with that ticket."""

    def on_frame(self, caller: Caller, payload: bytes, ticket: int) -> None:
        """Take a frame."""

    def on_too_big(self, caller: Caller, header: bytes, ticket: int) -> None:
        """Refuse a frame of which only the first segment is at hand; the connection closes after the answer."""
