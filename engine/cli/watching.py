"""Looks again whenever a file is saved: at once where the system tells of it, within a second where it does not."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Event

from watchfiles import watch

_KINDS = frozenset({".yaml", ".yml", ".csv", ".hl7", ".py"})
_MOST_MS = 200
"""How long a burst of saves is waited out."""
_STEP_MS = 25
"""What counts as the end of one."""
_ASK_MS = 500
"""How often we look ourselves: a network's folders do not tell."""

Stamps = dict[Path, tuple[int, int, int]]


def on_every_save(files: Iterable[Path], look: Callable[[], Iterable[Path]], stop: Event | None = None) -> None:
    """Call *look*, which reads *files* and returns those it read, and again whenever one of them is saved.

    A new file beside them counts too. Stamps are taken before anything is read: no save in between is missed.
    """
    files = tuple(files)
    seen, folders = _stamps(files), _folders(files)
    files = tuple(look())
    while stop is None or not stop.is_set():
        # Only what lies in new folders is taken as it is: a file that is new in an old one was not read yet.
        seen = seen | {file: stamp for file, stamp in _stamps(files).items() if file.parent not in folders}
        folders = _folders(files)
        for _ in _changes(folders, stop):
            now = _stamps(files)
            if now == seen:
                continue
            seen = now
            files = tuple(look())
            if _folders(files) != folders:
                break


def _changes(folders: Sequence[Path], stop: Event | None) -> Iterable[object]:
    """Yield whenever something happened in *folders*, and every now and then."""
    return watch(
        *folders,
        watch_filter=None,
        debounce=_MOST_MS,
        step=_STEP_MS,
        rust_timeout=_ASK_MS,
        yield_on_timeout=True,
        recursive=False,
        stop_event=stop,
    )


def _folders(files: Iterable[Path]) -> list[Path]:
    """Return the folders in which a change may matter; of one that is not there, the nearest above it."""
    found: set[Path] = set()
    for file in files:
        folder = file.absolute().parent
        while not folder.is_dir() and folder != folder.parent:
            folder = folder.parent
        found.add(folder)
    return sorted(found)


def _stamps(files: Iterable[Path]) -> Stamps:
    """Return what tells one state of the files, and of those like them beside them, from another."""
    named = {file.absolute() for file in files}
    beside = {each for folder in _folders(files) for each in folder.iterdir() if each.suffix in _KINDS}
    found: dict[Path, tuple[int, int, int]] = {}
    for file in named | beside:
        try:
            state = file.stat()
        except OSError:
            continue  # not there yet, or no longer
        found[file] = (state.st_mtime_ns, state.st_size, state.st_ino)
    return found
