"""Asks a message everything that a profile says: a finding for each thing that is not so, and never a failure."""

from collections.abc import Iterator
from collections.abc import Mapping as Names
from dataclasses import dataclass

from engine.errors import RuleFailed
from engine.expression import Condition, Env, Moment, Table, WholeMessage
from engine.hl7.message import Message
from engine.mapping.groups import Groups
from engine.validation.codes import Code
from engine.validation.finding import Finding
from engine.validation.inside import Inside
from engine.validation.occurrences import occurrences
from engine.validation.profile import Constraint, Locator, Profile, Rule, Usage
from engine.validation.values import Values, missing

_RULE_FAILED = Code.RULE_FAILED.value


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What conditions may see besides the message."""

    moment: Moment
    tables: Names[str, Table]


def profile_findings(message: Message, profile: Profile, around: Surroundings) -> Iterator[Finding]:
    """Yield where *message* is not as *profile* wants it."""
    return _Asking(message, around).findings(profile)


class _Asking:
    """One message under one profile."""

    def __init__(self, message: Message, around: Surroundings) -> None:
        self._message = message
        self._groups = Groups(message)
        self._whole = WholeMessage(message)
        self._inside = Inside(message, self._groups, self._whole)
        self._env = Env(message, around.moment, self._whole, around.tables)
        self._values = Values(message, around.tables, around.moment)

    def findings(self, profile: Profile) -> Iterator[Finding]:
        for presence in profile.presences:
            yield from self._presence(presence)
        for index, name in enumerate(self._message.names):
            constraints, rules = profile.by_segment.get(name, ()), profile.rules_of.get(name, ())
            if constraints or rules:
                self._look_from(index)
                for constraint in constraints:
                    yield from self._constraint(constraint, index)
                for rule in rules:
                    yield from self._rule(rule, index)
        self._look_from(None)
        for rule in profile.rules_of.get("", ()):
            yield from self._rule(rule, None)

    def _look_from(self, index: int | None) -> None:
        """Let paths mean the segment at *index* and its group; None: the whole message."""
        if index is None:
            self._env.scope = self._whole
        else:
            self._inside.move(index)
            self._env.scope = self._inside

    def _presence(self, wanted: Constraint) -> Iterator[Finding]:
        name = wanted.at.name
        for first, found in occurrences(self._message.names, self._groups.placement, wanted.at):
            self._look_from(first or None)
            try:
                usage = self._usage(wanted)
            except RuleFailed:
                yield Finding(_RULE_FAILED, name, first + 1)
                continue
            if not found:
                if usage is Usage.REQUIRED:
                    yield Finding(missing(wanted).value, name, first + 1)
            elif usage is Usage.FORBIDDEN:
                yield Finding(Code.MUST_BE_EMPTY.value, name, found[0] + 1)
            elif wanted.least is not None and len(found) < wanted.least:
                yield Finding(Code.TOO_FEW_REPETITIONS.value, name, found[-1] + 1)
            elif wanted.most is not None and 0 <= wanted.most < len(found):
                yield Finding(Code.TOO_MANY.value, name, found[wanted.most] + 1)

    def _constraint(self, wanted: Constraint, index: int) -> Iterator[Finding]:
        at = wanted.at
        if at.group and not self._stands_in(at.group, index):
            return
        try:
            usage = self._usage(wanted)
        except RuleFailed:
            yield Finding(_RULE_FAILED, at.name, index + 1, at.field, 0, at.component, at.subcomponent)
            return
        yield from self._values.findings(wanted, usage, index)

    def _stands_in(self, group: str, index: int) -> bool:
        placement = self._groups.placement
        return placement.known and placement.groups[placement.group_of[index]].name == group

    def _usage(self, wanted: Constraint) -> Usage:
        """Return what the usage comes to here: required, forbidden or neither."""
        if wanted.usage is Usage.CONDITIONAL:
            if wanted.when is not None and self._holds(wanted.when):
                return Usage.REQUIRED
            return wanted.otherwise or Usage.OPTIONAL
        return wanted.usage or Usage.OPTIONAL

    def _rule(self, rule: Rule, index: int | None) -> Iterator[Finding]:
        try:
            if (rule.when is None or self._holds(rule.when)) and not self._holds(rule.check):
                yield self._at(rule.code, rule.at, index)
        except RuleFailed:
            yield self._at(_RULE_FAILED, rule.at, index)

    def _holds(self, condition: Condition) -> bool:
        return condition.holds(self._env)

    def _at(self, code: str, at: Locator | None, index: int | None) -> Finding:
        """Return a finding at the place that a rule points at: there in this segment's group, or where it is first."""
        names = self._message.names
        if at is None:
            return Finding(code, names[index or 0], (index or 0) + 1)
        seen = self._env.scope.positions(at.name)
        position = seen[0] if seen else index or 0
        return Finding(code, at.name, position + 1, at.field, 0, at.component, at.subcomponent)
