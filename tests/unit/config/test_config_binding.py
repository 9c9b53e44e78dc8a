"""config.yaml becomes frozen settings; every mistake is told at its line and column, and the rest is still read."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from engine.config.bind import bind_configuration
from engine.config.references import Surroundings, resolve_references
from engine.config.settings import Configuration
from engine.documents import Entries, read_document
from engine.problems import Problems


def _bound(text: str, folder: Path = Path(), **environment: str) -> tuple[Configuration, list[str]]:
    problems = Problems()
    node = read_document("config.yaml", text, problems)
    assert node is not None
    resolved = resolve_references(node, Surroundings(folder, environment), problems)
    assert isinstance(resolved, Entries)
    configuration = bind_configuration(resolved, folder, problems)
    return configuration, [
        f"{each.place.line}:{each.place.column}: {each.code}: {each.text} ({each.hint})" for each in problems.sorted()
    ]


def test_a_listener_and_a_destination_are_read_with_safe_defaults() -> None:
    """What nobody says is bounded, strict and unprotected only where nobody else can reach it."""
    configuration, problems = _bound(
        "listeners:\n  lab: {mllp: '127.0.0.1:2576'}\ndestinations:\n  billing: {mllp: 127.0.0.1:2601, lanes: 4}\n"
    )

    assert problems == []
    lab = configuration.listeners["lab"]
    assert (lab.limits.max_message, lab.limits.idle, lab.tolerate, lab.several) == (16 * 2**20, None, (), "quarantine")
    billing = configuration.destinations["billing"]
    assert (billing.lanes, billing.timeout.total_seconds(), billing.retry.longest.total_seconds()) == (4, 10, 300)
    assert str(configuration.time_zone) == "UTC"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "destination:\n  a: {mllp: h:1}\n",
            "1:1: unknown-key: 'destination' is not known here (did you mean 'destinations'?)",
        ),
        (
            "listeners:\n  a:\n    mllp: h:1\n    sender: {autority: X}\n",
            "4:14: unknown-key: 'autority' is not known here (did you mean 'authority'?)",
        ),
        (
            "listeners:\n  a:\n    mllp: h:1\n    limits: {frame: soon}\n",
            "4:21: bad-duration: 'soon' is no duration (a number and ms, s, m, h or d: 500ms, 10s, 5m, 1h)",
        ),
        ("listeners:\n  a: {tls: x, mllp: h:1}\n", "2:12: wrong-kind: 'tls' takes a map, not a value ()"),
        ("listeners:\n  a: {}\n", "2:6: missing-key: 'mllp' is missing here ()"),
        ("listeners: [a]\n", "1:12: wrong-kind: 'listeners' takes a map, not a list ()"),
        ("site: [a]\n", "1:7: wrong-kind: 'site' takes a single value, not a list ()"),
        (
            "listeners:\n  a: {mllp: h:1, tolerate: [fs_only]}\n",
            "2:29: unknown-choice: 'tolerate' cannot be 'fs_only' (did you mean 'fs-only'?)",
        ),
        (
            "listeners:\n  a: {mllp: h:1, sender: {acknowledge: always}}\n",
            "2:40: unknown-choice: 'acknowledge' cannot be 'always' (one of: auto, original, enhanced)",
        ),
        (
            "tables:\n  a: {file: nowhere.csv}\n",
            "2:13: missing-file: there is no file 'nowhere.csv' (paths are relative to the folder of config.yaml)",
        ),
        ("tables:\n  a: {unknown: drop}\n", "2:6: missing-key: 'file' is missing here ()"),
        (
            "destinations:\n  a:\n    mllp: h:1\n    tls: {key_password: hunter2}\n",
            "4:25: secret-in-plain-text: a secret is named here, never written (write ${env:NAME} or ${file:PATH})",
        ),
    ],
)
def test_a_mistake_is_told_at_its_place_with_a_hint(text: str, problem: str) -> None:
    """pydantic judges; the words and the places are ours."""
    _, problems = _bound(text)

    assert problem in problems


def test_one_broken_listener_does_not_hide_the_others_mistakes() -> None:
    """All problems at once."""
    configuration, problems = _bound(
        "listeners:\n  a: {mllp: nowhere}\n  b: {mllp: h:1}\ndestinations:\n  c: {mllp: h:1, lanes: none}\nsite: x\n"
    )

    assert [problem.split(": ")[1] for problem in problems] == ["bad-address", "bad-number"]
    assert list(configuration.listeners) == ["b"]
    assert configuration.destinations == {}
    assert configuration.site == "x"


def test_a_secret_is_named_and_never_shown(tmp_path: Path) -> None:
    """Not by printing the settings, not by their representation."""
    (tmp_path / "password").write_text("hunter2\n", "utf-8")
    text = (
        "destinations:\n  a:\n    mllp: h:1\n    tls: {key_password: '${file:password}'}\n"
        "  b:\n    mllp: h:1\n    tls: {key_password: '${env:KEY}'}\n"
    )

    configuration, problems = _bound(text, tmp_path, KEY="hunter3")

    assert problems == []
    tls = [configuration.destinations[name].tls for name in "ab"]
    assert [each.key_password.get_secret_value() for each in tls if each and each.key_password] == [
        "hunter2",
        "hunter3",
    ]
    assert "hunter" not in f"{configuration!r} {configuration} {configuration.model_dump_json()}"


def test_part_of_a_value_may_come_from_the_environment_but_not_part_of_a_secret() -> None:
    """A password with a known prefix is half a password in plain text."""
    text = "store: 'sqlite:///${env:DATA}/x.db'\ndestinations:\n  a: {mllp: h:1, tls: {key_password: 'x${env:DATA}'}}\n"

    configuration, problems = _bound(text, DATA="var")

    assert configuration.store == "sqlite:///var/x.db"
    assert [problem.split(": ")[1] for problem in problems] == ["secret-in-plain-text"]


def test_what_a_reference_led_to_is_not_repeated_in_a_problem() -> None:
    """Somebody may name a secret where a duration belongs."""
    text = "destinations:\n  a: {mllp: '${env:KEY}', timeout: '${env:KEY}', lanes: '1${env:KEY}'}\n"

    _, problems = _bound(text, KEY="hunter2")

    assert len(problems) == 3
    assert "hunter2" not in "".join(problems)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("site: ${env:NOWHERE}\n", "1:7: missing-variable"),
        ("site: 'x ${env:NOWHERE}'\n", "1:10: missing-variable"),
        ("site: ${file:nowhere}\n", "1:7: missing-file"),
        ("site: ${NAME}\n", "1:7: bad-reference"),
        ("site: 'x ${env:A'\n", "1:10: bad-reference"),
    ],
)
def test_a_reference_that_leads_nowhere_is_told_once(text: str, problem: str) -> None:
    """And its key is not reported as missing on top."""
    _, problems = _bound(text)

    assert [":".join(each.split(":")[:3]) for each in problems] == [problem]


def test_settings_cannot_be_changed() -> None:
    """A reload makes new ones."""
    configuration, _ = _bound("site: x\n")

    with pytest.raises(ValidationError):
        configuration.site = "y"
