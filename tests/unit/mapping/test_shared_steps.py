"""Shared lists of steps: written once, compiled where they are used, told of at both places."""

from pathlib import Path

import pytest

from engine.config import examine
from engine.decision import plan
from engine.routing import Rules
from engine.routing.tracing import Tracing
from tests.support.decisions import ADT, CONFIG, decided, receipt_of
from tests.support.sites import write_site

COPY = "output: {start: copy}\nsteps:\n"


def _site(folder: Path, **files: str) -> tuple[Rules | None, list[str]]:
    """Write a site that sends everything through the mapping ``m``; *files* are those of mappings/."""
    route = "route: all\nfrom: adt\nto:\n  billing: {map: m}\n  registry:\n"
    written = {f"mappings/{name}.yaml": text for name, text in files.items()}
    settings, problems = examine(write_site(folder, {"config.yaml": CONFIG, "routes/all.yaml": route, **written}))
    return None if settings is None else settings.rules, [str(each) for each in problems.sorted()]


def _rules(folder: Path, **files: str) -> Rules:
    rules, problems = _site(folder, **files)
    assert problems == []
    assert rules is not None
    return rules


def _line(payload: bytes, name: bytes) -> bytes:
    return next(line for line in payload.split(b"\r") if line.startswith(name))


def test_a_shared_list_runs_where_it_is_used(tmp_path: Path) -> None:
    """Its steps see what is named before; what they name ends with them."""
    rules = _rules(
        tmp_path,
        m=f"mapping: m\n{COPY}  - let: {{who: =PID-5.1}}\n  - use: tidy\n    when: PV1-2 == 'I'\n"
        "  - set: {PID-9: =who}\n",
        tidy="shared: tidy\nsteps:\n  - set: {PID-5.1: =lower(who)}\n  - let: {who: inside}\n  - set: {PID-6: =who}\n",
    )

    output = decided(rules).outputs[0]

    assert _line(output.payload, b"PID") == b"PID|1||4711^^^STMARY^MR||doe^JANE|inside|19690230|F|DOE"


def test_a_shared_list_inside_a_loop_means_this_turn(tmp_path: Path) -> None:
    """Paths in it see what paths at its place would see."""
    payload = ADT + b"NK1|1|A\rNK1|2|B\r"
    rules = _rules(
        tmp_path,
        m=f"mapping: m\n{COPY}  - for each: NK1\n    do:\n      - use: kin\n",
        kin="shared: kin\nsteps:\n  - set: {NK1-3: =lower(NK1-2)}\n",
    )

    output = decided(rules, payload).outputs[0]

    assert output.payload.endswith(b"NK1|1|A|a\rNK1|2|B|b\r")


def test_each_use_counts_for_itself(tmp_path: Path) -> None:
    """``counter()`` counts by step, and each use has steps of its own; a name counts across them."""
    rules = _rules(
        tmp_path,
        m=f"mapping: m\n{COPY}  - use: note\n  - use: note\n",
        note="shared: note\nsteps:\n  - append: NTE\n    set: {NTE-1: =counter(), NTE-3: \"=counter('all')\"}\n",
    )

    output = decided(rules).outputs[0]

    assert output.payload.endswith(b"NTE|1||1\rNTE|1||2\r")


def test_a_trace_tells_both_places(tmp_path: Path) -> None:
    """Where the step is written, and where the list is used; the same is decided."""
    rules = _rules(
        tmp_path,
        m=f"mapping: m\n{COPY}  - use: outer\n",
        outer="shared: outer\nsteps:\n  - use: inner\n",
        inner="shared: inner\nsteps:\n  - set: {PID-9: x}\n",
    )
    tracing = Tracing()

    traced = plan(receipt_of(), rules, tracing)

    steps = [each for each in tracing.made[0].mapping.steps if each.step in ("use", "set")]
    told = [(each.step, each.target, str(each.place), [str(used) for used in each.used_at]) for each in steps]
    assert told == [
        ("use", "outer", "mappings/m.yaml:4:5", []),
        ("use", "inner", "mappings/outer.yaml:3:5", ["mappings/m.yaml:4:5"]),
        ("set", "PID-9", "mappings/inner.yaml:3:11", ["mappings/m.yaml:4:5", "mappings/outer.yaml:3:5"]),
    ]
    assert traced.drafts == plan(receipt_of(), rules).drafts


