"""What a profile says, with all that it inherits, as rows for people and for programs."""

from collections.abc import Iterable

from engine.routing import Rules
from engine.validation import Profile
from engine.validation.profile import UNBOUNDED, Constraint, Rule

Row = dict[str, str]


def profile_rows(rules: Rules) -> list[dict[str, object]]:
    """Return the profiles of a site: what each is about, how much it says, and who uses it."""
    used: dict[str, list[str]] = {}
    for owner, checks in [(f"route {each.name}", each.checks) for each in rules.routes] + [
        (f"mapping {name}", each) for name, each in rules.output_checks.items()
    ]:
        for profile in checks.profiles:
            used.setdefault(profile.name, []).append(owner)
    for each in rules.profiles.values():
        if each.extends:
            used.setdefault(each.extends, []).append(f"profile {each.name}")
    return [_profile(each, used.get(name, [])) for name, each in sorted(rules.profiles.items())]


def constraint_rows(profile: Profile) -> list[Row]:
    """Return what it says of segments, groups and fields, in its order."""
    return [_constraint(each) for each in (*profile.presences, *profile.constraints)]


def rule_rows(profile: Profile) -> list[Row]:
    """Return its rules."""
    return [_rule(each) for each in profile.rules]


def _profile(profile: Profile, used: Iterable[str]) -> dict[str, object]:
    return {
        "profile": profile.name,
        "extends": profile.extends,
        "message": ", ".join(profile.messages) or "all",
        "version": profile.version,
        "validate": profile.level.name.lower(),
        "elements": len(profile.presences) + len(profile.constraints),
        "rules": len(profile.rules),
        "used by": ", ".join(used),
        "at": str(profile.place),
    }


def _constraint(each: Constraint) -> Row:
    words = [("table", each.table or ""), ("value", each.value or ""), ("type", each.datatype or "")]
    said = [f"{word} {text}" for word, text in words if text]
    if each.values is not None:
        said.append("one of " + " ".join(sorted(each.values)))
    if each.matches is not None:
        said.append("a pattern")
    if each.longest is not None:
        said.append(f"length {_range(each.shortest, each.longest)}")
    if each.also:
        said.append("or " + " ".join(sorted(each.also)))
    usage = "" if each.usage is None else each.usage.value
    if each.when is not None:
        otherwise = "" if each.otherwise is None else f", else {each.otherwise.value}"
        usage = f"{usage} when {each.when.text}{otherwise}"
    often = "" if each.most is None else _range(each.least, each.most)
    return {"at": str(each.at), "usage": usage, "cardinality": often, "says": ", ".join(said), "from": str(each.place)}


def _range(least: int | None, most: int) -> str:
    return f"{least or 0}..{'*' if most == UNBOUNDED else most}"


def _rule(rule: Rule) -> Row:
    return {
        "rule": rule.code,
        "severity": rule.severity.name.lower(),
        "error": rule.error,
        "each": rule.each,
        "at": "" if rule.at is None else str(rule.at),
        "says": rule.says,
        "from": str(rule.place),
    }
