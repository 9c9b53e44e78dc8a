"""How people name a delivery: ``MESSAGE/ORDINAL``, as ``12/1``."""

import re

from engine.errors import NotPossible
from engine.journal.deliveries import Place

_NAME = re.compile(r"([1-9][0-9]{0,17})/([1-9][0-9]{0,5})")


def read_place(text: str) -> Place:
    """Return the delivery that *text* names."""
    found = _NAME.fullmatch(text)
    if found is None:
        raise NotPossible("bad-name", "a delivery is named MESSAGE/ORDINAL, as 12/1 (see `engine deliveries list`)")
    return int(found[1]), int(found[2])


def name_of(place: Place) -> str:
    """Return what people call the delivery at *place*."""
    return f"{place[0]}/{place[1]}"
