"""The version of the rules: one short name for everything that a decision depends on besides message and store."""

from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from importlib.resources import files


def content_hash(text: str) -> str:
    """Return the name under which a file's text is kept."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


def rules_version(texts: Iterable[tuple[str, str]], settings: str) -> str:
    """Return the hash over *texts* (file name, content hash), the *settings* with references followed, and the code."""
    digest = blake2b(digest_size=16)
    for part in (
        version("hl7-engine"),
        grammar_version(),
        settings,
        *(f"{name}\x1f{hashed}" for name, hashed in sorted(texts)),
    ):
        digest.update(part.encode())
        digest.update(b"\x1e")
    return digest.hexdigest()


@cache
def grammar_version() -> str:
    """Return what the standard says, by name: the tables' release, and our own fixes of them by content."""
    overlay = (files("engine.grammar") / "overlay.py").read_text("utf-8")
    return f"hl7apy {version('hl7apy')}, overlay {content_hash(overlay)}"
