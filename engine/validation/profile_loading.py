"""A profile's YAML to a compiled profile; what is wrong in it is told at its place and the rest still read."""

import re
from collections.abc import Collection, Sequence
from collections.abc import Mapping as Names
from dataclasses import fields, replace

from engine.documents import Entries, Node, Reader, Scalar, kind_of
from engine.expression import Table, Vocabulary, compile_condition
from engine.grammar import grammar_for, known_version
from engine.problems import Problems, did_you_mean
from engine.states import Severity
from engine.validation.codes import CODES
from engine.validation.constraint_loading import read_constraint
from engine.validation.elements import Adjustment
from engine.validation.levels import Validate
from engine.validation.locators import Locating
from engine.validation.profile import UNBOUNDED, Constraint, Locator, Profile, Rule, Usage

_VERSION = "2.5.1"
_CODE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
LEVELS = [each.name.lower() for each in Validate]


def load_profiles(
    written: Sequence[tuple[Scalar, Node]], tables: Names[str, Table], problems: Problems
) -> dict[str, Profile | None]:
    """Return the profiles by name, each with what it inherits; None for one that cannot be used."""
    loader = _Loader({name.text: (name, node) for name, node in written}, tables, problems)
    return {name.text: loader.load(name.text) for name, _ in written}


class _Loader:
    """Reads each profile once, those that it extends first."""

    def __init__(self, written: Names[str, tuple[Scalar, Node]], tables: Names[str, Table], problems: Problems) -> None:
        self._written, self._tables, self._problems = written, tables, problems
        self._loaded: dict[str, Profile | None] = {}
        self._under_way: list[str] = []

    def load(self, name: str) -> Profile | None:
        if name not in self._loaded:
            self._under_way.append(name)
            self._loaded[name] = self._read(*self._written[name])
            self._under_way.pop()
        return self._loaded[name]

    def _read(self, name: Scalar, node: Node) -> Profile | None:
        if not isinstance(node, Entries):
            text = f"a profile's file holds a map, not {kind_of(node)}"
            self._problems.add(node.place, "wrong-kind", text, "begin with 'profile: NAME'")
            return None
        reader = Reader(node, self._problems)
        reader.required("profile")
        extends = reader.scalar("extends")
        parent = None if extends is None else self._parent(extends)
        messages = tuple(each.text for each in reader.scalars("message")) or (parent.messages if parent else ())
        version = self._version(reader, parent)
        level = reader.choice("validate", LEVELS, parent.level.name.lower() if parent else "strict")
        locating = self._locating(messages, version, reader)
        presences = self._constraints(reader, "segments", locating)
        constraints = self._constraints(reader, "fields", locating)
        rules = self._rules(reader, locating)
        reader.node("about")  # a sentence for people
        reader.finish("a profile")
        if extends is not None and parent is None:
            return None
        own = Profile(name.text, messages, version, Validate[level.upper()], presences, constraints, rules, name.place)
        return _indexed(own if parent is None else _inherited(own, parent))

    def _parent(self, extends: Scalar) -> Profile | None:
        name = extends.text
        if name in self._under_way:
            text = f"'{name}' extends itself, by way of {' and '.join(self._under_way)}"
            self._problems.add(extends.place, "endless-profile", text, "let one of them stand alone")
            return None
        if name not in self._written:
            hint = did_you_mean(name, self._written)
            self._problems.add(extends.place, "unknown-profile", f"no profile is called '{name}'", hint)
            return None
        return self.load(name)

    def _version(self, reader: Reader, parent: Profile | None) -> str:
        written = reader.scalar("version")
        if written is None:
            return parent.version if parent else _VERSION
        if not known_version(written.text):
            text = f"'{written.text}' is no version of HL7 v2"
            self._problems.add(written.place, "unknown-version", text, "as in 2.5.1")
            return _VERSION
        return written.text

    def _locating(self, messages: tuple[str, ...], version: str, reader: Reader) -> Locating:
        grammar = grammar_for(version)
        found = []
        for message in messages:
            code, event, name, *_ = (*message.split("^"), "", "")
            structure = grammar.structure(grammar.structure_name(code, event, name))
            if structure is not None:
                found.append(structure)
            elif event and (node := reader.node("message")) is not None:
                text = f"{version} has no structure for {message}"
                self._problems.add(node.place, "unknown-structure", text, "as in ORU^R01^ORU_R01")
        return Locating(grammar, tuple(found), Vocabulary(version, self._tables), self._problems)

    def _constraints(self, reader: Reader, key: str, locating: Locating) -> tuple[Constraint, ...]:
        written = reader.map(key)
        find = locating.presence if key == "segments" else locating.element
        found: dict[Locator, Constraint] = {}
        for name, node in () if written is None else written.pairs:
            at = find(name)
            made = None if at is None else read_constraint(node, name, at, locating)
            if made is not None:
                found[made.at] = made
        return tuple(found.values())

    def _rules(self, reader: Reader, locating: Locating) -> tuple[Rule, ...]:
        found: dict[str, Rule] = {}
        for node in reader.listed("rules"):
            if not isinstance(node, Entries):
                text = f"a rule is a map, not {kind_of(node)}"
                self._problems.add(node.place, "wrong-kind", text, "as in {rule: CODE, check: CONDITION, says: TEXT}")
                continue
            rule = self._rule(Reader(node, self._problems), locating)
            if rule is None:
                continue
            if rule.code in found:
                self._problems.add(rule.place, "rule-twice", f"another rule is called '{rule.code}'")
            found[rule.code] = rule
        return tuple(found.values())

    def _rule(self, reader: Reader, locating: Locating) -> Rule | None:
        code, says, check = reader.required("rule"), reader.required("says"), reader.required("check")
        when, each, at = reader.scalar("when"), reader.scalar("each"), reader.scalar("at")
        severity = reader.choice("severity", ("error", "warning"), "error")
        error = reader.choice("error", ("100", "101", "102", "103", "104", "207"), "207")
        reader.finish("a rule")
        words, problems = locating.vocabulary, self._problems
        asked = None if check is None else compile_condition(check, words, problems)
        first = None if when is None else compile_condition(when, words, problems)
        segment = "" if each is None else locating.segment(each)
        points_at = None if at is None else locating.element(at)
        if code is None or says is None or asked is None or (when is not None and first is None):
            return None
        if not _CODE.fullmatch(code.text) or code.text in CODES:
            text, hint = (
                f"'{code.text}' cannot be a rule's code",
                "small letters, digits and '-'; no code of the engine",
            )
            problems.add(code.place, "bad-rule-code", text, hint)
            return None
        grade = Severity[severity.upper()]
        return Rule(code.text, says.text, asked, first, segment, points_at, error, grade, code.place)


