"""What only shows when several parts of config.yaml are seen together: names, ports, exposure, what nobody uses."""

import re
from collections.abc import Iterable, Iterator

from engine.config.bind import names_in
from engine.config.sources import Sources
from engine.config.values import Address, Wrong, read_address
from engine.documents import Entries, Items, Node, Scalar
from engine.problems import Place, Problems
from engine.routing import Rules

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_RESERVED = frozenset({"ack", "index", "findings"})


def place_at(entries: Entries, *path: str) -> Place:
    """Return the place of the deepest value on *path*."""
    node: Node = entries
    for key in path:
        following = node.get(key) if isinstance(node, Entries) else None
        if following is None:
            break
        node = following
    return node.place


def check_names(entries: Entries, problems: Problems) -> None:
    """Report names that logs, screens and cases could not tell from something else."""
    for section in ("listeners", "destinations", "tables"):
        for name in names_in(entries, section).values():
            if not _NAME.fullmatch(name.text):
                hint = "letters, digits, '-', '_' and '.', beginning with a letter; at most 64"
                problems.add(name.place, "bad-name", f"'{name.text}' is no name", hint)
            elif section == "destinations" and name.text in _RESERVED:
                text = f"'{name.text}' has a meaning of its own in the cases of a route"
                problems.add(name.place, "reserved-name", text, "choose another name")


def check_addresses(entries: Entries, problems: Problems) -> None:
    """Report a port asked for twice, patients' data in the open, and halves of a certificate.

    Asked of the file, not of the settings: a listener with another mistake still has its port.
    """
    seen: dict[str, Address] = {}
    for name, listener in _members(entries, "listeners"):
        written = listener.get("mllp")
        if not isinstance(written, Scalar) or (address := _address(written.text)) is None:
            continue
        twice = next((other for other, taken in seen.items() if address.meets(taken)), None)
        if twice is not None:
            text = f"port {address.port} is taken by the listener '{twice}'"
            problems.add(written.place, "port-twice", text, "give each listener a port of its own")
        if not address.is_loopback and not _is_guarded(listener):
            text = f"other machines reach {address}, and there is neither 'tls' nor 'allow'"
            hint = "add one of them, or say 'plaintext: accepted' if patients' data may cross this network unprotected"
            problems.add(written.place, "plaintext-exposed", text, hint)
        seen[name] = address
    for _, destination in _members(entries, "destinations"):
        tls = destination.get("tls")
        if isinstance(tls, Entries) and (tls.key("certificate") is None) != (tls.key("key") is None):
            text, hint = "'certificate' and 'key' belong together", "write both, or neither"
            problems.add(tls.place, "half-a-certificate", text, hint)


def _members(entries: Entries, section: str) -> Iterator[tuple[str, Entries]]:
    node = entries.get(section)
    for name, value in node.pairs if isinstance(node, Entries) else ():
        if isinstance(value, Entries):
            yield name.text, value


def _address(text: str) -> Address | None:
    try:
        return read_address(text)
    except Wrong:
        return None  # reported where the settings are read


def _is_guarded(listener: Entries) -> bool:
    plaintext, allow = listener.get("plaintext"), listener.get("allow")
    accepted = isinstance(plaintext, Scalar) and plaintext.text == "accepted"
    allowed = bool(allow.values) if isinstance(allow, Items) else allow is not None
    return accepted or allowed or listener.get("tls") is not None or bool(listener.left_out & {"tls", "allow"})


def check_draining(rules: Rules, draining: frozenset[str], problems: Problems) -> None:
    """Report routes that send to a destination which is only sent what waits for it."""
    for entry in (entry for route in rules.routes for entry in route.entries if entry.destination in draining):
        text = f"the destination '{entry.destination}' says 'drain: true': nothing new is sent to it"
        problems.add(entry.place, "draining-destination", text, "take this entry out, or 'drain' out of config.yaml")


def check_unused(rules: Rules, entries: Entries, sources: Sources, draining: frozenset[str] = frozenset()) -> None:
    """Warn of what is defined and never named: usually a slip in the name, or left over.

    Not while there are mistakes: what a rule names that could not be read is not unused.
    """
    problems = sources.problems
    if problems.errors:
        return
    entered = [entry for route in rules.routes for entry in route.entries]
    used = {entry.mapping.name for entry in entered if entry.mapping is not None}
    for mapping in rules.mappings.values():
        if mapping.name not in used:
            problems.warn(mapping.place, "unused-mapping", f"no route uses the mapping '{mapping.name}'")
    _warn_of_profiles(rules, problems)
    named = {listener for route in rules.routes for listener in route.listeners}
    _warn(entries, "listeners", named, "no route takes messages from the listener", problems)
    sent_to = draining | {entry.destination for entry in entered}
    _warn(entries, "destinations", sent_to, "no route sends to", problems)
    quoted = {
        found[1] for _, text in sources.texts.values() for found in re.finditer(r"['\"]([A-Za-z0-9_.-]+)['\"]", text)
    }
    _warn(entries, "tables", quoted, "no rule uses the table", problems)


def _warn_of_profiles(rules: Rules, problems: Problems) -> None:
    checks = [*(route.checks for route in rules.routes), *rules.output_checks.values()]
    used = {profile.name for each in checks for profile in each.profiles}
    used |= {profile.extends for profile in rules.profiles.values()}
    for profile in rules.profiles.values():
        if profile.name not in used:
            text = f"no route and no mapping validates by the profile '{profile.name}'"
            problems.warn(profile.place, "unused-profile", text)


def _warn(entries: Entries, section: str, used: Iterable[str], sentence: str, problems: Problems) -> None:
    for name in _unused(names_in(entries, section).values(), used):
        problems.warn(name.place, f"unused-{section[:-1]}", f"{sentence} '{name.text}'")


def _unused(names: Iterable[Scalar], used: Iterable[str]) -> list[Scalar]:
    known = set(used)
    return [name for name in names if name.text not in known]
