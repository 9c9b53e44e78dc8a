"""How a route, or an output, is looked at: the level, the profiles, and what each finding means there."""

from collections.abc import Mapping as Names
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from engine.hl7.message import Message
from engine.problems import Place
from engine.states import Severity
from engine.validation.applying import Surroundings, profile_findings
from engine.validation.codes import CODES
from engine.validation.finding import MOST_FINDINGS, Finding
from engine.validation.levels import Reaction, Validate
from engine.validation.profile import Profile, Rule
from engine.validation.reading import note_findings
from engine.validation.standard import standard_findings
from engine.validation.structure import structure_findings

_MORE = "more-findings"
_NOWHERE = Place("")


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a policy says of one code, and where it says so."""

    reaction: Reaction
    place: Place


@dataclass(frozen=True, slots=True)
class Checks:
    """What is looked at, and what follows. The default looks at nothing."""

    level: Validate = Validate.OFF
    profiles: tuple[Profile, ...] = ()
    policy: Names[str, Ruling] = field(default_factory=dict)
    """By finding code; what is not named is a note."""
    place: Place = _NOWHERE

    @property
    def is_plain(self) -> bool:
        """Whether nothing but the structure is looked at, and nothing follows from it."""
        return self.level < Validate.STRICT and not self.profiles and not self.policy

    def findings(self, message: Message, around: Surroundings) -> tuple[Finding, ...]:
        """Return all that is found, in the order of the message; each thing once."""
        sent = message.value("MSH", 9), message.value("MSH", 9, 2), message.value("MSH", 9, 3)
        profiles = [each for each in self.profiles if each.is_about(sent)]
        level = max((self.level, *(each.level for each in profiles)))
        found: list[Finding] = []
        if level > Validate.OFF:
            found += structure_findings(message)
        if level is Validate.STRICT:
            found += standard_findings(message, tuple(said for each in profiles for said in each.adjustments))
        for each in profiles:
            found += profile_findings(message, each, around)
        found = sorted(dict.fromkeys(found), key=_number) if found else found
        if message.notes:
            found = [*note_findings(message), *found]
        return tuple(found) if len(found) <= MOST_FINDINGS else (*found[:MOST_FINDINGS], Finding(_MORE, "MSH", 1))

    def released(self) -> "Checks":
        """Return the same for a message that a person releases: what would park it is a note."""
        kept = {code: ruling for code, ruling in self.policy.items() if ruling.reaction is not Reaction.PARK}
        return replace(self, policy=kept)

    def reaction_to(self, code: str) -> Reaction:
        """Return what a finding of that code means."""
        ruling = self.policy.get(code)
        return Reaction.NOTE if ruling is None else ruling.reaction

    def rule(self, code: str) -> Rule | None:
        """Return the profile's rule of that code."""
        return next((rule for each in self.profiles for rule in each.rules if rule.code == code), None)

    def sentence(self, code: str) -> str:
        """Return what a finding of that code says, in words that hold no value."""
        rule = self.rule(code)
        return rule.says if rule is not None else CODES[code].sentence.replace("`", "") if code in CODES else code

    def is_warning(self, code: str) -> bool:
        """Whether the rule that found it only warns."""
        rule = self.rule(code)
        return rule is not None and rule.severity is not Severity.ERROR


NO_CHECKS = Checks()


def strictest(several: Sequence[Checks]) -> Checks:
    """Return the checks of routes that all take one message: every profile, and of all policies the strictest word."""
    if len(several) == 1:
        return several[0]
    level = max((each.level for each in several), default=Validate.OFF)
    if all(each.is_plain for each in several):
        return next((each for each in several if each.level is level), NO_CHECKS)
    policy: dict[str, Ruling] = {}
    for checks in several:
        for code, ruling in checks.policy.items():
            if code not in policy or ruling.reaction > policy[code].reaction:
                policy[code] = ruling
    profiles = tuple(dict.fromkeys(profile.name for each in several for profile in each.profiles))
    by_name = {profile.name: profile for each in several for profile in each.profiles}
    place = next(each.place for each in several if not each.is_plain)
    return Checks(level, tuple(by_name[name] for name in profiles), policy, place)


def _number(finding: Finding) -> int:
    return finding.number
