"""The functions in Python that a site declares: every file of one folder, read and looked through, never imported."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from engine.config.settings import PythonSettings
from engine.config.sources import Sources
from engine.hatch import Terms, Workers, read_module
from engine.mapping.library import Signature
from engine.problems import Place

MOST_FILES = 200


def read_functions(settings: PythonSettings, place: Place, sources: Sources) -> Workers:
    """Return what runs the functions below the declared folder; their texts count among the rules' texts."""
    folder, problems = PurePosixPath(settings.folder), sources.problems
    texts: dict[str, str] = {}
    modules = dict[str, Mapping[str, Signature]]()
    terms = Terms(settings.timeout.total_seconds(), settings.workers)
    if folder.is_absolute() or ".." in folder.parts or not folder.parts:
        text = f"'{settings.folder}' leads out of the folder of config.yaml"
        problems.add(place, "bad-folder", text, "as mappings/python")
        return Workers(texts, modules, terms)
    files = sources.below(folder, ".py")
    if not files:
        problems.warn(place, "no-such-files", f"there is no file *.py in '{settings.folder}'")
    if len(files) > MOST_FILES:
        problems.add(place, "bad-folder", f"'{settings.folder}' holds more than {MOST_FILES} files *.py")
    for file in files[:MOST_FILES]:
        parts = file.relative_to(sources.folder / folder).with_suffix("").parts
        if not all(part.isidentifier() for part in parts):
            hint = "letters, digits and _, beginning with a letter"
            problems.add(Place(sources.name_of(file)), "bad-name", "a module's file cannot be called so", hint)
            continue
        content = sources.text(file)
        if content is not None:
            name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
            texts[name], modules[name] = content, read_module(sources.name_of(file), content, problems)
    key = ("functions", tuple(texts.items()), terms)
    return sources.memory.recall(key, lambda _: Workers(texts, modules, terms), problems)
