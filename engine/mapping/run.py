"""The state of one output while its steps run, and the only ways in which a step may write into it."""

from typing import TYPE_CHECKING

from engine.errors import EngineError
from engine.expression.environment import Env
from engine.hl7.message import Message
from engine.mapping.groups import Groups
from engine.mapping.output import Output
from engine.mapping.whole_output import OutScope, Structured
from engine.problems import Place

if TYPE_CHECKING:
    from engine.mapping.job import MappingTrace


class Skip(EngineError):  # noqa: N818  it names what a step asked for
    """A ``skip`` step ended the mapping; *reason* is stored with the message, never logged."""

    def __init__(self, reason: str, place: Place) -> None:
        super().__init__("skipped")
        self.reason = reason
        self.place = place


class Run:
    """One output being built."""

    __slots__ = ("env", "groups", "left", "message", "output", "place", "structured", "trace")

    def __init__(self, message: Message, groups: Groups, output: Output, env: Env) -> None:
        self.message = message
        self.groups = groups
        self.output = output
        self.env = env
        """``env.scope`` is what right-hand paths see, ``env.out`` the message being built."""
        self.left: OutScope
        """What left-hand paths see."""
        self.structured: Structured = groups
        """What knows the structure that the output is to have: a copy's is the message's own."""
        self.place: Place | None = None
        """The rule that is being run: where a refused value is blamed."""
        self.trace: MappingTrace | None = None

    def enter(self, left: OutScope) -> None:
        """Let left-hand paths, and ``out.``, see through *left*."""
        self.left = left
        self.env.out_scope = left

    def record(self, step: str, target: str, before: str, after: str) -> None:
        """Tell the trace what a step did. Only called where there is one."""
        if self.trace is not None and self.place is not None:
            self.trace.add(self.place, step, target, before, after)
