"""Every function that an expression may call, in one registry; the reference page is made from it."""

from engine.expression.functions.choices import CHOICES
from engine.expression.functions.known import KNOWN
from engine.expression.functions.lists import LISTS
from engine.expression.functions.outputs import OUTPUTS
from engine.expression.functions.patterns import PATTERNS
from engine.expression.functions.tables import TABLES
from engine.expression.functions.text import TEXTS
from engine.expression.functions.times import TIMES
from engine.expression.registry import by_name

FUNCTIONS = by_name(TEXTS, PATTERNS, LISTS, CHOICES, TABLES, TIMES, OUTPUTS, KNOWN)

__all__ = ["FUNCTIONS"]
