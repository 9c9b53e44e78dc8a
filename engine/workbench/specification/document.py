"""The specification itself: how to connect, which messages, when, what stands in them, what is answered, an example."""

import re
from collections.abc import Iterable, Iterator, Sequence

from engine.config import DestinationSettings, ListenerSettings, Settings
from engine.documents import Entries
from engine.workbench.case_reading import Case
from engine.workbench.specification.conditions import Sent, sent_in
from engine.workbench.specification.examples import Example, examples_of
from engine.workbench.specification.markdown import block, cell, code, table
from engine.workbench.specification.steps import COLUMNS, Around, rows_of
from engine.workbench.specification.written import text_of, written_rules

MOST_ROWS = 200
"""Of a code table; a longer one is only named."""
_TABLES = re.compile(r"(?:translate|lookup|listed)\(\s*['\"]([^'\"]+)['\"]")
_FAILS = {
    "park": "it is kept for a person, and later messages go on",
    "hold": "it is kept for a person, and later messages of the same patient wait behind it",
    "refuse": "the sender is answered AE, and nothing is sent to anybody",
}


def specification(settings: Settings, cases: Sequence[Case], partner: str = "") -> str:
    """Return the specification for one destination or listener, for all of them where none is named."""
    writer = _Writer(settings, examples_of(cases, settings.rules))
    names = [partner] if partner else [*settings.listeners, *settings.destinations]
    lines = [
        f"# Interface specification: {cell(settings.site or 'this site')}{f' and {partner}' if partner else ''}",
        "",
    ]
    lines += [
        f"Written by `engine docs` from the rules {settings.rules.version}.",
        f"Times without an offset are those of {settings.rules.zone.key}.",
        "",
    ]
    for name in names:
        if name in settings.listeners:
            lines += writer.listener(name, settings.listeners[name])
        if name in settings.destinations:
            lines += writer.destination(name, settings.destinations[name])
    return "\n".join(lines).rstrip("\n") + "\n"


class _Writer:
    """Writes the parts of one document."""

    def __init__(self, settings: Settings, examples: dict[tuple[str, str, str], Example]) -> None:
        self._rules = settings.rules
        self._written = written_rules(settings.rules)
        self._sent = tuple(sent_in(settings.rules, self._written))
        self._examples = examples

    def listener(self, name: str, settings: ListenerSettings) -> Iterator[str]:
        """Yield what a sender must know."""
        yield from (f"## What {cell(name)} takes", "", "### Connection", "")
        yield from table(("", ""), _listening(settings))
        yield from ("### Messages", "")
        routes = [route for route in self._rules.routes if name in route.listeners]
        rows = []
        for route in routes:
            node = self._written.routes.get(route.name)
            accept = text_of(node.get("accept")) if node is not None else ""
            to = ", ".join(dict.fromkeys(cell(each.destination) for each in self._sent if each.route == route.name))
            rows.append((code(accept) or "every message", cell(route.validate.name.lower()), to or "nobody"))
        yield from table(("taken where", "looked at", "goes on to"), rows)
        yield from ("### Answers", "")
        yield from table(("answer", "it means"), _ANSWERS)

    def destination(self, name: str, settings: DestinationSettings) -> Iterator[str]:
        """Yield what a receiver must know."""
        sent = [each for each in self._sent if each.destination == name]
        yield from (f"## What {cell(name)} is sent", "", "### Connection", "")
        yield from table(("", ""), _connecting(settings))
        yield from ("### Acknowledgements", "", *_ACKNOWLEDGEMENTS, "")
        used: dict[str, None] = {}
        for number, each in enumerate(sent, 1):
            text = list(self._message(number, each))
            used |= dict.fromkeys(_TABLES.findall("\n".join(text)))
            yield from text
        if not sent:
            yield from ("No route sends anything to it.", "")
        yield from self._tables(name for name in used if name in self._rules.tables)

    def _message(self, number: int, sent: Sent) -> Iterator[str]:
        node = self._written.mappings.get(sent.mapping)
        output = node.get("output") if node is not None else None
        spec = output if isinstance(output, Entries) else None
        made = text_of(spec.get("message")) if spec is not None else ""
        yield from (f"### Message {number}: {cell(made) or 'of the type that came'}{_by(sent)}", "")
        yield from table(("", ""), self._when(sent, spec))
        if node is None:
            yield from ("The bytes go as they came.", "")
        else:
            version = (text_of(spec.get("version")) if spec is not None else "") or "2.5.1"
            rows = list(rows_of(node.get("steps"), self._written, Around(version=version)))
            yield from (_beginning(spec), "")
            yield from table(COLUMNS, rows) if rows else ()
        example = self._examples.get((sent.route, sent.destination, sent.mapping))
        if example is not None:
            yield from (f"Example, from the case *{cell(example.case)}*. This came:", "", *block(example.received))
            yield from ("This was sent:", "", *block(example.sent))

    def _when(self, sent: Sent, output: Entries | None) -> Iterator[tuple[str, str]]:
        yield "comes in on", ", ".join(cell(each) for each in sent.listeners)
        yield "is taken where", code(sent.accept) or "always"
        yield "is sent where", code(sent.when) or "always"
        if output is not None and (split := text_of(output.get("split"))):
            yield "one message for each", code(split)
        yield "if it cannot be made", _FAILS.get(sent.on_failure, cell(sent.on_failure))

    def _tables(self, names: Iterable[str]) -> Iterator[str]:
        for name in sorted(names):
            rows = self._rules.tables[name].rows
            yield from (f"### Table {cell(name)}", "", _policy(self._rules.tables[name].policy), "")
            if len(rows) >= MOST_ROWS:
                yield from (f"{len(rows)} rows; ask us for the file.", "")
            else:
                columns = [each for each in self._rules.tables[name].columns if any(row.cells[each] for row in rows)]
                yield from table(columns, [[cell(row.cells[each]) for each in columns] for row in rows])


