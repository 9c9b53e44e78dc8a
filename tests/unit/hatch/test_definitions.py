"""Functions are found in a module's text; nothing of it is run."""

from engine.hatch import read_module
from engine.problems import Problems


def test_functions_at_the_margin_are_found_with_what_they_take() -> None:
    """What has a default may be left out; what is only positional can never be given."""
    text = (
        "raise SystemExit\n"
        "def f(a, b=1, *, c, d=2): ...\n"
        "def g(a, /, **rest): ...\n"
        "async def h(): ...\n"
        "class K:\n    def inside(self): ...\n"
    )

    found = read_module("m.py", text, Problems())

    assert {name: (set(each.required), each.known) for name, each in found.items()} == {
        "f": ({"a", "c"}, {"a", "b", "c", "d"}),
        "g": ({"a"}, None),
    }


def test_a_text_that_is_no_python_is_told_at_its_place() -> None:
    """An editor jumps to it."""
    problems = Problems()

    found = read_module("mappings/python/m.py", "def f():\n    return (\n", problems)

    assert found == {}
    assert [(each.code, str(each.place)) for each in problems.items] == [("python-syntax", "mappings/python/m.py:2:12")]


def test_a_null_byte_is_told_too() -> None:
    """Python's own parser raises another error for it."""
    problems = Problems()

    read_module("m.py", "x = '\0'", problems)

    assert [each.code for each in problems.items] == ["python-syntax"]
