"""``validate:`` on a route and in a mapping's output: a level, a profile's name, or a map of level, profile, policy."""

from collections.abc import Iterable
from collections.abc import Mapping as Names
from dataclasses import dataclass, replace
from enum import IntEnum

from engine.documents import Entries, Node, Reader, Scalar, kind_of
from engine.problems import Problems, did_you_mean
from engine.validation.checks import NO_CHECKS, Checks, Ruling
from engine.validation.codes import CODES
from engine.validation.levels import Reaction, Validate
from engine.validation.profile import Profile
from engine.validation.profile_loading import without_warnings

LEVELS = tuple(each.name.lower() for each in Validate)
Profiles = Names[str, Profile | None]
"""None: there is such a profile, and what is wrong with it has been reported."""


class OutputReaction(IntEnum):
    """What a policy may say of a finding in a message that we made."""

    NOTE = Reaction.NOTE
    FAIL = Reaction.REJECT


def load_checks(node: Node | None, profiles: Profiles, problems: Problems) -> Checks:
    """Return what a route's ``validate`` asks for; None looks at nothing."""
    return NO_CHECKS if node is None else _Reading(profiles, problems, Reaction).checks(node)


def load_output_checks(node: Node, profiles: Profiles, problems: Problems) -> Checks:
    """Return what a mapping's ``validate`` asks for: whatever it finds fails the output, but for notes and warnings."""
    checks = _Reading(profiles, problems, OutputReaction).checks(node)
    failing = [code for code, ruling in checks.policy.items() if ruling.reaction > Reaction.NOTE]
    return replace(checks, profiles=tuple(without_warnings(each, failing) for each in checks.profiles))


@dataclass(frozen=True, slots=True)
class _Reading:
    profiles: Profiles
    problems: Problems
    reactions: type[IntEnum]

    def checks(self, node: Node) -> Checks:
        if isinstance(node, Scalar):
            return self._short(node)
        if not isinstance(node, Entries):
            text = f"'validate' takes a level, a profile or a map, not {kind_of(node)}"
            self.problems.add(node.place, "wrong-kind", text, "as in strict, or {level: strict, policy: {...}}")
            return NO_CHECKS
        reader = Reader(node, self.problems)
        named = reader.scalars("profile")
        level = reader.choice("level", LEVELS, "off" if named else "structure")
        found = [profile for each in named if (profile := self._profile(each)) is not None]
        policy = self._policy(reader.map("policy"), found)
        reader.finish("validate")
        return Checks(Validate[level.upper()], tuple(found), policy, node.place)

    def _short(self, written: Scalar) -> Checks:
        if written.text in LEVELS:
            return Checks(Validate[written.text.upper()], place=written.place)
        if written.text not in self.profiles:
            hint = did_you_mean(written.text, [*LEVELS, *self.profiles]) or f"one of: {', '.join(LEVELS)}, or a profile"
            self.problems.add(written.place, "unknown-choice", f"'validate' cannot be '{written.text}'", hint)
        profile = self.profiles.get(written.text)
        return NO_CHECKS if profile is None else Checks(profiles=(profile,), place=written.place)

    def _profile(self, written: Scalar) -> Profile | None:
        if written.text not in self.profiles:
            hint = did_you_mean(written.text, self.profiles)
            self.problems.add(written.place, "unknown-profile", f"no profile is called '{written.text}'", hint)
        return self.profiles.get(written.text)

    def _policy(self, written: Entries | None, profiles: Iterable[Profile]) -> Names[str, Ruling]:
        known = [*CODES, *(rule.code for each in profiles for rule in each.rules)]
        words = [each.name.lower() for each in self.reactions]
        found: dict[str, Ruling] = {}
        for code, node in () if written is None else written.pairs:
            if code.text not in known:
                hint = did_you_mean(code.text, known) or "docs/reference/findings.md lists them"
                self.problems.add(code.place, "unknown-finding", f"no finding has the code '{code.text}'", hint)
            if not isinstance(node, Scalar) or node.text not in words:
                text = f"what follows from '{code.text}' is one of: {', '.join(words)}"
                hint = did_you_mean(node.text, words) if isinstance(node, Scalar) else ""
                self.problems.add(node.place, "unknown-choice", text, hint)
                continue
            found[code.text] = Ruling(Reaction(self.reactions[node.text.upper()]), node.place)
        return found
