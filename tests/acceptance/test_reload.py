"""A site whose files change while its engine runs: what takes effect, what is refused, and what nobody may notice."""

import asyncio
import signal
from pathlib import Path

from tests.support.decisions import ADT
from tests.support.peers import control_id, field_of, free_port, receiving, send, sending_to
from tests.support.reloads import reload, replace_in
from tests.support.running import RunningEngine, running_engine
from tests.support.sites import small_site

MAPPING = """\
mapping: mapped
output: {start: copy}
steps:
  - set: {MSH-5: FIRST}
"""


def _message(number: int) -> bytes:
    return ADT.replace(b"MSG1", b"M%d" % number)


def _site(folder: Path, port: int, listener: str = "") -> Path:
    return small_site(folder, {"billing": f"mllp: 127.0.0.1:{port}, retry: {{first: 1h}}"}, listener, MAPPING)


async def test_a_changed_mapping_takes_effect_between_two_messages_of_one_connection(tmp_path: Path) -> None:
    """The sender's socket stays; the version that decided is stored with each message."""
    async with receiving() as billing:
        config = _site(tmp_path, billing.port)
        async with running_engine(config) as engine, sending_to(engine.ports["inbound"]) as sender:
            await sender.ask(_message(1))
            replace_in(tmp_path / "mappings/mapped.yaml", "FIRST", "SECOND")
            told = await reload(config)
            await sender.ask(_message(2))
            await billing.until(2)

    assert [field_of(each, b"MSH", 5) for each in billing.frames] == [b"FIRST", b"SECOND"]
    assert told["result"] in {"switched", "unchanged"}  # a saved file may have been quicker
    assert told["rules"] != engine.find("engine.ready")[0]["rules"]


async def test_a_faulty_file_leaves_the_rules_that_run_untouched(tmp_path: Path) -> None:
    """Every problem is told with its place; nothing else happens."""
    async with receiving() as billing:
        config = _site(tmp_path, billing.port)
        async with running_engine(config) as engine, sending_to(engine.ports["inbound"]) as sender:
            replace_in(tmp_path / "mappings/mapped.yaml", "MSH-5: FIRST", "MSH-5: =nothing(")
            told = await reload(config)
            await sender.ask(_message(1))
            await billing.until(1)

    assert (told["result"], told["code"]) == ("refused", "problems")
    assert told["problems"][0].startswith("mappings/mapped.yaml:4:")
    assert field_of(billing.frames[0], b"MSH", 5) == b"FIRST"


async def test_a_failing_case_keeps_the_rules_that_run(tmp_path: Path) -> None:
    """The case is named; no version is used that the site's own tests refuse."""
    case = "cases:\n  - case: it goes to FIRST\n    message: adt.hl7\n    expect: {billing: {MSH-5: FIRST}}\n"
    async with receiving() as billing:
        config = _site(tmp_path, billing.port)
        (tmp_path / "adt.hl7").write_bytes(ADT)
        route = tmp_path / "routes/all.yaml"
        route.write_text(route.read_text("utf-8") + case, "utf-8")
        async with running_engine(config):
            replace_in(tmp_path / "mappings/mapped.yaml", "FIRST", "SECOND")
            told = await reload(config)

    assert (told["result"], told["code"], told["cases"]) == ("refused", "cases", 1)
    assert "it goes to FIRST" in told["problems"][0]
    assert [each["name"] for each in told["differences"]] == ["mapped"]


async def test_a_hang_up_and_a_saved_file_have_the_files_read_again(tmp_path: Path) -> None:
    """Both are told in the log, with who asked."""
    async with receiving() as billing:
        config = _site(tmp_path, billing.port)
        async with running_engine(config) as engine:
            engine.signal(signal.SIGHUP)
            await engine.logged("rules.unchanged", actor="SIGHUP")
            replace_in(tmp_path / "mappings/mapped.yaml", "FIRST", "SECOND")
            told = await engine.logged("rules.switched", actor="a saved file")

    assert told["changes"] == ["mapping mapped changed"]


