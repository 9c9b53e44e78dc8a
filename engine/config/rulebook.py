"""The rules of a site: tables, mappings and routes read from their files, and compiled together."""

from collections.abc import Mapping as Names
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from engine.config.bind import names_in
from engine.config.crosschecks import place_at
from engine.config.functions import read_functions
from engine.config.neighbours import check_others, destination_of, listener_of, with_header
from engine.config.references import refuse_references
from engine.config.settings import Configuration, TableSettings
from engine.config.sources import Sources
from engine.config.version import rules_version
from engine.documents import Entries, Node, Scalar
from engine.expression import Vocabulary
from engine.mapping import Mapping, load_mapping
from engine.mapping.codes import CodeTable, load_table
from engine.mapping.library import Library, Shared
from engine.mapping.sharing import is_shared, read_shared
from engine.problems import Problems
from engine.routing import Known, Route, Rules, load_route
from engine.validation import Checks, Profiles, load_output_checks, load_profiles

_ROUTES_READ_NAMES_BY = "2.5.1"


class _File(NamedTuple):
    """One file of rules: the name that it gives itself, its document, its own name, and what tells its content."""

    named: Scalar | None
    node: Node | None
    stem: str
    content: tuple[str, str]


class Rulebook:
    """One reading of a site's rules; everything wrong in them goes to the sources' problems."""

    def __init__(self, configuration: Configuration, entries: Entries, sources: Sources) -> None:
        self._configuration = configuration
        self._entries = entries
        self._sources = sources
        self._problems = sources.problems
        self._recall = sources.memory.recall
        self._profiles_by: tuple[tuple[str, str], ...] = ()
        """The files of profiles, by content."""

    def read(self) -> Rules:
        """Return the rules; where there are problems, those that could be read."""
        tables = self._tables()
        mappings = self._mappings(tables)
        profiles = self._profiles(tables)
        output_checks = self._output_checks(mappings, profiles)
        routes = self._routes(tables, mappings, profiles)
        configuration = self._configuration
        check_others(self._entries, configuration, self._problems)
        listeners = {
            name: listener_of(name, each, configuration.time_zone) for name, each in configuration.listeners.items()
        }
        destinations = {
            name: destination_of(name, each, self._entries, self._problems)
            for name, each in configuration.destinations.items()
        }
        return Rules(
            site=configuration.site,
            zone=configuration.time_zone,
            listeners=listeners,
            destinations=destinations,
            tables=tables,
            mappings={name: each for name, each in mappings.items() if each is not None},
            routes=routes,
            routes_of={name: tuple(each for each in routes if name in each.listeners) for name in listeners},
            aside=frozenset(name for route in routes if _asks_functions(route) for name in route.listeners),
            version=rules_version(self._sources.hashes.items(), decisive(configuration)),
            texts=self._sources.texts,
            profiles={name: each for name, each in profiles.items() if each is not None},
            output_checks=output_checks,
        )

    def _tables(self) -> Names[str, CodeTable]:
        """Return the tables; one that cannot be read is there without rows, so that its users are not blamed."""
        found = {name: CodeTable.empty(name) for name in names_in(self._entries, "tables")}
        for name, settings in self._configuration.tables.items():
            found[name] = self._table(name, settings)
        return found

    def _table(self, name: str, settings: TableSettings) -> CodeTable:
        text = self._sources.text(settings.file)
        if text is None:
            return CodeTable.empty(name)
        unknown, file = settings.unknown, self._sources.name_of(settings.file)
        key = ("table", name, file, self._sources.hashes[file], unknown.policy, unknown.default)
        return self._recall(key, lambda problems: load_table(name, file, text, unknown, problems), self._problems)

    def _mappings(self, tables: Names[str, CodeTable]) -> Names[str, Mapping | None]:
        """Return the mappings by name; None for one that exists and has problems."""
        found: dict[str, Mapping | None] = {}
        files = self._files("mappings", "mapping")
        shared = [each for each in files if is_shared(each.node)]
        library = self._library([each.node for each in shared if isinstance(each.node, Entries)])
        around = (_columns_of(tables), tuple(each.content for each in shared), library.functions)
        for file in files:
            if is_shared(file.node):
                continue
            mapping = None if file.node is None else self._mapping(file, file.node, tables, library, around)
            if file.named is None:
                found.setdefault(file.stem, None)  # it is probably called like its file: no user of it is blamed
            elif not self._is_twice(file.named, found, "mapping"):
                found[file.named.text] = mapping
        for name in (each.name for key, each in library.shared.items() if key not in library.used):
            text = f"no mapping uses the shared list '{name.text}': its steps are looked at where they are used"
            self._problems.warn(name.place, "unused-shared", text)
        return found

    def _mapping(
        self, file: _File, node: Node, tables: Names[str, CodeTable], library: Library, around: tuple[object, ...]
    ) -> Mapping | None:
        """Return a file's mapping, compiled anew if the file is another or what is *around* it."""

        def make(problems: Problems) -> tuple[Mapping | None, frozenset[str]]:
            own = Library(library.shared, library.functions)
            return load_mapping(node, tables, problems, own), frozenset(own.used)

        mapping, used = self._recall(("mapping", file.content, around), make, self._problems)
        library.used.update(used)
        return mapping

    def _library(self, documents: list[Entries]) -> Library:
        """Return what mappings may use: the shared lists of steps, and the functions in Python."""
        shared: dict[str, Shared] = {}
        for each in documents:
            found = read_shared(each, self._problems)
            if found is not None and not self._is_twice(found.name, shared, "shared list"):
                shared[found.name.text] = found
        settings = self._configuration.python
        functions = None
        if settings is not None:
            functions = read_functions(settings, place_at(self._entries, "python", "folder"), self._sources)
        return Library(shared, functions)

    def _profiles(self, tables: Names[str, CodeTable]) -> Profiles:
        """Return the profiles by name; None for one that exists and has problems."""
        written: dict[str, tuple[Scalar, Node]] = {}
        unnamed: dict[str, None] = {}
        files = self._files("profiles", "profile")
        for name, node, stem, _ in files:
            if name is None:
                unnamed[stem] = None  # it is probably called like its file: whoever uses it is not blamed
                if node is not None:
                    load_profiles([(Scalar(stem, node.place), node)], tables, self._problems)
            elif node is not None and not self._is_twice(name, written, "profile"):
                written[name.text] = (name, node)
        self._profiles_by = tuple(each.content for each in files)
        made = self._recall(
            ("profiles", self._profiles_by, _columns_of(tables)),
            lambda problems: load_profiles(list(written.values()), tables, problems),
            self._problems,
        )
        return {**unnamed, **made}

    def _output_checks(self, mappings: Names[str, Mapping | None], profiles: Profiles) -> dict[str, Checks]:
        """Return what is asked of the outputs of each mapping that says so."""
        written = {name: each.output.validate for name, each in mappings.items() if each is not None}
        return {
            name: load_output_checks(node, profiles, self._problems)
            for name, node in written.items()
            if node is not None
        }

    def _routes(
        self, tables: Names[str, CodeTable], mappings: Names[str, Mapping | None], profiles: Profiles
    ) -> tuple[Route, ...]:
        names: dict[str, None] = {}
        routes: list[Route] = []
        known = self._known(tables, mappings, profiles)
        around = (
            *(known.listeners, known.destinations, known.with_header, _columns_of(tables), self._profiles_by),
            tuple((name, mapping is None) for name, mapping in mappings.items()),
        )
        for file in self._files("routes", "route"):
            route = None if file.node is None else self._route(file, file.node, known, around)
            if file.named is not None and not self._is_twice(file.named, names, "route"):
                names[file.named.text] = None
                routes.extend(() if route is None else (route,))
        return tuple(routes)

    def _route(self, file: _File, node: Node, known: Known, around: tuple[object, ...]) -> Route | None:
        """Return a file's route, compiled anew if the file is another or what is *around* it."""
        key = ("route", file.content, around)
        route = self._recall(key, lambda problems: load_route(node, known, problems), self._problems)
        if route is None or all(
            each.mapping is None or known.mappings[each.mapping.name] is each.mapping for each in route.entries
        ):
            return route
        entries = (
            each if each.mapping is None else replace(each, mapping=known.mappings[each.mapping.name])
            for each in route.entries
        )
        return replace(route, entries=tuple(entries))

    def _known(self, tables: Names[str, CodeTable], mappings: Names[str, Mapping | None], profiles: Profiles) -> Known:
        return Known(
            listeners=frozenset(names_in(self._entries, "listeners")),
            destinations=frozenset(names_in(self._entries, "destinations")),
            with_header=with_header(self._entries),
            mappings=mappings,
            vocabulary=Vocabulary(_ROUTES_READ_NAMES_BY, tables),
            profiles=profiles,
        )

    def _files(self, section: str, key: str) -> list[_File]:
        """Return the files of a section, in the order of their names."""
        found: list[_File] = []
        for path in self._sources.matching(self._patterns(section)):
            node, file = self._sources.document(path), self._sources.name_of(path)
            content = (file, self._sources.hashes.get(file, ""))
            name = node.get(key) if isinstance(node, Entries) else None
            if node is not None:
                self._recall(("references", content), partial(refuse_references, node), self._problems)
            found.append(_File(name if isinstance(name, Scalar) and name.text else None, node, path.stem, content))
        return found

    def _patterns(self, section: str) -> tuple[Scalar, ...]:
        """Return the patterns of files, each with its place; those of the default stand where config.yaml begins."""
        written = self._entries.get(section)
        if isinstance(written, Scalar):
            return (written,)
        if written is not None and not isinstance(written, Entries):
            return tuple(node for node in written.values if isinstance(node, Scalar))
        patterns: tuple[str, ...] = getattr(self._configuration, section)
        return tuple(Scalar(pattern, self._entries.place) for pattern in patterns)

    def _is_twice(self, name: Scalar, earlier: Names[str, object], kind: str) -> bool:
        if name.text not in earlier:
            return False
        code = f"{kind.partition(' ')[0]}-twice"
        self._problems.add(name.place, code, f"another file has a {kind} called '{name.text}'")
        return True


def _columns_of(tables: Names[str, CodeTable]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return all that rules know of tables when they are compiled; rows are looked up when a message comes."""
    return tuple((name, table.columns) for name, table in tables.items())


def _asks_functions(route: Route) -> bool:
    return any(entry.mapping is not None and entry.mapping.calls for entry in route.entries)


def decisive(configuration: Configuration) -> str:
    """Return the settings that a decision depends on; the others may change and the rules' version stays."""
    listeners = {"__all__": {"time_zone", "sender", "several"}}
    destinations = {"__all__": {"header", "encoding", "charset", "lane_by"}}
    return configuration.model_dump_json(
        include={"site": True, "time_zone": True, "python": True, "listeners": listeners, "destinations": destinations}
    )
