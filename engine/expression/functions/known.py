"""Functions that tell what the record index knows: where the visit was, and what its orders were charged for."""

from dataclasses import replace

from engine.context import Needs
from engine.errors import RuleFailed
from engine.expression.environment import Env, Index
from engine.expression.registry import Example, Parameter, Takes, function
from engine.expression.syntax import Kind


def location_at(env: Env, time: str) -> str:
    """Give the place where the message's visit was at an HL7 time, with its structure, as in PV1-3.

    '' gives '', and so does a time before all that is known. A time without an offset is the listener's.
    """
    return _index(env).location_at(time)


def charge_state(env: Env, order: str, code: str) -> str:
    """Tell what `record` has noted of an order of this message and a code: '', 'charged' or 'credited'.

    The order is its number with the authority, as OBR-3 has it; a number without one is its sender's.
    """
    return _index(env).charge_state(order, code)


def _index(env: Env) -> Index:
    if env.index is None:
        raise RuleFailed("index-unavailable")
    return env.index


KNOWN = (
    replace(
        function(location_at, (Parameter("time"),), Kind.PATH, Example("location_at('20240131100000')", "3N")),
        needs=Needs(locations=True),
    ),
    replace(
        function(
            charge_state,
            (Parameter("order", Takes.WHOLE), Parameter("code")),
            Kind.TEXT,
            Example("charge_state('F1^LAB', '30001')", "charged"),
        ),
        needs=Needs(charges=True),
    ),
)
