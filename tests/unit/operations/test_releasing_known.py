"""Releasing what needs the record index: as it was known then, and nothing is charged twice."""

from pathlib import Path

from engine.decision import Receipt
from engine.routing import Rules
from tests.support.decisions import rules_of
from tests.unit.intake.knowing import adt, oru
from tests.unit.operations.operating import START_NS, desk_at

CHARGING = """output: {message: DFT^P03^DFT_P03, version: 2.5.1, start: empty}
steps:
  - copy: [PID]
  - for each: OBR
    when: charge_state(OBR-3, 'CBC') == ''
    do:
      - append: FT1
        set: {FT1-7: "=translate('prices', OBR-4.1)", FT1-16: =location_at(OBR-7)}
      - record: {charge: [=OBR-3, CBC], state: charged}
  - when: not exists(out.FT1)
    skip: charged before
"""
CONFIG = """\
site: st-mary
time_zone: UTC
listeners:
  adt: {mllp: 127.0.0.1:0, sender: {authority: STMARY}}
destinations:
  billing: {mllp: 127.0.0.1:1}
  registry: {mllp: 127.0.0.1:1}
tables: {prices: {file: mappings/prices.csv}}
"""


def _rules(folder: Path, prices: str) -> Rules:
    (folder / "mappings").mkdir(parents=True, exist_ok=True)
    (folder / "mappings" / "prices.csv").write_text(f"from,to\n{prices}", "utf-8")
    return rules_of(folder, "  billing: {when: MSH-9.1 == 'ORU', map: made}\n", {"made": CHARGING}, CONFIG)


def _receipt(text: str, number: int) -> Receipt:
    return Receipt("adt", text.encode(), START_NS + number * 1_000_000, "127.0.0.1")


async def test_what_was_parked_is_made_with_what_was_known_then(tmp_path: Path) -> None:
    """The transfer that came afterwards, into the past, changes nothing; the charge is recorded with the release."""
    async with desk_at(tmp_path, _rules(tmp_path / "site", "XYZ,1\n")) as desk:
        await desk.receive(_receipt(adt(), 1), _receipt(oru("F"), 2))
        await desk.receive(_receipt(adt("A02", "9Z", at="20260301090000"), 3))
        assert desk.rows("SELECT * FROM charge") == []
        desk.rules = _rules(tmp_path / "site", "CBC,30001\n")

        report = await desk.one("deliveries.release", "2/1")

        await desk.until("SELECT 1 FROM delivery WHERE message_id = 2 AND state = 2")
        assert report["done"]
        assert b"30001|" in desk.peers["billing"].got[0]
        assert b"|3N^301^A" in desk.peers["billing"].got[0]
        assert desk.rows("SELECT * FROM charge") == [("LAB|F1", "CBC", "charged", 2)]


async def test_what_was_charged_meanwhile_is_not_charged_by_a_release(tmp_path: Path) -> None:
    """The final was parked, its correction was charged: today's rules make no output of the final."""
    async with desk_at(tmp_path, _rules(tmp_path / "site", "XYZ,1\n")) as desk:
        await desk.receive(_receipt(oru("F", "1"), 1))
        desk.rules = _rules(tmp_path / "site", "CBC,30001\n")
        await desk.receive(_receipt(oru("C", "2"), 2))

        report = await desk.one("deliveries.release", "1/1")

        assert (report["done"], report["code"]) == (False, "not-made-today")
        assert desk.rows("SELECT * FROM charge") == [("LAB|F1", "CBC", "charged", 2)]
