"""Functions that choose or ask; the compiler has a form of its own for each: they evaluate only what they need."""

from engine.expression.registry import Example, Function, Parameter, Takes
from engine.expression.syntax import Kind

CHOICES = (
    Function(
        "exists",
        (Parameter("path", Takes.PLACE),),
        Kind.TRUTH,
        "Ask whether the segment is there, or whether something is in the field: empty and null are not.",
        (
            Example("exists(PID-5)", gives=True),
            Example("exists(PID-29)", gives=False),
            Example("exists(ZZZ)", gives=False),
        ),
    ),
    Function(
        "if",
        (Parameter("condition", Takes.TRUTH), Parameter("one", Takes.VALUE), Parameter("other", Takes.VALUE)),
        Kind.ANY,
        "Give *one* if the condition holds, else *other*; only the one given is looked at.",
        (Example("if(PID-8 == 'F', 'female', 'other')", "female"),),
    ),
    Function(
        "coalesce",
        (Parameter("value", Takes.VALUE),),
        Kind.ANY,
        "Give the first value that is neither empty nor null, else ''.",
        (Example("coalesce(PID-29, PID-7)", "19800229"), Example("coalesce(PID-29, 'none')", "none")),
        repeats=True,
    ),
)
