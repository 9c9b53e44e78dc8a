"""Releasing what a policy parked: the person has seen what was found, so it is made and sent; a refusal stays one."""

from pathlib import Path

import pytest

from engine.context import EMPTY_CONTEXT, Knowledge
from engine.decision import INVALID, decide
from engine.errors import NotPossible
from engine.operations.remaking import Case, Stored, remake
from engine.states import DeliveryState
from tests.unit.operations.operating import ROUTE, desk_at, message, site

PARKING = ROUTE.replace("from: adt\n", "from: adt\nvalidate: {level: strict, policy: {bad-format: park}}\n")


async def test_a_person_releases_what_a_policy_parked(tmp_path: Path) -> None:
    """The bytes and the MSH-10 are those that it would have had without the policy; the message is not parked again."""
    free, parking = site(tmp_path), site(tmp_path, main=PARKING)
    async with desk_at(tmp_path, parking) as desk:
        await desk.receive(message(1))
        parked = desk.rows("SELECT state, reason FROM delivery ORDER BY ordinal")

        report = await desk.one("deliveries.release", "1/1")
        await desk.until("SELECT 1 FROM delivery WHERE message_id = 1 AND ordinal = 1 AND state = 2")

        without = decide(message(1), free, EMPTY_CONTEXT).outputs[0]
        assert parked == [(DeliveryState.PARKED, INVALID), (DeliveryState.PARKED, INVALID)]
        assert report["done"]
        assert desk.peers["billing"].got == [without.payload]
        assert desk.rows("SELECT state FROM delivery WHERE ordinal = 2") == [(DeliveryState.PARKED,)]


def test_a_release_does_not_overrule_a_refusal(tmp_path: Path) -> None:
    """What today's rules refuse as a whole is not sent in pieces."""
    rejecting = site(tmp_path, main=PARKING.replace("park}", "reject}"))
    wanted = Stored(1, "billing", "main", DeliveryState.PARKED, "", INVALID)

    with pytest.raises(NotPossible) as refused:
        remake(Case(1, message(1), (wanted,), wanted), rejecting, lambda _planned: Knowledge())

    assert refused.value.code == "refused-today"


def test_another_reason_keeps_the_policy(tmp_path: Path) -> None:
    """Whoever releases what a table lacked has not looked at the findings."""
    parking = site(tmp_path, main=PARKING)
    wanted = Stored(1, "billing", "main", DeliveryState.PARKED, "", "unknown-code")

    assert remake(Case(1, message(1), (wanted,), wanted), parking, lambda _planned: Knowledge()).reason == INVALID
