"""A profile's YAML: what it becomes, and where each mistake is told."""

from engine.documents import Scalar, read_document
from engine.problems import Problems
from engine.validation.levels import Validate
from engine.validation.profile import UNBOUNDED, Locator, Profile, Usage
from engine.validation.profile_loading import load_profiles


def loaded(*texts: str) -> tuple[dict[str, Profile | None], list[str]]:
    """Return the profiles in *texts* and the problems as ``line:column: code``."""
    problems, written = Problems(), []
    for number, text in enumerate(texts):
        node = read_document(f"p{number}.yaml", text, problems)
        assert node is not None
        name = node.get("profile") if hasattr(node, "get") else None
        assert isinstance(name, Scalar)
        written.append((name, node))
    found = load_profiles(written, {}, problems)
    return found, [f"{each.place.line}:{each.place.column}: {each.code}" for each in problems.sorted()]


def profile_of(text: str) -> Profile:
    """Return the one profile in *text*, which has no problems."""
    found, problems = loaded(text)
    assert problems == []
    (profile,) = found.values()
    assert profile is not None
    return profile


def test_a_usage_may_stand_alone_or_in_a_map() -> None:
    """``PID-3: R`` and ``PID-3: {usage: R}`` say the same."""
    profile = profile_of("profile: p\nfields:\n  PID-3: R\n  PID-5: {usage: R}\n")

    assert [(str(each.at), each.usage) for each in profile.constraints] == [
        ("PID-3", Usage.REQUIRED),
        ("PID-5", Usage.REQUIRED),
    ]


def test_everything_that_can_be_said_of_a_field_is_read() -> None:
    """Cardinality, length, type, values, pattern and exceptions; names of fields are numbers afterwards."""
    profile = profile_of(
        "profile: p\nfields:\n  PID.administrative_sex:\n    usage: C\n    when: exists(PID-5)\n    otherwise: X\n"
        "    cardinality: 0..*\n    length: 1..20\n    type: CWE\n    values: [F, M]\n    matches: '^[FM]'\n"
        "    also: '0000'\n    about: words\n"
    )

    (constraint,) = profile.constraints
    assert constraint.at == Locator("PID", 8)
    assert (constraint.usage, constraint.otherwise) == (Usage.CONDITIONAL, Usage.FORBIDDEN)
    assert (constraint.least, constraint.most) == (0, UNBOUNDED)
    assert (constraint.shortest, constraint.longest, constraint.datatype) == (1, 20, "CWE")
    assert (constraint.values, constraint.also) == (frozenset("FM"), frozenset({"0000"}))
    assert constraint.matches is not None
    assert constraint.matches.finds("Fx")


def test_groups_say_where_an_element_is_meant() -> None:
    """``SPECIMEN/OBX-14`` is only the OBX of a specimen; the groups are those of the profile's messages."""
    profile = profile_of(
        "profile: p\nmessage: ORU^R01^ORU_R01\nsegments:\n  SPECIMEN: R\n  ORDER_OBSERVATION/OBX: RE\nfields:\n"
        "  SPECIMEN/OBX-14.1: R\n"
    )

    assert [each.at for each in profile.presences] == [
        Locator("SPECIMEN"),
        Locator("OBX", group="ORDER_OBSERVATION"),
    ]
    assert [each.at for each in profile.constraints] == [Locator("OBX", 14, 1, group="SPECIMEN")]


def test_a_profile_inherits_word_by_word() -> None:
    """What the child does not say anew, the parent said; rules are replaced by their codes."""
    parent = (
        "profile: parent\nmessage: ADT\nvalidate: structure\nfields:\n  PID-8: {usage: R, values: [F, M]}\n  PID-3: R\n"
        "rules:\n  - {rule: a, check: exists(PID-3), says: one}\n  - {rule: b, check: exists(PID-3), says: two}\n"
    )
    child = (
        "profile: child\nextends: parent\nfields:\n  PID-8: {values: U}\n  PID-3: O\nrules:\n"
        "  - {rule: b, check: exists(PID-5), says: three, severity: warning}\n"
    )

    found, problems = loaded(child, parent)

    assert problems == []
    profile = found["child"]
    assert profile is not None
    assert (profile.messages, profile.level) == (("ADT",), Validate.STRUCTURE)
    said = {str(each.at): (each.usage, each.values) for each in profile.constraints}
    assert said == {"PID-8": (Usage.REQUIRED, frozenset("U")), "PID-3": (Usage.OPTIONAL, None)}
    assert [(each.code, each.says) for each in profile.rules] == [("a", "one"), ("b", "three")]


def test_every_mistake_is_told_at_its_place() -> None:
    """Nobody stops at the first one."""
    text = (
        "profile: p\n"
        "message: ORU^R01^ORU_R01\n"
        "segments:\n"
        "  SPECIMENS: R\n"
        "  PIT: R\n"
        "fields:\n"
        "  PID-3: Q\n"
        "  PID-5: {usage: C}\n"
        "  PID-7: {when: exists(PID-5)}\n"
        "  PID-8: {cardinality: 3..1, length: x}\n"
        "  PID-10: {table: HL79999}\n"
        "  PID-11: {table: no-such}\n"
        "  PID-13: {type: NONE, values: [A], table: HL70001}\n"
        "  PID-14.1: {type: ST}\n"
        "  PID-15: {matches: '('}\n"
        "  SPECIMEN/PID: R\n"
        "  PID[2]-3: R\n"
        "  PID-99: R\n"
        "rules:\n"
        "  - {rule: required-missing, check: exists(PID-3), says: x}\n"
        "  - {rule: ok, check: PID-3, says: x}\n"
        "  - {rule: ok2, each: OBY, check: exists(PID-3)}\n"
        "unknown: 1\n"
    )

    _, problems = loaded(text)

    assert problems == [
        "4:3: unknown-group",
        "5:3: unknown-segment",
        "7:10: unknown-choice",
        "8:10: missing-key",
        "9:10: condition-without-c",
        "10:24: bad-cardinality",
        "10:38: bad-length",
        "11:19: empty-table",
        "12:19: unknown-table",
        "13:18: unknown-type",
        "13:44: values-twice",
        "14:20: type-not-here",
        "15:21: bad-pattern",
        "16:3: not-a-field",
        "17:3: not-a-field",
        "18:3: beyond-segment",
        "20:12: bad-rule-code",
        "21:23: not-a-condition",
        "22:5: missing-key",
        "22:23: unknown-segment",
        "23:1: unknown-key",
    ]


def test_profiles_that_extend_each_other_are_told() -> None:
    """A circle has no beginning: both are problems, and neither can be used."""
    found, problems = loaded("profile: a\nextends: b\n", "profile: b\nextends: a\n")

    assert [each.split()[1] for each in problems] == ["endless-profile"]
    assert found == {"a": None, "b": None}


def test_an_unknown_parent_is_told_with_a_suggestion() -> None:
    """A slip in a name is the usual mistake."""
    found, problems = loaded("profile: lab\nextends: laab\n")

    assert problems == ["2:10: unknown-profile"]
    assert found == {"lab": None}


def test_a_profile_applies_to_the_messages_it_names() -> None:
    """A type without event means every event of it; none named means every message."""
    profile = profile_of("profile: p\nmessage: [ADT, ORU^R01]\n")

    assert profile.is_about(("ADT", "A01", "ADT_A01"))
    assert profile.is_about(("ORU", "R01"))
    assert not profile.is_about(("ORU", "R30", "ORU_R30"))
    assert profile_of("profile: p\n").is_about(("VXU",))
