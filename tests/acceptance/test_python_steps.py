"""Functions in Python, in real processes: what they give, what they may not do, and what becomes of those that fail."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.decision import plan
from engine.errors import RuleFailed
from engine.hatch import Terms, Workers
from engine.intake.planning import Planner
from engine.routing import Rules
from engine.routing.tracing import Tracing
from engine.states import DeliveryState
from engine.workbench.check import read_site
from engine.workbench.trials import run_cases
from tests.support.decisions import ADT, CONFIG, decided, receipt_of
from tests.support.sites import write_site
from tests.unit.intake.desk import FakeCaller

MODULE = """
from site_rules import words

def normalise(family, given=''):
    print('nobody sees', family)
    return {'family': words.tidy(family), 'given': words.tidy(given)}
def order():
    return {'order': ''.join({'alpha', 'beta', 'gamma', 'delta'})}
def lazily(text):
    import unicodedata
    return {'text': unicodedata.normalize('NFC', text)}
def endless():
    while True: pass
def ends():
    import os
    os._exit(3)
def reads():
    return {'text': open('/etc/hostname').read()}
def writes():
    return {'text': str(open('/tmp/of-a-step', 'w').write('x'))}
def connects():
    import socket
    socket.create_connection(('127.0.0.1', 9))
def starts():
    import subprocess
    subprocess.run(['true'])
def surroundings():
    import os
    return {'text': ','.join(sorted(os.environ))}
def swells():
    return {'text': 'x' * (4 << 30)}
def numbers():
    return {'text': 7}
def wrong():
    raise ValueError('DOE is a secret')
"""
WORDS = "def tidy(text):\n    return text.strip().title()\n"
TEXTS = {"site_rules.names": MODULE, "site_rules.words": WORDS}


@pytest.fixture
def workers() -> Iterator[Workers]:
    """Return two processes that may take long to answer."""
    made = Workers(TEXTS, {}, Terms(seconds=20, processes=2))
    yield made
    made.close()


def test_a_function_gives_texts_for_texts(workers: Workers) -> None:
    """Also those beyond ASCII, and what it prints goes nowhere."""
    found = workers.call("site_rules.names:normalise", {"family": " MÜLLER\n"})

    assert found == {"family": "Müller", "given": ""}


def test_every_process_hashes_alike(workers: Workers) -> None:
    """The order of a set of texts is the same today, tomorrow and in the process beside it."""
    first = workers.call("site_rules.names:order", {})
    workers.close()

    assert workers.call("site_rules.names:order", {}) == first


def test_the_standard_library_may_be_used(workers: Workers) -> None:
    """Also when it is imported late."""
    assert workers.call("site_rules.names:lazily", {"text": "e\u0301"}) == {"text": "\u00e9"}


@pytest.mark.parametrize(
    ("function", "error"),
    [
        ("reads", "PermissionError"),
        ("writes", "PermissionError"),
        ("connects", "PermissionError"),
        ("starts", "PermissionError"),
        ("swells", "MemoryError"),
        ("numbers", "no dict of texts"),
        ("wrong", "ValueError"),
    ],
)
def test_what_is_no_function_of_its_arguments_fails(workers: Workers, function: str, error: str) -> None:
    """Files, sockets, processes: a slip is found in the first case. The failure names the kind, never what was said."""
    with pytest.raises(RuleFailed) as caught:
        workers.call(f"site_rules.names:{function}", {})

    assert caught.value.code == "python-raised"
    assert error in caught.value.detail
    assert "DOE" not in caught.value.detail
    assert workers.call("site_rules.names:normalise", {"family": "a"})["family"] == "A"


def test_nothing_of_the_engines_surroundings_is_there(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords stand in the engine's environment."""
    monkeypatch.setitem(os.environ, "LAB_KEY_PASSWORD", "x")

    found = workers.call("site_rules.names:surroundings", {})

    assert "LAB_KEY_PASSWORD" not in found["text"]