@pytest.mark.parametrize(
    ("steps", "shared", "told"),
    [
        ("  - use: tidi\n", "  - set: {PID-9: x}\n", ["mappings/m.yaml:4:10: unknown-shared", "unused-shared"]),
        ("  - use: tidy\n", "  - use: tidy\n", ["mappings/tidy.yaml:3:10: shared-inside-itself", "shared-used-here"]),
        ("  - use: tidy\n", "  - sett: {PID-9: x}\n", ["mappings/tidy.yaml:3:5: no-step", "shared-used-here"]),
        ("  - use: tidy\n", "  - set: {PID-9: =who}\n", ["mappings/tidy.yaml:3:19: unknown-name", "m.yaml:4:10: note"]),
        ("  - use: tidy\n", "  - copy: PID\n", ["mappings/tidy.yaml:3:5: copy-onto-copy", "shared-used-here"]),
        ("  - use: tidy\n    do: []\n", "  - set: {PID-9: x}\n", ["mappings/m.yaml:5:5: unknown-key"]),
        ("  - use: [tidy]\n", "  - set: {PID-9: x}\n", ["mappings/m.yaml:4:10: wrong-kind", "unused-shared"]),
        ("  - delete: NK1\n", "  - set: {PID-9: x}\n", ["mappings/tidy.yaml:1:9: warning: unused-shared"]),
    ],
)
def test_each_mistake_is_told_at_its_place(tmp_path: Path, steps: str, shared: str, told: list[str]) -> None:
    """A mistake in a shared list stands in its own file; who uses it is told that it does not fit in."""
    _, problems = _site(tmp_path, m=f"mapping: m\n{COPY}{steps}", tidy=f"shared: tidy\nsteps:\n{shared}")

    assert [all(words in "\n".join(problems) for words in told), len(problems)] == [True, len(told)], problems


def test_a_circle_is_told_with_its_way(tmp_path: Path) -> None:
    """Two lists that use each other never end."""
    _, problems = _site(
        tmp_path,
        m=f"mapping: m\n{COPY}  - use: one\n",
        one="shared: one\nsteps:\n  - use: two\n",
        two="shared: two\nsteps:\n  - use: one\n",
    )

    assert "one -> two -> one" in "\n".join(problems)


def test_too_deep_is_a_problem(tmp_path: Path) -> None:
    """Nine lists inside each other are followed by nobody."""
    chain = {f"s{n}": f"shared: s{n}\nsteps:\n  - use: s{n + 1}\n" for n in range(9)}

    _, problems = _site(tmp_path, m=f"mapping: m\n{COPY}  - use: s0\n", s9="shared: s9\nsteps: []\n", **chain)

    assert "mappings/s7.yaml:3:10: shared-too-deep" in "\n".join(problems)


def test_lists_that_multiply_each_other_are_a_problem_not_a_hang(tmp_path: Path) -> None:
    """Eight lists of fifty uses each would be 39,000,000,000,000 steps."""
    uses = {f"s{n}": f"shared: s{n}\nsteps:\n" + f"  - use: s{n + 1}\n" * 50 for n in range(7)}

    _, problems = _site(tmp_path, m=f"mapping: m\n{COPY}  - use: s0\n", s7="shared: s7\nsteps: []\n", **uses)

    assert sum(": too-many-steps: " in each for each in problems) == 1


def test_two_lists_of_one_name_are_a_problem(tmp_path: Path) -> None:
    """Nobody could tell which one is used."""
    _, problems = _site(
        tmp_path, m=f"mapping: m\n{COPY}  - use: s\n", a="shared: s\nsteps: []\n", b="shared: s\nsteps: []\n"
    )

    assert [each.split(": ")[1] for each in problems] == ["shared-twice"]


def test_another_text_is_another_version_of_the_rules(tmp_path: Path) -> None:
    """What decides is recorded: a shared list's text counts like a mapping's."""
    mapping = f"mapping: m\n{COPY}  - use: s\n"
    before = _rules(tmp_path / "a", m=mapping, s="shared: s\nsteps:\n  - set: {PID-9: x}\n")

    after = _rules(tmp_path / "b", m=mapping, s="shared: s\nsteps:\n  - set: {PID-9: y}\n")

    assert before.version != after.version
    assert "mappings/s.yaml" in {name for name, _ in after.texts.values()}