def _by(sent: Sent) -> str:
    return f" (mapping {cell(sent.mapping)})" if sent.mapping else ""


def _beginning(output: Entries | None) -> str:
    if output is not None and text_of(output.get("start")) == "copy":
        return "It begins as the message that came; what is not named here stays as it was."
    return "It begins with an MSH alone; what is not named here is not in it."


def _policy(policy: str) -> str:
    said = {
        "keep": "goes on as it came",
        "error": "keeps the message here for a person",
        "default": "is replaced by a fixed one",
    }
    return f"A code that is not in it {said[policy]}."


def _listening(settings: ListenerSettings) -> Iterator[tuple[str, str]]:
    yield "protocol", "MLLP, the receiver listens"
    yield "address", code(str(settings.mllp))
    yield (
        "encryption",
        "TLS 1.2 or later" + (", with a certificate of yours" if settings.tls and settings.tls.client_ca else "")
        if settings.tls
        else "none",
    )
    yield "MSH-11", ", ".join(code(each) for each in settings.sender.processing) or "any"
    yield "character set, where MSH-18 is empty", cell(settings.sender.charset) or "UTF-8, else cp1252"
    yield "longest message", f"{settings.limits.max_message:,} bytes"


def _connecting(settings: DestinationSettings) -> Iterator[tuple[str, str]]:
    yield "protocol", "MLLP, the receiver listens"
    yield "address", code(str(settings.mllp))
    yield "encryption", "TLS 1.2 or later" if settings.tls else "none"
    yield "MSH-2", code(settings.encoding) or "as in the message that came"
    yield "character set", cell(settings.charset) or "as in the message that came"
    yield "fixed fields", ", ".join(f"{code(path)} = {code(text)}" for path, text in settings.header.items()) or "none"
    order = (
        "one message at a time, in order"
        if settings.lanes == 1
        else f"up to {settings.lanes} connections, each patient's in order"
    )
    yield "order", f"by {code(settings.lane_by)}, up to {settings.lanes} connections" if settings.lane_by else order
    yield "answer within", f"{settings.timeout.total_seconds():g} s"
    first, longest = settings.retry.first.total_seconds(), settings.retry.longest.total_seconds()
    yield "sent again", f"after {first:g} s, later at most every {longest:g} s"


_ACKNOWLEDGEMENTS = (
    "MSA-2 is the MSH-10 that was sent; with AA or CA the message is delivered. AE, CR, and AR with ERR-3 200 to 203",
    "are refusals: the same bytes come again after 1, 10 and 60 seconds, then a person looks, and what is behind it",
    "in its order waits. With AR otherwise, CE, no answer or another MSA-2 the same bytes come again until they are",
    "accepted. When an answer was lost, a message comes twice, with the same MSH-10 and the same bytes: take it once.",
)
_ANSWERS = (
    ("AA (CA)", "it is kept, for good; what follows from it happens here"),
    ("AE", "a rule refuses it, or its bytes do not fit the character set that it declares (ERR-3 102)"),
    ("AR", "no route takes its type or event (200, 201), MSH-11 is another (202), or it has no MSH to be read (100)"),
    ("none, the connection closed", "it may not be kept: send it again, with the same MSH-10"),
)
