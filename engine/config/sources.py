"""The files of a site: found by pattern, read once, their texts kept by content, their mistakes collected."""

from dataclasses import dataclass, field
from pathlib import Path, PurePath

from engine.config.memory import Memory
from engine.config.version import content_hash
from engine.documents import Node, Scalar, decode_document, read_document
from engine.problems import Place, Problems

NO_NEED = "mappings/profiles/*.yaml"
"""Where profiles are: a site without any lacks nothing."""
NO_SITE = "name one with --config, or begin a site with `engine new listener NAME`"
"""What to do where there is no config.yaml."""


@dataclass(slots=True)
class Sources:
    """One reading of all files below one folder."""

    folder: Path
    problems: Problems
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Content hash -> file name and text."""
    hashes: dict[str, str] = field(default_factory=dict)
    """File name -> content hash."""
    asked: dict[Path, None] = field(default_factory=dict)
    """Every file that was read or should have been."""
    cases: dict[Path, None] = field(default_factory=dict)
    """The ``*.cases.yaml`` beside routes and mappings: the workbench reads them, no decision depends on them."""
    memory: Memory = field(default_factory=Memory)
    """What earlier readings made of the same texts."""

    def name_of(self, path: Path) -> str:
        """Return the file's name as problems show it."""
        try:
            return path.relative_to(self.folder).as_posix()
        except ValueError:
            return path.as_posix()

    def text(self, path: Path) -> str | None:
        """Return a file's text, or None (reported)."""
        name = self.name_of(path)
        self.asked[path] = None
        try:
            content = path.read_bytes()
        except OSError as error:
            hint = NO_SITE if isinstance(error, FileNotFoundError) and not self.texts else ""
            self.problems.add(Place(name), "unreadable-file", f"the file cannot be read: {error.strerror}", hint)
            return None
        text = decode_document(name, content, self.problems)
        if text is not None:
            self.keep(name, text)
        return text

    def keep(self, name: str, text: str) -> None:
        """Keep a text by its content; one of two files with the same content by its name too, so that both are kept."""
        hashed = content_hash(text)
        self.hashes[name] = hashed
        if self.texts.get(hashed, (name, text))[0] != name:
            hashed = content_hash(f"{name}\0{text}")
        self.texts[hashed] = (name, text)

    def document(self, path: Path) -> Node | None:
        """Return a YAML file's document, or None (reported)."""
        text, name = self.text(path), self.name_of(path)
        if text is None:
            return None
        key = ("document", name, self.hashes[name])
        return self.memory.recall(key, lambda problems: read_document(name, text, problems), self.problems)

    def matching(self, patterns: tuple[Scalar, ...]) -> list[Path]:
        """Return the files that the patterns name, in the order of their names."""
        found: set[Path] = set()
        for pattern in patterns:
            if Path(pattern.text).is_absolute() or ".." in Path(pattern.text).parts or not pattern.text:
                hint = "as routes/*.yaml"
                text = f"'{pattern.text}' leads out of the folder of config.yaml"
                self.problems.add(pattern.place, "bad-pattern", text, hint)
                continue
            matched = {path for path in self.folder.glob(pattern.text) if path.is_file() and not _is_cases(path)}
            if not matched and pattern.text != NO_NEED:
                hint = "`engine new route NAME` and `engine new mapping NAME` begin one"
                self.problems.warn(pattern.place, "no-such-files", f"no file matches '{pattern.text}'", hint)
            found |= matched
            self._warn_of_others(pattern, matched)
        return sorted(found, key=lambda path: (path.name, path.as_posix()))

    def below(self, folder: PurePath, ending: str) -> list[Path]:
        """Return the files below *folder* that end so, at any depth."""
        return sorted((self.folder / folder).rglob(f"*{ending}"))

    def _warn_of_others(self, pattern: Scalar, matched: set[Path]) -> None:
        """Warn of a file beside the matching ones that looks like one of them: routes/x.yml is easily overlooked."""
        for folder in sorted({path.parent for path in matched}):
            for path in sorted(folder.glob("*.y*ml")):
                if _is_cases(path):
                    self.cases[path] = None
                elif path not in matched:
                    text, hint = f"the pattern '{pattern.text}' does not match this file", "it is not read"
                    self.problems.warn(Place(self.name_of(path)), "overlooked-file", text, hint)


def _is_cases(path: Path) -> bool:
    return path.name.endswith(".cases.yaml")
