"""The messages that cases name: files from the folder of config.yaml, read once; which they were is kept."""

from dataclasses import dataclass, field
from pathlib import Path

from engine.documents import Scalar
from engine.problems import Problems

_HINT = "a path from the folder of config.yaml"


@dataclass(slots=True)
class MessageFiles:
    """One reading of a site's cases."""

    folder: Path
    problems: Problems
    asked: dict[Path, bytes | None] = field(default_factory=dict)
    """Every file that a case names, also one that is not there."""

    def message(self, scalar: Scalar) -> bytes | None:
        """Return the message that *scalar* is: its own lines, or a file's; None where it cannot be read (reported)."""
        if "\n" in scalar.text or scalar.text.startswith("MSH"):
            return as_segments(scalar.text.encode())
        return self.file(scalar, "the message")

    def file(self, scalar: Scalar, what: str) -> bytes | None:
        """Return a file's message; *what* names it in the sentence where it cannot be read."""
        path = self.folder / scalar.text
        try:
            if path not in self.asked:
                self.asked[path] = None
                self.asked[path] = as_segments(path.read_bytes())
        except (OSError, ValueError) as error:  # ValueError: a name with U+0000 in it
            reason = error.strerror if isinstance(error, OSError) else "that is no name of a file"
            self._report(scalar, f"{what} '{scalar.text}' cannot be read: {reason}")
            return None
        found = self.asked[path]
        if found is None:
            self._report(scalar, f"{what} '{scalar.text}' cannot be read")
        return found

    def _report(self, scalar: Scalar, text: str) -> None:
        self.problems.add(scalar.place, "unreadable-file", text, _HINT)


def as_segments(content: bytes) -> bytes:
    """Return a message as it travels: a file whose lines end with LF or CRLF gets segments that end with CR."""
    if b"\r" not in content.replace(b"\r\n", b"\n"):
        content = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r")
    return content.rstrip(b"\r\n") + b"\r"
