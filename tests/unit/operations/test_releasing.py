"""Release: decided again with today's rules, numbered as at first, sent once; or left with its new reason."""

import asyncio
from pathlib import Path

from engine.context import EMPTY_CONTEXT
from engine.decision import decide
from engine.states import DeliveryState
from tests.unit.operations.operating import ALL_WARDS, KNOWN_WARD, REFUSED, ROUTE, Desk, desk_at, message, site

UNSURE = """
route: unsure
from: adt
accept: years_between(PID-7, '20260101') > 1
to: {billing: {map: by-ward}}
"""
SURE = UNSURE.replace("years_between(PID-7, '20260101') > 1", "PID-7 != ''")
NEVER = UNSURE.replace("years_between(PID-7, '20260101') > 1", "PID-7 == ''")
"""The messages' birthday is 30 February, so UNSURE cannot answer."""


async def _sent(desk: Desk, delivery: str) -> bytes:
    """Wait until *delivery* has been delivered and return its stored bytes."""
    message_id, ordinal = delivery.split("/")
    where = f"message_id = {message_id} AND ordinal = {ordinal}"
    await desk.until(f"SELECT 1 FROM delivery WHERE {where} AND state = 2")  # noqa: S608
    (row,) = desk.rows(f"SELECT payload FROM delivery WHERE {where}")  # noqa: S608
    return bytes(row[0])


async def test_a_parked_output_leaves_as_it_would_have_at_first(tmp_path: Path) -> None:
    """With the table mended: the same bytes and the same MSH-10 that the mended rules had made in the first place."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        await desk.receive(message(1, "W9"))
        desk.rules = site(tmp_path, ALL_WARDS)

        report = await desk.one("deliveries.release", "1/1")
        sent = await _sent(desk, "1/1")

        at_first = decide(message(1, "W9"), desk.rules, EMPTY_CONTEXT).outputs[0]
        assert report["done"]
        assert desk.peers["billing"].got == [sent] == [at_first.payload]
        assert b"WARD-9" in sent
        assert desk.rows("SELECT control_id FROM delivery WHERE ordinal = 1") == [(at_first.control_id,)]
        assert desk.trail() == [("jane", "delivery-released", 1, 1)]


async def test_the_store_says_which_rules_made_the_bytes(tmp_path: Path) -> None:
    """Rules that never decided a message before are written down with the release."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        await desk.receive(message(1, "W9"))
        desk.rules = site(tmp_path, ALL_WARDS)

        await desk.one("deliveries.release", "1/1")
        await desk.receive(message(2))

        versions = dict(desk.rows("SELECT id, hash FROM rules_version"))
        (made_from,) = desk.rows("SELECT made_from FROM delivery WHERE message_id = 1 AND ordinal = 1")[0]
        assert versions[made_from] == desk.rules.version
        assert len(versions) == 2
        assert desk.rows("SELECT rules_version FROM message ORDER BY id") == [(1,), (made_from,)]


async def test_what_still_cannot_be_made_stays_with_its_new_reason(tmp_path: Path) -> None:
    """Code and position are told; the value that stands in the way only to those who open it."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        await desk.receive(message(1, "W9"))
        desk.rules = site(tmp_path, "from,to\nW2,X\n")

        closed = await desk.one("deliveries.release", "1/1")
        opened = await desk.one("deliveries.release", "1/1", values=True)

        assert (closed["done"], closed["code"], closed["detail"]) == (False, "unknown-code", "")
        assert "mappings/by-ward.yaml:7:17" in closed["text"]
        assert "it stays parked" in closed["text"]
        assert "W9" in opened["detail"]
        assert desk.state("1/1") == (DeliveryState.PARKED, "unknown-code")
        assert [action for _, action, _, _ in desk.trail()] == ["release-failed", "release-failed", "delivery-opened"]
        assert desk.peers["billing"].got == []


async def test_a_refused_delivery_is_made_again_and_takes_its_old_place(tmp_path: Path) -> None:
    """Held with bytes: new bytes replace them, and what waits behind still waits for it."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        desk.peers["billing"].script = [REFUSED]
        await desk.receive(message(1), message(2))
        await desk.until("SELECT 1 FROM delivery WHERE state = 4")
        desk.rules = site(tmp_path, "from,to\nW1,OTHER\n")

        report = await desk.one("deliveries.release", "1/1")
        await desk.until("SELECT 1 FROM delivery WHERE message_id = 2 AND destination = 'billing' AND state = 2")

        assert report["done"]
        assert [b"OTHER" in payload for payload in desk.peers["billing"].got] == [False, True, False]