async def test_listeners_come_and_go_and_move(tmp_path: Path) -> None:
    """Who is connected to one that stays notices nothing; to one that goes: is answered, then closed."""
    async with receiving() as billing:
        config = _site(tmp_path, billing.port)
        other, moved = free_port(), free_port()
        async with running_engine(config) as engine, sending_to(engine.ports["inbound"]) as sender:
            replace_in(config, "listeners:\n", f"listeners:\n  other: {{mllp: 127.0.0.1:{other}}}\n")
            replace_in(tmp_path / "routes/all.yaml", "from: inbound", "from: [inbound, other]")
            added = await reload(config)
            await send(other, _message(1))
            replace_in(config, f"127.0.0.1:{other}", f"127.0.0.1:{moved}")
            async with sending_to(other) as old:
                await old.ask(_message(2))
                await reload(config)
                gone = await old.rest()
            await send(moved, _message(3))
            replace_in(config, f"  other: {{mllp: 127.0.0.1:{moved}}}\n", "")
            replace_in(tmp_path / "routes/all.yaml", "from: [inbound, other]", "from: inbound")
            await reload(config)
            refused = False
            try:
                await send(moved, _message(4))
            except (ConnectionError, asyncio.IncompleteReadError):
                refused = True
            await sender.ask(_message(5))
            await billing.until(4)

    assert "listener other added" in [
        f"{each['kind']} {each['name']} {each['fate']}" for each in added["differences"]
    ] or (added["result"] == "unchanged")
    assert gone == b""
    assert refused
    assert [control_id(each) for each in billing.frames] == [b"M1", b"M2", b"M3", b"M5"]


async def test_a_port_in_use_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    """The engine goes on with its old address."""
    async with receiving() as billing, receiving() as squatter:
        config = _site(tmp_path, billing.port)
        async with running_engine(config) as engine:
            replace_in(config, "listeners:\n", f"listeners:\n  other: {{mllp: 127.0.0.1:{squatter.port}}}\n")
            replace_in(tmp_path / "routes/all.yaml", "from: inbound", "from: [inbound, other]")
            told = await reload(config)
            await send(engine.ports["inbound"], _message(1))
            await billing.until(1)

    assert (told["result"], told["code"]) == ("refused", "address")


async def test_the_store_cannot_be_changed_while_the_engine_runs(tmp_path: Path) -> None:
    """It says so, in words."""
    config = _site(tmp_path, 1)
    async with running_engine(config):
        replace_in(config, "site: small\n", "site: small\nstore: sqlite:///var/other.db\n")
        told = await reload(config)

    assert (told["result"], told["code"]) == ("refused", "restart")
    assert "needs a restart" in told["problems"][0]


async def test_a_destination_with_a_new_address_gets_what_waits_at_once(tmp_path: Path) -> None:
    """Whoever mends an address does not wait an hour for the next try."""
    config = _site(tmp_path, free_port())
    async with receiving() as billing, running_engine(config) as engine:
        await send(engine.ports["inbound"], _message(1))
        await engine.logged("delivery.failed")
        text = config.read_text("utf-8")
        start = text.index("billing: {mllp: ") + len("billing: {mllp: ")
        old = text[start : text.index(",", start)]
        replace_in(config, old, f"127.0.0.1:{billing.port}")
        await reload(config)
        await billing.until(1)

    assert control_id(billing.frames[0]) == b"M1"


async def _waiting_for_nobody(engine: RunningEngine, config: Path, folder: Path) -> None:
    """Take billing out of the routes and, at the end, out of config.yaml."""
    replace_in(folder / "routes/all.yaml", "  billing: {map: mapped}\n", "")
    replace_in(folder / "routes/all.yaml", "to:\n", "to: {}\n")


async def test_a_destination_for_which_something_waits_is_only_let_go_when_it_is_drained(tmp_path: Path) -> None:
    """Without a word it is refused; with `drain: true` what waits is sent, and then its lanes are closed."""
    async with receiving(lambda _payload: None) as billing:
        config = _site(tmp_path, billing.port)
        async with running_engine(config) as engine:
            await send(engine.ports["inbound"], _message(1))
            await billing.until(1)
            whole = config.read_text("utf-8")
            entry = next(line for line in whole.splitlines(keepends=True) if line.startswith("  billing:"))
            await _waiting_for_nobody(engine, config, tmp_path)
            replace_in(config, f"destinations:\n{entry}", "")
            refused = await reload(config)
            config.write_text(
                whole.replace(entry, entry.replace("retry:", "timeout: 200ms, drain: true, retry:")), "utf-8"
            )
            draining = await reload(config)
            replace_in(config, config.read_text("utf-8")[config.read_text("utf-8").index("destinations:") :], "")
            gone = await reload(config)
            billing.reply = lambda payload: (
                b"\x0bMSH|^~\\&|R|R|S|S|20260101||ACK|A1|P|2.5.1\rMSA|AA|%b\r\x1c\r" % control_id(payload)
            )
            await engine.logged("destination.drained", destination="billing")

    assert (refused["result"], refused["code"], refused["queued"]) == (
        "refused",
        "queued",
        {"billing": {"pending": 1, "held": 0}},
    )
    assert draining["result"] in {"switched", "unchanged"}
    assert gone["result"] in {"switched", "unchanged"}
