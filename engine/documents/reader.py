"""Takes a map apart key by key, reports what has the wrong kind, and in the end what nobody asked for."""

from collections.abc import Collection

from engine.documents.nodes import Entries, Items, Node, Scalar, kind_of
from engine.problems import Problems, did_you_mean


def report_comment(scalar: Scalar, problems: Problems) -> None:
    """Report a comment behind a formula, an expression or a text: nobody can tell it from a part of the value."""
    if scalar.comment_behind is not None:
        text, hint = (
            "a comment behind a value that may itself hold '#'",
            "put it on a line of its own, or quote the value",
        )
        problems.add(scalar.comment_behind, "comment-behind", text, hint)


class Reader:
    """One map being read. Every key asked for is a known key; ``finish`` reports the others."""

    def __init__(self, entries: Entries, problems: Problems) -> None:
        self.entries = entries
        self._problems = problems
        self._asked: list[str] = []

    def node(self, key: str) -> Node | None:
        """Return the value of *key*, whatever its kind, or None when absent."""
        if key not in self._asked:
            self._asked.append(key)
        return self.entries.get(key)

    def scalar(self, key: str) -> Scalar | None:
        """Return a single value, or None (absent, or of another kind and reported)."""
        node = self.node(key)
        if isinstance(node, Scalar):
            return node
        self._expected(key, node, "a single value")
        return None

    def required(self, key: str) -> Scalar | None:
        """Return a single value that must be there and not empty."""
        node = self.node(key)
        if node is None or (isinstance(node, Scalar) and node.plain and not node.text):
            if key not in self.entries.left_out:
                place = self.entries.place if node is None else node.place
                self._problems.add(place, "missing-key", f"'{key}' is missing here")
            return None
        return self.scalar(key)

    def text(self, key: str, default: str = "") -> str:
        """Return a single value's text, or *default*."""
        found = self.scalar(key)
        return default if found is None else found.text

    def items(self, key: str) -> Items | None:
        """Return a list, or None (absent, or of another kind and reported)."""
        node = self.node(key)
        if isinstance(node, Items):
            return node
        self._expected(key, node, "a list")
        return None

    def listed(self, key: str) -> tuple[Node, ...]:
        """Return a list's values, a single value or map as a list of one, or nothing."""
        node = self.node(key)
        if node is None:
            return ()
        return node.values if isinstance(node, Items) else (node,)

    def scalars(self, key: str) -> tuple[Scalar, ...]:
        """Return the single values of a list (or the one value that stands instead of it)."""
        values = self.listed(key)
        for node in values:
            if not isinstance(node, Scalar):
                self._expected(key, node, "a single value or a list of them")
        return tuple(node for node in values if isinstance(node, Scalar))

    def map(self, key: str) -> Entries | None:
        """Return a map, or None (absent, or of another kind and reported)."""
        node = self.node(key)
        if isinstance(node, Entries):
            return node
        self._expected(key, node, "a map")
        return None

    def choice(self, key: str, options: Collection[str], default: str = "") -> str:
        """Return one of *options*, or *default*; anything else is a problem with a suggestion."""
        found = self.scalar(key)
        if found is None:
            return default
        if found.text in options:
            return found.text
        hint = did_you_mean(found.text, options) or f"one of: {', '.join(options)}"
        self._problems.add(found.place, "unknown-choice", f"'{key}' cannot be '{found.text}'", hint)
        return default

    def finish(self, what: str = "") -> None:
        """Report every key that was not asked for; *what* names the map in the sentence."""
        for key, _ in self.entries.pairs:
            if key.text not in self._asked:
                hint = did_you_mean(key.text, self._asked) or f"known here: {', '.join(self._asked)}"
                text = f"'{key.text}' is no key of {what}" if what else f"'{key.text}' is not known here"
                self._problems.add(key.place, "unknown-key", text, hint)

    def _expected(self, key: str, node: Node | None, wanted: str) -> None:
        if node is not None:
            self._problems.add(node.place, "wrong-kind", f"'{key}' takes {wanted}, not {kind_of(node)}")
