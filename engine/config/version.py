"""The version of the rules: one short name for everything that a decision depends on besides message and store."""

from collections.abc import Iterable
from hashlib import blake2b
from importlib.metadata import version

ENGINE = version("hl7-engine")


def content_hash(text: str) -> str:
    """Return the name under which a file's text is kept."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def rules_version(files: Iterable[tuple[str, str]], settings: str, grammar: str) -> str:
    """Return the hash over *files* (name, content hash), the *settings* references may have changed, and the code."""
    digest = blake2b(digest_size=16)
    for part in (ENGINE, grammar, settings, *(f"{name}\x1f{hashed}" for name, hashed in sorted(files))):
        digest.update(part.encode("utf-8", "surrogatepass"))
        digest.update(b"\x1e")
    return digest.hexdigest()
