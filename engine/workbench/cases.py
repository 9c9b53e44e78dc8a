"""Finds the cases of a site: in its routes, its mappings, and the ``*.cases.yaml`` beside them.

A case of a route takes the way of every message: through all routes of its listener. A case of a mapping runs the
mapping alone, whether a route uses it or not.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.config.references import refuse_references
from engine.documents import Entries, Items, Node, Reader, Scalar, decode_document, kind_of, read_document
from engine.mapping import Mapping
from engine.problems import Place, Problems, did_you_mean
from engine.routing import Route, Rules
from engine.workbench.case_reading import Arrival, Case, CaseReader, Owner, noon
from engine.workbench.message_files import MessageFiles, as_segments

__all__ = ["Arrival", "Case", "as_segments", "load_cases", "noon"]


def load_cases(rules: Rules, files: MessageFiles, problems: Problems, beside: Sequence[Path] = ()) -> tuple[Case, ...]:
    """Return every case in the order of the files; what is wrong in them is reported. *beside*: ``*.cases.yaml``."""
    loader = _Loader(rules, files, problems)
    found: list[Case] = []
    for route in rules.routes:
        if route.cases is not None:
            found += loader.of_owner(_route(route), route.cases)
    for mapping in rules.mappings.values():
        node = _cases_of(mapping, rules)
        if node is not None:
            found += loader.of_owner(_mapping(mapping, rules), node)
    for path in beside:
        found += loader.of_file(path)
    return tuple(found)


def _route(route: Route) -> Owner:
    return Owner(route.name, route.listeners[0] if route.listeners else "")


def _mapping(mapping: Mapping, rules: Rules) -> Owner:
    """Return a mapping with where it is used first: what comes in there, and for whom."""
    used = ((route, entry) for route in rules.routes for entry in route.entries if entry.mapping is mapping)
    found = next(used, None)
    if found is None:
        return Owner(mapping.name, "", is_mapping=True)
    route, entry = found
    return Owner(mapping.name, _route(route).listener, is_mapping=True, destination=entry.destination)


def _cases_of(mapping: Mapping, rules: Rules) -> Node | None:
    """Return the cases in a mapping's file: a compiled mapping keeps nothing of it, the rules keep its text."""
    name = mapping.place.file
    text = next((text for file, text in rules.texts.values() if file == name), "")
    node = read_document(name, text, Problems()) if "cases:" in text else None
    return node.get("cases") if isinstance(node, Entries) else None


@dataclass(slots=True)
class _Loader:
    """Reads cases; a name may stand for one case of each owner, in whatever file."""

    rules: Rules
    files: MessageFiles
    problems: Problems
    names: set[tuple[bool, str, str]] = field(default_factory=set)

    def of_owner(self, owner: Owner, node: Node) -> Iterator[Case]:
        """Yield the cases that can be read."""
        if not isinstance(node, Items):
            text = f"cases are a list, not {kind_of(node)}"
            self.problems.add(node.place, "wrong-kind", text, "begin each with '- case: NAME'")
            return
        reader = CaseReader(owner, self.rules, self.files, self.problems)
        for each in node.values:
            case = reader.case(each)
            if case is None:
                continue
            key = (owner.is_mapping, owner.name, case.name)
            if key in self.names:
                self.problems.add(case.place, "case-twice", f"another case of '{owner.name}' is called '{case.name}'")
            self.names.add(key)
            yield case

    def of_file(self, path: Path) -> Iterator[Case]:
        """Yield the cases of a ``*.cases.yaml``: a map that names a route or a mapping and holds its cases."""
        node = self._document(path)
        if node is None:
            return
        if not isinstance(node, Entries):
            text = f"a file of cases holds a map, not {kind_of(node)}"
            self.problems.add(node.place, "wrong-kind", text, "begin with 'route: NAME' or 'mapping: NAME'")
            return
        refuse_references(node, self.problems)
        reader = Reader(node, self.problems)
        route, mapping, cases = reader.scalar("route"), reader.scalar("mapping"), reader.node("cases")
        reader.finish("a file of cases")
        owner = self._owner(node, route, mapping)
        if cases is None:
            if "cases" not in node.left_out:
                self.problems.add(node.place, "missing-key", "'cases' is missing here", "a list of '- case: NAME'")
        elif owner is not None:
            yield from self.of_owner(owner, cases)

    def _document(self, path: Path) -> Node | None:
        folder = self.files.folder
        name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()
        try:
            content = path.read_bytes()
        except OSError as error:
            self.problems.add(Place(name), "unreadable-file", f"the file cannot be read: {error.strerror}")
            return None
        text = decode_document(name, content, self.problems)
        return None if text is None else read_document(name, text, self.problems)

    def _owner(self, node: Entries, route: Scalar | None, mapping: Scalar | None) -> Owner | None:
        if (route is None) is (mapping is None):
            if not node.left_out & {"route", "mapping"}:
                text = "a file of cases names either a route or a mapping"
                self.problems.add(node.place, "no-owner", text, "as in 'route: admissions'")
            return None
        if route is not None:
            found = next((each for each in self.rules.routes if each.name == route.text), None)
            self._unknown(route, "route", [each.name for each in self.rules.routes], found)
            return None if found is None else _route(found)
        if mapping is not None:
            known = self.rules.mappings.get(mapping.text)
            self._unknown(mapping, "mapping", list(self.rules.mappings), known)
            return None if known is None else _mapping(known, self.rules)
        return None

    def _unknown(self, named: Scalar, kind: str, known: Sequence[str], found: object) -> None:
        """Report a name that nobody has; one whose file has problems of its own has been told already."""
        if found is not None:
            return
        written = re.compile(rf"^{kind}:\s*['\"]?{re.escape(named.text)}['\"]?\s*$", re.MULTILINE)
        if not any(written.search(text) for _, text in self.rules.texts.values()):
            hint = did_you_mean(named.text, known)
            self.problems.add(named.place, f"unknown-{kind}", f"no {kind} is called '{named.text}'", hint)
