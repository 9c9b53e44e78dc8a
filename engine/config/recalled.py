"""The rules of an earlier version, from the texts that are kept of it: nothing of today's files is read."""

import os
from collections.abc import Mapping as Names
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

from engine.config.bind import bind_configuration
from engine.config.loading import CONFIG, read_entries
from engine.config.rulebook import Rulebook
from engine.config.sources import Sources
from engine.documents import Scalar
from engine.problems import Place, Problems
from engine.routing import Rules


@dataclass(slots=True)
class KeptSources(Sources):
    """The files of a site as they were; their names are looked up, and no folder is."""

    kept: Names[str, str] = field(default_factory=dict)
    """Text by file name."""

    def text(self, path: Path) -> str | None:
        """Return a kept text, or None (reported)."""
        name = self.name_of(path)
        text = self.kept.get(name)
        if text is None:
            self.problems.add(Place(name), "unreadable-file", "the text of this file is not among those kept")
            return None
        self.keep(name, text)
        return text

    def matching(self, patterns: tuple[Scalar, ...]) -> list[Path]:
        """Return the kept files that the patterns name, in the order of their names."""
        found = {self.folder / name for pattern in patterns for name in self.kept if _matches(name, pattern.text)}
        return sorted(found, key=lambda path: (path.name, path.as_posix()))

    def below(self, folder: PurePath, ending: str) -> list[Path]:
        """Return the kept files below *folder* that end so, at any depth."""
        inside = f"{folder}/"
        return sorted(self.folder / name for name in self.kept if name.startswith(inside) and name.endswith(ending))


@dataclass(frozen=True, slots=True)
class Recalled:
    """The rules of an earlier version."""

    rules: Rules
    """Its own version tells whether it is the same: a reference to the environment may lead elsewhere today."""
    problems: Problems
    """What is not there any more: variables, files of secrets and certificates."""


def recall(kept: Names[str, str], file: Path, environment: Names[str, str] = os.environ) -> Recalled | None:
    """Return the rules that *kept* (text by file name) hold; *file* is today's config.yaml. None: they hold none."""
    problems = Problems()
    sources = KeptSources(file.parent, problems, kept=kept)
    name = next((each for each in (file.name, CONFIG) if each in kept), None)
    entries = None if name is None else read_entries(sources, file.parent / name, environment)
    if entries is None:
        return None
    configuration = bind_configuration(entries, sources.folder, problems, lambda _: True)
    return Recalled(Rulebook(configuration, entries, sources).read(), problems)


def _matches(name: str, pattern: str) -> bool:
    """Whether *name* is one that ``Path.glob`` would find: a ``*`` stays inside its folder, ``**`` does not."""
    parts, wanted = name.split("/"), pattern.split("/")
    return _parts_match(parts, wanted)


def _parts_match(parts: list[str], wanted: list[str]) -> bool:
    if not wanted or not parts:
        return not wanted and not parts
    if wanted[0] == "**":
        return any(_parts_match(parts[at:], wanted[1:]) for at in range(len(parts)))
    return fnmatchcase(parts[0], wanted[0]) and _parts_match(parts[1:], wanted[1:])
