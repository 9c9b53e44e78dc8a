"""What the trigger events A01 to A62 are to the index: whom they concern and what they take back (HL7.md 3.4). Pure."""

UNDEFINED = frozenset({"A56", "A57", "A58", "A59"})
"""Numbers that the standard never gave to an event."""
QUERY, BEDS, ERASES, DELETES, ALLERGIES = "A19", "A20", "A29", "A23", "A60"

SNAPSHOTS = frozenset({"A01", "A04", "A05", "A08", "A28", "A31"})
"""Events whose PID states the demographics; others carry what is pertinent to them."""
BEGINS = frozenset({"A01", "A04"})
PLANS = frozenset({"A05", "A14"})
CONVERTS = frozenset({"A06", "A07"})
LEFT = frozenset({"A06.left", "A07.left"})
"""The other half of a conversion that changes the visit's number: what it is to the visit that MRG-5 names."""

TAKES_BACK = {
    "A11": BEGINS,
    "A12": frozenset({"A02"}),
    "A13": frozenset({"A03"}),
    "A25": frozenset({"A16"}),
    "A26": frozenset({"A15"}),
    "A27": PLANS,
    "A32": frozenset({"A10"}),
    "A33": frozenset({"A09"}),
    "A38": PLANS,
    "A52": frozenset({"A21"}),
    "A53": frozenset({"A22"}),
    "A55": frozenset({"A54"}),
    "A62": frozenset({"A61"}),
}
"""Cancel -> what it cancels."""
CANCELS = frozenset(TAKES_BACK)
NAMING_CANCELS = CANCELS - {"A52", "A53"}
"""Cancels whose EVN-6 is when the cancelled event happened; of the others it is when they were cancelled."""

SUBORDINATE = frozenset(
    {"A02", "A03", *CONVERTS, *LEFT, "A09", "A10", "A12", "A13", "A15", "A16", "A17"}
    | {"A21", "A22", "A25", "A26", "A32", "A33", "A52", "A53"}
)
"""What did not happen if the admission that it happened in was entered in error."""

VISIT_KINDS = (
    SUBORDINATE - LEFT
    | BEGINS
    | PLANS
    | CANCELS
    | frozenset({"A08", DELETES, "A54", "A61"})
)  # fmt: skip
"""Events that concern the visit of their PV1."""


def is_defined(kind: str) -> bool:
    """Tell whether the standard knows an ADT event of that name."""
    return (
        len(kind) == 3 and kind[0] == "A" and kind[1:].isdecimal() and "A01" <= kind <= "A62" and kind not in UNDEFINED
    )