async def test_a_refused_delivery_keeps_its_bytes_if_todays_rules_fail(tmp_path: Path) -> None:
    """It can still be retried as it is."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        desk.peers["billing"].script = [REFUSED]
        await desk.receive(message(1))
        await desk.until("SELECT 1 FROM delivery WHERE state = 4")
        desk.rules = site(tmp_path, "from,to\nW2,X\n")

        released = await desk.one("deliveries.release", "1/1")
        state = desk.state("1/1")
        retried = await desk.one("deliveries.retry", "1/1")

        assert (released["done"], retried["done"]) == (False, True)
        assert state == (DeliveryState.HELD, "AE")


async def test_an_output_held_by_its_rule_is_released_into_its_lane(tmp_path: Path) -> None:
    """on_failure: hold keeps the lane; with bytes it goes first, the others follow."""
    route = ROUTE.replace("{map: by-ward}", "{map: by-ward, on_failure: hold}")
    async with desk_at(tmp_path, site(tmp_path, main=route)) as desk:
        await desk.receive(message(1, "W9"), message(2))
        retried = await desk.one("deliveries.retry", "1/1")
        desk.rules = site(tmp_path, ALL_WARDS, main=route)

        released = await desk.one("deliveries.release", "1/1")
        await desk.until("SELECT 1 FROM delivery WHERE message_id = 2 AND destination = 'billing' AND state = 2")

        assert retried["code"] == "no-bytes"
        assert released["done"]
        assert [b"WARD-9" in payload for payload in desk.peers["billing"].got] == [True, False]


async def test_two_people_release_one_output_once(tmp_path: Path) -> None:
    """Compare and set: one is told that another came first."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        await desk.receive(message(1, "W9"))
        desk.rules = site(tmp_path, ALL_WARDS)

        both = await asyncio.gather(*(desk.one("deliveries.release", "1/1", actor=name) for name in ("jane", "joe")))
        await _sent(desk, "1/1")

        assert sorted(report["done"] for report in both) == [False, True]
        told = {"", "changed-meanwhile", "in-flight", "pending", "already-settled"}
        assert {report["code"] for report in both} <= told
        assert len(desk.peers["billing"].got) == 1
        assert len(desk.trail()) == 1


async def test_a_release_warns_of_newer_messages_of_the_same_patient(tmp_path: Path) -> None:
    """They have gone out already, so the older one comes after them; another patient's do not matter."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        await desk.receive(message(1, "W9", 7), message(2, "W9", 8), message(3, "W1", 7))
        await desk.until("SELECT 1 FROM delivery WHERE message_id = 3 AND destination = 'billing' AND state = 2")
        desk.rules = site(tmp_path, ALL_WARDS)

        same, other = await desk.ask("deliveries.release", "1/1", "2/1")

        told = "newer messages of the same patient have reached billing before it, the first is 3"
        assert same["warnings"] == (told,)
        assert other["warnings"] == ()


async def test_an_output_that_no_rule_asks_for_any_more_is_told_so(tmp_path: Path) -> None:
    """Nothing is sent that today's rules would not send; a person may skip it."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        await desk.receive(message(1, "W9"))
        desk.rules = site(tmp_path, main="route: main\nfrom: adt\nto: {registry: }\n")

        report = await desk.one("deliveries.release", "1/1")

        assert (report["done"], report["code"]) == (False, "not-made-today")
        assert "skip 1/1" in report["text"]
        assert desk.state("1/1")[0] == DeliveryState.PARKED


async def test_a_message_that_todays_rules_refuse_is_told_so(tmp_path: Path) -> None:
    """No route takes it any more."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        await desk.receive(message(1, "W9"))
        desk.rules = site(tmp_path, main="route: main\nfrom: adt\naccept: MSH-9.1 == 'ORU'\nto: {registry: }\n")

        report = await desk.one("deliveries.release", "1/1")

        assert report["code"] == "refused-today"


async def test_a_renamed_route_is_found_by_its_destination(tmp_path: Path) -> None:
    """People tidy up their files while something is parked."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        await desk.receive(message(1, "W9"))
        desk.rules = site(tmp_path, ALL_WARDS, renamed=ROUTE.replace("route: main", "route: renamed"))

        report = await desk.one("deliveries.release", "1/1")

        assert report["done"]


