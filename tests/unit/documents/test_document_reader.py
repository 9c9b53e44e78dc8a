"""A map is taken apart key by key; what nobody asked for is reported with a suggestion."""

from engine.documents import Entries, Reader, read_document
from engine.problems import Problems


def _read(text: str) -> tuple[Reader, Problems]:
    problems = Problems()
    node = read_document("a.yaml", text, problems)
    assert isinstance(node, Entries)
    return Reader(node, problems), problems


def test_an_unknown_key_is_reported_with_the_nearest_known_one() -> None:
    """A slip of the pen is answered, not ignored."""
    reader, problems = _read("acept: x\n")

    reader.scalar("accept")
    reader.finish("a route")

    assert [str(each) for each in problems.items] == [
        "a.yaml:1:1: unknown-key: 'acept' is no key of a route (did you mean 'accept'?)"
    ]


def test_a_missing_key_and_an_empty_one_are_reported() -> None:
    """`route:` without a name is as good as no route."""
    reader, problems = _read("route:\n")

    assert reader.required("route") is None
    assert reader.required("from") is None
    assert [(each.place.line, each.place.column, each.text) for each in problems.items] == [
        (1, 7, "'route' is missing here"),
        (1, 1, "'from' is missing here"),
    ]


def test_a_damaged_value_is_not_reported_as_missing() -> None:
    """The anchor has been reported; that is enough."""
    reader, problems = _read("route: *x\n")

    assert reader.required("route") is None
    assert [each.code for each in problems.items] == ["yaml-alias"]


def test_a_value_of_the_wrong_kind_is_reported_once() -> None:
    """A list where a value belongs."""
    reader, problems = _read("route: [a]\n")

    assert reader.required("route") is None
    assert [each.text for each in problems.items] == ["'route' takes a single value, not a list"]


def test_one_value_stands_for_a_list_of_one() -> None:
    """`from: lab` and `from: [lab]` mean the same."""
    one, _ = _read("from: lab\n")
    many, _ = _read("from: [lab, adt]\n")

    assert [each.text for each in one.scalars("from")] == ["lab"]
    assert [each.text for each in many.scalars("from")] == ["lab", "adt"]


def test_a_choice_is_one_of_its_options() -> None:
    """Anything else is a problem with a suggestion, and the default goes on."""
    reader, problems = _read("validate: Strict\n")

    assert reader.choice("validate", ("off", "structure", "strict"), "off") == "off"
    assert [each.hint for each in problems.items] == ["did you mean 'strict'?"]
