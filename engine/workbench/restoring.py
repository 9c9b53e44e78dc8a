"""Putting the files of an earlier version of the rules back: what would change, and doing it with a copy kept.

Nothing is lost: a file that no version ever had is only replaced when somebody insists, and whatever is replaced or
taken away is copied first.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from engine.errors import NotPossible

Texts = Mapping[str, str]
IsKnown = Callable[[str, str], bool]
"""Whether some version had this text (second) as the file of that name (first)."""


@dataclass(frozen=True, slots=True)
class Restoring:
    """What has to be done."""

    folder: Path
    written: Mapping[str, str] = field(repr=False)
    """File name -> text, for those that are missing or different."""
    removed: tuple[str, ...]
    """Files that the rules have today and had not then."""
    unknown: tuple[str, ...]
    """Those among them that no version ever had as they are now."""

    @property
    def touched(self) -> tuple[str, ...]:
        """Every file that does not stay as it is."""
        return tuple(sorted({*self.written, *self.removed}))


def restoring(folder: Path, then: Texts, now: Texts, is_known: IsKnown) -> Restoring:
    """Return how the files below *folder*, of which today's rules read *now*, become those of *then*."""
    written = {name: text for name, text in then.items() if _read(folder / name) != text}
    for name in written:
        _refuse_outside(name)
    removed = tuple(name for name in sorted(now.keys() - then.keys()) if (folder / name).is_file())
    touched = {name: _read(folder / name) for name in (*written, *removed)}
    unknown = tuple(sorted(name for name, text in touched.items() if text is not None and not is_known(name, text)))
    return Restoring(folder, written, removed, unknown)


def restore(plan: Restoring, kept: Path) -> None:
    """Do it; what is replaced or taken away is in the folder *kept* before the first file changes."""
    for name in plan.touched:
        if (plan.folder / name).is_file():
            (kept / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(plan.folder / name, kept / name)
    for name, text in plan.written.items():
        _write(plan.folder / name, text)
    for name in plan.removed:
        (plan.folder / name).unlink()


def _refuse_outside(name: str) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        text = f"the version holds a file outside the site's folder ({name}): put that one back by hand"
        raise NotPossible("outside", text)


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        return ""  # no text that a version could have: it counts as one that nobody kept


def _write(path: Path, text: str) -> None:
    """Replace a file as a whole, so that whoever reads it meanwhile sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.restored")
    beside.write_bytes(text.encode())
    if path.exists():
        shutil.copymode(path, beside)
    beside.replace(path)
