"""The pages that are written from the code, by their file names."""

from collections.abc import Callable
from pathlib import Path

from engine.documents import Entries, Scalar, read_document
from engine.problems import Problems
from engine.validation import Profile, load_profiles
from engine.validation.reference import findings_page
from engine.workbench.reference.configuration import configuration_page
from engine.workbench.reference.functions import functions_page
from engine.workbench.reference.problems import problems_page
from engine.workbench.reference.profiles import profiles_page
from engine.workbench.reference.steps import steps_page

Page = Callable[[Path], str]
PAGES: dict[str, Page] = {
    "configuration.md": lambda folder: configuration_page((folder / "configuration.md").read_text("utf-8")),
    "findings.md": lambda _folder: findings_page(),
    "functions.md": lambda _folder: functions_page(),
    "problems.md": lambda _folder: problems_page(),
    "profiles.md": lambda folder: profiles_page(shipped(folder.parents[1] / "mappings" / "profiles")),
    "steps.md": lambda _folder: steps_page(),
}


def page(name: str, folder: Path) -> str:
    """Return what stands on the page *name* of the folder docs/reference."""
    return PAGES[name](folder).rstrip("\n") + "\n"


def shipped(folder: Path) -> dict[str, Profile]:
    """Return the profiles in *folder*."""
    written = []
    for path in sorted(folder.glob("*.yaml")):
        node = read_document(path.name, path.read_text("utf-8"), Problems())
        if isinstance(node, Entries) and isinstance(name := node.get("profile"), Scalar):
            written.append((name, node))
    loaded = load_profiles(written, {}, Problems())
    return {name: profile for name, profile in loaded.items() if profile is not None}
