"""``validate:`` as written: what it comes to, how several routes' words are joined, and every mistake at its place."""

import pytest

from engine.documents import Entries, read_document
from engine.problems import Place, Problems
from engine.states import Severity
from engine.validation import Checks, Profile, Reaction, Ruling, Validate, load_checks, load_output_checks, strictest
from engine.validation.profile import Rule

PROFILE = Profile("elr", (), "2.5.1", Validate.STRICT, (), (), (), Place("p.yaml"))
PROFILES = {"elr": PROFILE, "broken": None}


def checks_of(written: str) -> tuple[Checks, list[str]]:
    """Return the checks and the problems as ``column: code``."""
    problems = Problems()
    node = read_document("r.yaml", f"validate: {written}\n", problems)
    assert isinstance(node, Entries)
    checks = load_checks(node.get("validate"), PROFILES, problems)
    return checks, [f"{each.place.column}: {each.code}" for each in problems.sorted()]


@pytest.mark.parametrize(
    ("written", "level", "profiles", "reactions"),
    [
        ("off", Validate.OFF, (), {}),
        ("strict", Validate.STRICT, (), {}),
        ("elr", Validate.OFF, ("elr",), {}),
        ("{profile: elr}", Validate.OFF, ("elr",), {}),
        ("{profile: [elr], level: structure}", Validate.STRUCTURE, ("elr",), {}),
        ("{policy: {too-many: reject}}", Validate.STRUCTURE, (), {"too-many": Reaction.REJECT}),
        ("{level: strict, policy: {too-long: park}}", Validate.STRICT, (), {"too-long": Reaction.PARK}),
        ("broken", Validate.OFF, (), {}),
    ],
)
def test_each_way_to_write_it(
    written: str, level: Validate, profiles: tuple[str, ...], reactions: dict[str, Reaction]
) -> None:
    """A word or a map; a profile brings its own level, which is asked where it applies."""
    checks, problems = checks_of(written)

    assert problems == []
    assert (checks.level, tuple(each.name for each in checks.profiles)) == (level, profiles)
    assert {code: ruling.reaction for code, ruling in checks.policy.items()} == reactions


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("strcit", ["11: unknown-choice"]),
        ("[strict]", ["11: wrong-kind"]),
        ("{level: hard}", ["19: unknown-choice"]),
        ("{profile: elx}", ["21: unknown-profile"]),
        ("{policy: {requird-missing: reject}}", ["21: unknown-finding"]),
        ("{policy: {too-long: fail}}", ["31: unknown-choice"]),
        ("{polcy: {}}", ["12: unknown-key"]),
    ],
)
def test_each_mistake_is_told_at_its_place(written: str, expected: list[str]) -> None:
    """With a suggestion where one is near."""
    assert checks_of(written)[1] == expected


def test_an_unknown_code_gets_the_nearest_one() -> None:
    """Codes of the profiles' rules are known too."""
    rule = Rule.__new__(Rule)
    for name, value in (("code", "npi-check"), ("each", ""), ("severity", Severity.ERROR)):
        object.__setattr__(rule, name, value)
    profile = Profile("p", (), "2.5.1", Validate.OFF, (), (), (rule,), Place("p.yaml"))
    problems = Problems()
    text = "validate: {profile: p, policy: {npi-check: fail, npi-chek: fail, requird-missing: note}}\n"
    node = read_document("m.yaml", text, problems)
    assert isinstance(node, Entries)
    written = node.get("validate")
    assert written is not None

    load_output_checks(written, {"p": profile}, problems)

    assert [each.hint for each in problems.sorted()] == [
        "did you mean 'npi-check'?",
        "did you mean 'required-missing'?",
    ]


def test_of_several_routes_the_strictest_words_count() -> None:
    """The highest level, every profile once, and for each code the strongest reaction."""
    here, there = Place("a.yaml"), Place("b.yaml")
    one = Checks(Validate.STRICT, (PROFILE,), {"too-long": Ruling(Reaction.NOTE, here)}, here)
    two = Checks(Validate.OFF, (PROFILE,), {"too-long": Ruling(Reaction.REJECT, there)}, there)

    joined = strictest([one, two])

    assert (joined.level, joined.profiles) == (Validate.STRICT, (PROFILE,))
    assert joined.policy == {"too-long": Ruling(Reaction.REJECT, there)}
    assert strictest([one]) is one
    assert strictest([]).is_plain


def test_a_release_forgets_only_what_parks() -> None:
    """A refusal stays a refusal."""
    place = Place("a.yaml")
    policy = {"too-long": Ruling(Reaction.PARK, place), "too-many": Ruling(Reaction.REJECT, place)}

    assert Checks(policy=policy).released().policy == {"too-many": Ruling(Reaction.REJECT, place)}