def _inherited(own: Profile, parent: Profile) -> Profile:
    rules = {each.code: each for each in (*parent.rules, *own.rules)}
    return replace(
        own,
        extends=parent.name,
        presences=_overlaid(own.presences, parent.presences),
        constraints=_overlaid(own.constraints, parent.constraints),
        rules=tuple(rules.values()),
    )


def _overlaid(own: tuple[Constraint, ...], parents: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    """Return both; where both speak of one element, each word of the parent's counts that *own* does not say anew."""
    found = {each.at: each for each in parents}
    for each in own:
        found[each.at] = _merged(each, found[each.at]) if each.at in found else each
    return tuple(found.values())


def _merged(own: Constraint, parent: Constraint) -> Constraint:
    said = {name: value for name in _WORDS if (value := getattr(own, name)) is not None}
    if own.usage is not None:
        said |= {"when": own.when, "otherwise": own.otherwise}  # they belong to the usage
    return replace(parent, place=own.place, **said)


_WORDS = tuple(each.name for each in fields(Constraint) if each.name not in {"at", "place"})


def _indexed(profile: Profile) -> Profile:
    by_segment: dict[str, list[Constraint]] = {}
    for constraint in profile.constraints:
        if _can_find(constraint):
            by_segment.setdefault(constraint.at.name, []).append(constraint)
    rules_of: dict[str, list[Rule]] = {}
    for rule in profile.rules:
        rules_of.setdefault(rule.each, []).append(rule)
    return replace(
        profile,
        by_segment={name: tuple(each) for name, each in by_segment.items()},
        rules_of={name: tuple(each) for name, each in rules_of.items()},
        adjustments=tuple(made for each in profile.constraints if (made := _adjustment(each)) is not None),
    )


def without_warnings(profile: Profile, named: Collection[str]) -> Profile:
    """Return the profile without the rules that only warn, but for those *named*: where nobody reads warnings."""
    kept = tuple(each for each in profile.rules if each.severity is Severity.ERROR or each.code in named)
    return _indexed(replace(profile, rules=kept))


def _can_find(constraint: Constraint) -> bool:
    """Whether anything can be found wrong: of a mere ``RE`` or ``O`` nothing can."""
    if constraint.usage not in (None, Usage.KNOWN, Usage.OPTIONAL):
        return True
    said = ("least", "most", "shortest", "longest", "value", "values", "table", "matches")
    return any(getattr(constraint, word) is not None for word in said)


def _adjustment(constraint: Constraint) -> Adjustment | None:
    """Return what a constraint says otherwise than the standard; only of fields, and wherever they stand."""
    at = constraint.at
    if at.component or at.group:
        return None
    longest = constraint.longest
    return Adjustment(
        at.name,
        at.field,
        constraint.datatype,
        None if constraint.usage in (None, Usage.REQUIRED) else 0,
        constraint.most,
        0 if longest == UNBOUNDED else longest,
        constraint.also or frozenset(),
        constraint.values is not None or constraint.table is not None,
    )
