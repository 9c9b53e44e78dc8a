"""From the text in MSH-12 to the version whose tables are used."""

import re

VERSIONS = ("2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8", "2.8.1", "2.8.2")
DEFAULT_VERSION = "2.5.1"

# Versions that exist but have no tables of their own: the nearest that has them.
_ALIASES = {"2.0": "2.1", "2.0D": "2.1", "2.7.1": "2.7", "2.9": "2.8.2", "2.9.1": "2.8.2"}

_BEGINS_LIKE_ONE = re.compile(r"2\.\d(?:\.\d)?(?!\d)")


def known_version(version: str) -> bool:
    """Whether *version* is exactly a version of the standard."""
    return version in VERSIONS or version in _ALIASES


def resolve_version(text: str) -> str:
    """Return the version to read a message by, whatever stands in its MSH-12."""
    version = text.partition("^")[0].strip()
    found = _BEGINS_LIKE_ONE.match(version)
    beginning = found[0] if found else ""
    for candidate in (version, beginning, beginning[:3]):
        if known_version(candidate):
            return _ALIASES.get(candidate, candidate)
    return DEFAULT_VERSION
