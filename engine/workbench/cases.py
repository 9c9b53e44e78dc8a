"""The cases that stand in routes and mappings: a message and what is expected of it. Read here, run elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine.documents import Entries, Items, Node, Reader, Scalar, kind_of, read_document
from engine.mapping import Mapping
from engine.problems import Place, Problems
from engine.routing import Route, Rules
from engine.workbench.expectations import Expectations, load_expectations


@dataclass(frozen=True, slots=True)
class Case:
    """One of the analyst's own tests."""

    name: str
    owner: str
    """The route or mapping whose file it stands in."""
    listener: str
    """Where its message comes in: the first listener of the route."""
    payload: bytes = field(repr=False)
    expect: Expectations
    place: Place


def load_cases(rules: Rules, folder: Path, problems: Problems) -> tuple[Case, ...]:
    """Return the cases of every route and mapping, in the order of the files; what is wrong in them is reported."""
    found: list[Case] = []
    for route in rules.routes:
        if route.cases is not None:
            found += _Loader(route.name, route, rules, folder, problems).load(route.cases)
    for mapping in rules.mappings.values():
        node = _cases_of(mapping, rules)
        if node is not None:
            found += _Loader(mapping.name, _user_of(mapping, rules), rules, folder, problems).load(node)
    return tuple(found)


def _cases_of(mapping: Mapping, rules: Rules) -> Node | None:
    """Return the cases in a mapping's file: a compiled mapping keeps nothing of it, the rules keep its text."""
    name = mapping.place.file
    text = next((text for file, text in rules.texts.values() if file == name), "")
    node = read_document(name, text, Problems()) if "cases:" in text else None
    return node.get("cases") if isinstance(node, Entries) else None


def _user_of(mapping: Mapping, rules: Rules) -> Route | None:
    """Return the first route that uses a mapping: through it the mapping's cases come in."""
    used = (route for route in rules.routes for entry in route.entries if entry.mapping is mapping)
    return next(used, None)


@dataclass(slots=True)
class _Loader:
    """Reads the cases of one file."""

    owner: str
    route: Route | None
    rules: Rules
    folder: Path
    problems: Problems

    def load(self, node: Node) -> Iterator[Case]:
        """Yield the cases that can be read."""
        if not isinstance(node, Items):
            text = f"cases are a list, not {kind_of(node)}"
            self.problems.add(node.place, "wrong-kind", text, "begin each with '- case: NAME'")
            return
        if self.route is None:
            text = f"no route uses the mapping '{self.owner}': its cases cannot be run"
            self.problems.warn(node.place, "unused-cases", text)
        names: dict[str, None] = {}
        for each in node.values:
            case = self._case(each)
            if case is None:
                continue
            if case.name in names:
                self.problems.add(case.place, "case-twice", f"another case here is called '{case.name}'")
            names[case.name] = None
            yield case

    def _case(self, node: Node) -> Case | None:
        if not isinstance(node, Entries):
            text = f"a case is a map, not {kind_of(node)}"
            self.problems.add(node.place, "wrong-kind", text, "case, message, expect")
            return None
        reader = Reader(node, self.problems)
        name, message, expect = reader.required("case"), reader.required("message"), reader.map("expect")
        if expect is None and reader.node("expect") is None and "expect" not in node.left_out:
            hint = "as in expect: {ack: AA, billing: sent}"
            self.problems.add(node.place, "missing-key", "'expect' is missing here", hint)
        reader.finish("a case")
        payload = None if message is None else self._payload(message)
        expectations = None if expect is None else load_expectations(expect, self.rules, self.problems)
        if name is None or payload is None or expectations is None or self.route is None or not self.route.listeners:
            return None
        return Case(name.text, self.owner, self.route.listeners[0], payload, expectations, name.place)

    def _payload(self, scalar: Scalar) -> bytes | None:
        """Return the message: the lines written here, or a file's, as segments that end with CR."""
        if "\n" in scalar.text or scalar.text.startswith("MSH"):
            return as_segments(scalar.text.encode())
        try:
            return as_segments((self.folder / scalar.text).read_bytes())
        except OSError as error:
            text = f"the message '{scalar.text}' cannot be read: {error.strerror}"
            self.problems.add(scalar.place, "unreadable-file", text, "a path from the folder of config.yaml")
            return None


def as_segments(content: bytes) -> bytes:
    """Return a message as it travels: a file whose lines end with LF or CRLF gets segments that end with CR."""
    if b"\r" not in content.replace(b"\r\n", b"\n"):
        content = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r")
    return content.rstrip(b"\r\n") + b"\r"
