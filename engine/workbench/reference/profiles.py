"""The page of the profiles that a site has: every rule with its code, how grave it is, and its sentence."""

from collections.abc import Mapping

from engine.validation import Profile
from engine.validation.profile import Rule

_HEAD = """\
# The profiles that come with the engine

Files in `mappings/profiles/`, for a `validate` of a route or a mapping ([language.md](language.md#validating)). They
are rules like any others: change them, extend them (`extends`), or write your own. `engine profile show NAME` tells all
that one says.

A rule of severity *error* makes an output fail that is held to the profile: the reason is `invalid-output`, with the
rule's code and its place. A *warning* does so only if the policy of the `validate` says `fail` for its code. On a route
each is a finding, and the policy says what follows.

What needs a list that changes is not among them: payers' own numbers, valid and specific codes, edits of pairs and
quantities (NCCI, MUE), coverage rules (LCD, NCD), laboratories' and providers' registrations. Say it with a table of
the site, as
`{rule: payer-unknown, each: IN1, check: "listed('payers', IN1-3.1)", at: IN1-3.1, says: the payer is not ours}`.
"""


def profiles_page(profiles: Mapping[str, Profile]) -> str:
    """Return docs/reference/profiles.md."""
    return "\n".join([_HEAD, *(_profile(each) for _, each in sorted(profiles.items()))])


def _profile(profile: Profile) -> str:
    about = ", ".join(f"`{each}`" for each in profile.messages) or "every message"
    said = len(profile.presences) + len(profile.constraints)
    lines = [
        f"## {profile.name}\n",
        f"About {about}, version {profile.version}; of the standard: {profile.level.name.lower()}.",
    ]
    if profile.extends:
        lines.append(f"Extends [{profile.extends}](#{profile.extends.replace('.', '')}): its rules count here, too.")
    if said:
        lines.append(f"It says something of {said} segments, groups and fields, and has these rules:")
    own = [each for each in profile.rules if each.place.file == profile.place.file]
    table = ["", "| rule | severity | ERR-3 | at | what is wrong |", "|---|---|---|---|---|", *map(_row, own), ""]
    return "\n".join([*lines, *table])


def _row(rule: Rule) -> str:
    at = f"`{rule.at}`" if rule.at is not None else ""
    return f"| `{rule.code}` | {rule.severity.name.lower()} | {rule.error} | {at} | {rule.says} |"