async def test_each_route_gets_its_own_output_back(tmp_path: Path) -> None:
    """Two routes to one destination: the parked one is never given the other's bytes, nor its number."""
    plain = "route: a-plain\nfrom: adt\nto: {billing: }\n"
    async with desk_at(tmp_path, site(tmp_path, a=plain, main=ROUTE)) as desk:
        await desk.receive(message(1, "W9"))
        desk.rules = site(tmp_path, ALL_WARDS, z=plain, main=ROUTE)

        report = await desk.one("deliveries.release", "1/2")
        await _sent(desk, "1/2")

        assert report["done"]
        plain_sent, released = desk.peers["billing"].got
        assert b"WARD-9" in released
        assert b"WARD-9" not in plain_sent
        assert released.split(b"|")[9] != plain_sent.split(b"|")[9]


async def test_a_route_that_could_not_decide_is_decided_again(tmp_path: Path) -> None:
    """Its outputs become new deliveries of the message, behind the others and with numbers of their own."""
    async with desk_at(tmp_path, site(tmp_path, a=UNSURE, main=ROUTE)) as desk:
        await desk.receive(message(1))
        await desk.until("SELECT 1 FROM delivery WHERE destination = 'billing' AND state = 2")
        before = desk.rows("SELECT ordinal, destination, state FROM delivery ORDER BY ordinal")
        desk.rules = site(tmp_path, a=SURE, main=ROUTE)

        report = await desk.one("deliveries.release", "1/3")
        await _sent(desk, "1/4")

        assert before == [(1, "billing", 2), (2, "registry", 2), (3, "-", 3)]
        assert report["done"]
        assert "1/4 for billing pending" in report["text"]
        assert desk.state("1/3") == (DeliveryState.SKIPPED, "decided-again")
        first, added = (payload.split(b"|")[9] for payload in desk.peers["billing"].got)
        assert first != added
        assert len(desk.peers["registry"].got) == 1
        status = await desk.ask("status")
        assert status["destinations"]["billing"]["due"] == 2
        assert status["destinations"]["-"] == {
            "due": 1, "queued": 0, "pending": 0, "delivered": 0, "parked": 0, "held": 0, "skipped": 1
        }  # fmt: skip


async def test_a_route_that_still_cannot_decide_stays_parked(tmp_path: Path) -> None:
    """Nothing of the others is sent twice."""
    async with desk_at(tmp_path, site(tmp_path, a=UNSURE, main=ROUTE)) as desk:
        await desk.receive(message(1))

        report = await desk.one("deliveries.release", "1/3")

        assert (report["done"], report["code"]) == (False, "unreadable-time")
        assert desk.state("1/3")[0] == DeliveryState.PARKED
        assert desk.rows("SELECT count(*) FROM delivery") == [(3,)]


async def test_a_route_that_does_not_take_the_message_today_is_told_so(tmp_path: Path) -> None:
    """The person skips what the route parked."""
    async with desk_at(tmp_path, site(tmp_path, a=UNSURE, main=ROUTE)) as desk:
        await desk.receive(message(1))
        desk.rules = site(tmp_path, a=NEVER, main=ROUTE)

        report = await desk.one("deliveries.release", "1/3")
        gone = site(tmp_path, main=ROUTE)
        desk.rules = gone
        without = await desk.one("deliveries.release", "1/3")

        assert report["code"] == "not-made-today"
        assert without["code"] == "no-route"


async def test_what_a_late_route_parks_can_be_released_too(tmp_path: Path) -> None:
    """Added outputs are deliveries like all others: ranks count within their route."""
    async with desk_at(tmp_path, site(tmp_path, a=UNSURE, main=ROUTE)) as desk:
        await desk.receive(message(1, "W9"))
        desk.rules = site(tmp_path, KNOWN_WARD, a=SURE, main=ROUTE)
        added = await desk.one("deliveries.release", "1/3")
        desk.rules = site(tmp_path, ALL_WARDS, a=SURE, main=ROUTE)

        reports = await desk.ask("deliveries.release", "1/1", "1/4")
        await _sent(desk, "1/1")
        await _sent(desk, "1/4")

        assert "1/4 for billing parked (unknown-code at mappings/by-ward.yaml:7:17" in added["text"]
        assert [report["done"] for report in reports] == [True, True]
        ids = [payload.split(b"|")[9] for payload in desk.peers["billing"].got]
        assert len(set(ids)) == 2


async def test_a_message_whose_bytes_are_gone_is_told_so(tmp_path: Path) -> None:
    """Retention has taken them: nothing can be decided again."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        await desk.receive(message(1, "W9"))
        await desk.writer.run(lambda connection: connection.exec_driver_sql("UPDATE message SET payload = NULL"))

        report = await desk.one("deliveries.release", "1/1")

        assert report["code"] == "pruned"
