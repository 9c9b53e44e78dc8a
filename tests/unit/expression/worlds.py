"""A small world for expression tests: a message, a moment, and texts that stand on one line of a file."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from engine.expression import Condition, Env, Formula, Moment, Vocabulary, WholeMessage, compile_condition, compile_let
from engine.hl7.message import Message
from engine.problems import Place, Problems

ADT = (
    "MSH|^~\\&|ADT1|STMARY|||20240201||ADT^A01^ADT_A01|1|P|2.5.1\r"
    'PID|1||100234^^^STMARY^MR~987^^^SSA^SS||DOE^JANE||19800229|F||""\r'
    "OBX|1|NM|718-7||9.5\rOBX|2|NM|4544-3||31\r"
)
NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True)
class Line:
    """A text that stands on the first line of its file, from the first column on."""

    text: str
    place: Place = field(default=Place("rules.yaml"))

    def place_of(self, offset: int) -> Place:
        """Return the column of a character."""
        return Place(self.place.file, 1, offset + 1)


def env_of(text: str = ADT) -> Env:
    """Return a fresh Env over the message *text*."""
    message = Message.parse(text.encode())
    return Env(message, Moment(datetime(2024, 2, 1, 10, 30, tzinfo=NEW_YORK)), WholeMessage(message))


def condition_of(text: str, vocabulary: Vocabulary | None = None) -> Condition:
    """Return a condition that must be right."""
    problems = Problems()
    found = compile_condition(Line(text), vocabulary or Vocabulary(allows_counter=True), problems)
    assert found is not None, problems.items
    return found


def formula_of(text: str, vocabulary: Vocabulary | None = None) -> Formula:
    """Return a formula that must be right; true or false will do."""
    problems = Problems()
    words = vocabulary or Vocabulary(allows_counter=True, allows_out=True, allows_value=True)
    found = compile_let(Line(text), words, problems)
    assert found is not None, problems.items
    return found