def test_a_function_that_ends_its_process_fails_and_the_next_call_has_a_new_one(workers: Workers) -> None:
    """One bad message costs one output."""
    with pytest.raises(RuleFailed) as caught:
        workers.call("site_rules.names:ends", {})

    assert caught.value.code == "python-crashed"
    assert workers.call("site_rules.names:normalise", {"family": "a"})["family"] == "A"


def test_a_function_that_does_not_answer_is_ended() -> None:
    """It is given up in time, and the next call has a new process."""
    workers = Workers(TEXTS, {}, Terms(seconds=0.3, processes=1))

    with pytest.raises(RuleFailed) as caught:
        workers.call("site_rules.names:endless", {})

    assert caught.value.code == "python-timeout"
    assert workers.call("site_rules.names:normalise", {"family": "a"})["family"] == "A"
    workers.close()


def test_processes_end_with_the_rules_that_named_them() -> None:
    """After a reload the old rules are forgotten, and with them their processes."""
    workers = Workers(TEXTS, {}, Terms(seconds=20, processes=1))
    workers.call("site_rules.names:order", {})
    running = next(iter(workers._running))

    del workers

    assert running._process.poll() is not None


STEPS = """\
mapping: tidy
output: {start: copy}
steps:
  - python: site_rules.names:normalise
    arguments: {family: =PID-5.1, given: =PID-5.2}
    gives: [family, given]
  - set: {PID-5.1: =family, PID-5.2: =given}
"""
ROUTE = """\
route: all
from: adt
to:
  billing: {map: tidy}
  registry:
cases:
  - case: names are written with capitals
    message: |
      MSH|^~\\&|HIS|STMARY|ENGINE|SITE|20260301115959||ADT^A01|MSG1|P|2.5.1
      PID|1||4711^^^STMARY^MR||DOE^JANE
    expect:
      billing: {PID-5: Doe^Jane}
"""


def _site(folder: Path, steps: str = STEPS, python: str = "python: {timeout: 20s}\n") -> Path:
    files = {f"mappings/python/{name.replace('.', '/')}.py": text for name, text in TEXTS.items()}
    files |= {"config.yaml": CONFIG + python, "routes/all.yaml": ROUTE, "mappings/tidy.yaml": steps}
    return write_site(folder, files)


def _rules(folder: Path, steps: str = STEPS, python: str = "python: {timeout: 20s}\n") -> Rules:
    site = read_site(_site(folder, steps, python))
    assert site.settings is not None, site.report.problems
    return site.settings.rules


def test_a_mapping_uses_what_a_function_gives(tmp_path: Path) -> None:
    """Its results are names for the following steps; a trace shows what went in and what came out."""
    rules, tracing = _rules(tmp_path), Tracing()

    traced = plan(receipt_of(), rules, tracing)

    assert b"|Doe^Jane|" in traced.drafts[0].payload
    assert traced.drafts == plan(receipt_of(), rules).drafts
    step = next(each for each in tracing.made[0].mapping.steps if each.step == "python")
    assert step.target == "site_rules.names:normalise"
    assert step.before == "{'family': 'DOE', 'given': 'JANE'}"
    assert step.after == "{'family': 'Doe', 'given': 'Jane'}"


def test_cases_run_functions(tmp_path: Path) -> None:
    """What ``engine test`` runs is what decides."""
    site = read_site(_site(tmp_path))

    assert site.settings is not None
    results = run_cases(site.cases, site.settings.rules, ()).results
    assert [each.passed for each in results] == [True]


@pytest.mark.parametrize(("function", "code"), [("endless", "python-timeout"), ("ends", "python-crashed")])
def test_an_output_whose_function_fails_is_parked(tmp_path: Path, function: str, code: str) -> None:
    """By ``on_failure``, like any other failure; the other destination is sent its message."""
    steps = STEPS.replace("normalise\n    arguments: {family: =PID-5.1, given: =PID-5.2}", function)
    rules = _rules(tmp_path, steps, "python: {timeout: 300ms}\n")

    billing, registry = decided(rules).outputs

    assert (billing.state, billing.reason) == (DeliveryState.PARKED, code)
    assert billing.position == "mappings/tidy.yaml:4:5"
    assert registry.state is DeliveryState.PENDING


