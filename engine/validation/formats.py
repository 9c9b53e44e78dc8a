"""How the standard writes numbers, dates and times: a pattern for each primitive type; leap years are looked up."""

import re
from calendar import isleap

_DAY = (
    r"(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)"
    r"|02(?:0[1-9]|1[0-9]|2[0-8]))"
)
_MONTH = r"(?:0[1-9]|1[0-2])"
_CLOCK = r"(?:[01][0-9]|2[0-3])(?:[0-5][0-9](?:[0-5][0-9](?:\.[0-9]{1,4})?)?)?"
_OFFSET = r"(?:\+(?:0[0-9]|1[0-4])[0-5][0-9]|-(?:0[0-9]|1[0-2])[0-5][0-9])?"

FORMATS = {
    "NM": r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)",
    "SI": r"[0-9]{1,4}",
    "DT": rf"[0-9]{{4}}(?:{_DAY}|{_MONTH})?",
    "TM": rf"{_CLOCK}{_OFFSET}",
    "DTM": rf"[0-9]{{4}}(?:{_DAY}(?:{_CLOCK})?|{_MONTH})?{_OFFSET}",
}
"""By primitive type; 29 February is missing here, `is_right` knows in which years there is one."""

_COMPILED = {name: re.compile(text) for name, text in FORMATS.items()}
_LEAP_DAY = re.compile(r"([0-9]{4})0229")


def is_right(datatype: str, text: str) -> bool:
    """Tell whether *text* is written as the primitive type asks; types without a format take anything."""
    pattern = _COMPILED.get(datatype)
    if pattern is None or pattern.fullmatch(text) is not None:
        return True
    found = _LEAP_DAY.match(text) if datatype in ("DT", "DTM") else None
    return found is not None and isleap(int(found[1])) and pattern.fullmatch(f"{found[1]}0228{text[8:]}") is not None
