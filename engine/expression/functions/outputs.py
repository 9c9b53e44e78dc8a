"""Functions that tell of the output being made: its destination, its counters, and when the message came."""

from engine.expression.environment import Env
from engine.expression.registry import Example, Parameter, function
from engine.expression.syntax import Kind
from engine.hl7.timestamps import format_second


def received_at(env: Env) -> str:
    """Give the time of receipt as an HL7 time, in the site's zone with its offset."""
    return format_second(env.moment.second, env.moment.zone)


def destination(env: Env) -> str:
    """Give the name of the destination that the output is made for."""
    return env.destination


def counter(env: Env, name: str | None = None) -> int:
    """Count 1, 2, 3: each step for itself over all its turns; with a name, all who use that name in the output."""
    key = env.step if name is None else name
    count = env.counters[key] = env.counters.get(key, 0) + 1
    return count


OUTPUTS = (
    function(received_at, (), Kind.TEXT, Example("received_at()", "20240201103000-0500")),
    function(destination, (), Kind.TEXT, Example("destination()", "billing")),
    function(
        counter,
        (Parameter("name", optional=True),),
        Kind.NUMBER,
        Example("counter()", 1),
        Example("counter('line')", 1),
    ),
)