def test_a_result_of_other_names_fails(tmp_path: Path) -> None:
    """What a step gives is declared; a function that gives something else is wrong."""
    rules = _rules(tmp_path, STEPS.replace("gives: [family, given]", "gives: [family, given, middle]"))

    billing = decided(rules).outputs[0]

    assert (billing.state, billing.reason) == (DeliveryState.PARKED, "python-result")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("site_rules.names", "site_rules.nams", "mappings/tidy.yaml:4:13: unknown-module"),
        (":normalise", ":normalize", "mappings/tidy.yaml:4:30: unknown-function"),
        ("site_rules.names:normalise", "os.system", "mappings/tidy.yaml:4:13: python-name"),
        ("family: =PID-5.1, ", "", "mappings/tidy.yaml:4:13: python-arguments"),
        ("given: =", "second: =", "mappings/tidy.yaml:5:35: python-arguments"),
        ("[family, given]", "[Family, given]", "mappings/tidy.yaml:6:13: let-name"),
        ("    gives: [family, given]\n", "", "mappings/tidy.yaml:4:5: missing-key"),
        ("gives:", "give:", "mappings/tidy.yaml:6:5: unknown-key"),
    ],
)
def test_check_tells_what_is_wrong_with_a_step(tmp_path: Path, old: str, new: str, told: str) -> None:
    """Module, function and arguments are looked up in the text; nothing is imported."""
    problems = read_site(_site(tmp_path, STEPS.replace(old, new))).report.problems

    assert told in "\n".join(map(str, problems))


def test_check_asks_for_the_declaration(tmp_path: Path) -> None:
    """Nobody runs Python by dropping a file into a folder."""
    problems = read_site(_site(tmp_path, python="")).report.problems

    assert [each.code for each in problems if each.code.startswith("python")] == ["python-not-declared"]


@pytest.mark.parametrize("folder", ["/etc", "../other", "."])
def test_check_refuses_a_folder_outside_of_the_site(tmp_path: Path, folder: str) -> None:
    """The modules belong to the rules and are kept with them."""
    problems = read_site(_site(tmp_path, python=f"python: {{folder: {folder}}}\n")).report.problems

    assert "bad-folder" in {each.code for each in problems}


def test_a_functions_text_counts_among_the_rules(tmp_path: Path) -> None:
    """Another text is another version, and the text is kept for whoever asks later why."""
    before = _rules(tmp_path / "a")
    config = _site(tmp_path / "b")
    (config.parent / "mappings/python/site_rules/words.py").write_text("def tidy(text):\n    return text\n", "utf-8")

    site = read_site(config)

    assert site.settings is not None
    assert site.settings.rules.version != before.version
    assert "mappings/python/site_rules/words.py" in {name for name, _ in site.settings.rules.texts.values()}


async def test_messages_that_may_wait_for_a_function_never_hold_the_loop_up(tmp_path: Path) -> None:
    """They are planned in a thread; the connection's order stays; other listeners' messages pass."""
    loop = asyncio.get_running_loop()
    planner, rules = Planner(loop), _rules(tmp_path)
    heard: list[str] = []
    done = asyncio.Event()

    def note(plans: object) -> None:
        heard.extend(each.control_id for each in plans)  # type: ignore[attr-defined]
        if len(heard) == 3:
            done.set()

    caller = FakeCaller()
    for number in range(3):
        planner.plan(caller, (receipt_of(ADT.replace(b"MSG1", b"N%d" % number)),), rules, note)
    at_once = list(heard)
    async with asyncio.timeout(20):
        await done.wait()
    await asyncio.to_thread(planner.close)

    assert rules.aside == {"adt"}
    assert at_once == []
    assert heard == ["N0", "N1", "N2"]
