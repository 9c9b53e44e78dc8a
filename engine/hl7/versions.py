"""MSH-12 as something that can be compared."""

import re
from functools import lru_cache

Version = tuple[int, ...]
ASSUMED: Version = (2, 5, 1)
"""Where MSH-12 says nothing that can be read."""

_VERSION = re.compile(r"\s*([0-9]{1,2})\.([0-9]{1,2})(?:\.([0-9]{1,2}))?")


@lru_cache(maxsize=256)
def version_of(msh12: str, component: str) -> Version:
    """Return the version that a raw MSH-12 names, in numbers; never fails."""
    found = _VERSION.match(msh12.partition(component)[0])
    return tuple(int(part) for part in found.groups() if part is not None) if found else ASSUMED
