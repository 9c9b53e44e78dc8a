"""What a decision read of the index, as it is stored with its message: deciding again begins with the same. Pure."""

import orjson

from engine.context import Charge, Knowledge, Needs


def knowledge_text(knowledge: Knowledge) -> bytes:
    """Return *knowledge* as it is stored; it holds values, and is as protected as the message's bytes."""
    needs = knowledge.needs
    return orjson.dumps(
        {
            "needs": [sorted(needs.known), needs.locations, needs.charges],
            "segments": knowledge.segments,
            "stays": knowledge.stays,
            "orders": sorted(knowledge.orders),
            "strange": sorted(knowledge.strange),
            "charges": [tuple(each) for each in knowledge.charges],
            "failure": knowledge.failure,
        }
    )


def stored_knowledge(text: bytes) -> Knowledge:
    """Return what `knowledge_text` stored."""
    told = orjson.loads(text)
    known, locations, charges = told["needs"]
    return Knowledge(
        Needs(frozenset(known), locations, charges),
        tuple(told["segments"]),
        tuple((since, place) for since, place in told["stays"]),
        frozenset(told["orders"]),
        frozenset(told["strange"]),
        tuple(Charge(*each) for each in told["charges"]),
        told["failure"],
    )
