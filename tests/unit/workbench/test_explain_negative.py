"""Why not: the comparisons that decided, and the smallest change, really made and decided again."""

from pathlib import Path

import pytest

from engine.config.recalled import recall
from engine.decision import Receipt
from engine.routing import Rules
from engine.workbench.explain.gathering import explain
from engine.workbench.explain.negative import Answer, Remedy, Stance, why_not
from engine.workbench.explain.told import Fate

NS = 1_768_496_400_000_000_000
CONFIG = """
site: here
time_zone: UTC
listeners:
  door: {mllp: 127.0.0.1:2575, sender: {processing: [P]}}
  back: {mllp: 127.0.0.1:2576}
destinations:
  there: {mllp: 127.0.0.1:2601}
tables:
  codes: {file: codes.csv}
"""
MESSAGE = (
    b"MSH|^~\\&|A|B|||20260301||ORU^R01^ORU_R01|1|P|2.5.1\r"
    b"PID|1||7^^^H^SS||DOE^JANE||20100101|M|||^^^SC\rPV1|1|X\r"
    b"OBR|1||F1\rOBX|1|ST|a||1||||||P\rOBX|2|ST|b||2||||||P\r"
)


def rules_with(when: str, accept: str = "true", mapping: str = "") -> Rules:
    """Return rules of one route with one entry."""
    entry = f"    map: m\n    when: >-\n      {when}\n" if mapping else f"    when: >-\n      {when}\n"
    route = f"route: only\nfrom: door\naccept: >-\n  {accept}\nto:\n  there:\n{entry}"
    other = "route: other\nfrom: back\nto: {there: {when: PID-1 == '1'}}\n"
    texts = {"config.yaml": CONFIG, "codes.csv": "from,to\nI,IN\nO,OUT\n", "routes/a.yaml": route}
    texts |= {"routes/b.yaml": other} | ({"mappings/m.yaml": f"mapping: m\n{mapping}"} if mapping else {})
    found = recall(texts, Path("/nowhere/config.yaml"), {})
    assert found is not None
    assert not found.problems.errors, [str(each) for each in found.problems.items]
    return found.rules


def answer(rules: Rules, payload: bytes = MESSAGE) -> Answer:
    """Return what the one entry of the listener says."""
    receipt = Receipt("door", payload, NS)
    (only,) = why_not(explain(receipt, rules), receipt, rules, "there").answers
    return only


def remedy(answered: Answer) -> Remedy:
    """Return the remedy that there must be."""
    assert answered.remedy is not None, answered.no_remedy
    return answered.remedy


@pytest.mark.parametrize(
    ("when", "count", "changes"),
    [
        ("PID-11.4 == 'NC'", 1, {"PID-11.4": "NC"}),
        ("PID-11.4 in ['NC', 'VA'] and PV1-2 == 'I'", 2, {"PID-11.4": "NC", "PV1-2": "I"}),
        ("PID-11.4 == 'NC' or (PV1-2 == 'I' and PID-8 == 'F')", 1, {"PID-11.4": "NC"}),
        ("not (PID-8 == 'M' or PV1-2 == 'Z')", 1, {"PID-8": ""}),
        ("PID-8 != 'M'", 1, {"PID-8": ""}),
        ("exists(PID-19)", 1, {"PID-19": ""}),
        ("not exists(PV1-2)", 1, {"PV1-2": ""}),
        ("exists(NK1)", 1, {"NK1 added": ""}),
        ("not exists(OBX)", 1, {"OBX removed": ""}),
        ("count(NK1) > 1", 1, {"NK1 added 2 times": ""}),
        ("PID-3[5 == 'MR'].1 == '9'", 1, {"PID-3[2].1": "9"}),
        ("OBX[3.1 == 'c']-5 == '3'", 1, {"OBX[3]-5": "3"}),
        ("OBX[*]-11 == 'F'", 1, {"OBX[1]-11": "F"}),
        ("not (OBX[*]-11 == 'P')", 1, {"OBX[1]-11, OBX[2]-11": ""}),
        ("exists(OBX[11 == 'F' and 3.1 == 'b'])", 1, {"OBX[2]-11": "F"}),
        ("exists(OBX[11 in ['F', 'C'] and listed('codes', 3.1)])", 2, {"OBX[1]-11": "F", "OBX[1]-3.1": "I"}),
        ("listed('codes', PV1-2)", 1, {"PV1-2": "I"}),
        ("PV1-44 >= 20", 1, {"PV1-44": "20"}),
        ("length(PID-5.1) == 5", 1, {"PID-5.1": "XXXXX"}),
        ("PID-5.1 matches '^[A-Z]+-\\d{2}$'", 1, {"PID-5.1": "A-11"}),
        ("PID-5.1 == 'DOE' and PID-5.1 != 'DOE'", 0, {}),
        ("PID-30 == null", 1, {"PID-30": '""'}),
        ("MSH-9 == 'ADT^A01^ADT_A01'", 1, {"MSH-9": "ADT^A01^ADT_A01"}),
        ("OBR-4 == OBR-3", 1, {"OBR-4": "F1"}),
    ],
)
def test_the_smallest_change_is_found_and_was_tried(when: str, count: int, changes: dict[str, str]) -> None:
    """Every remedy was decided again before it is told; what excludes itself has none."""
    found = answer(rules_with(when))

    assert found.stance is Stance.REFUSES
    assert found.deciding
    if not changes:
        assert found.remedy is None
        assert found.no_remedy
        return
    told = remedy(found)
    assert (told.smallest, len(told.changes)) == (count, count)
    assert told.fates == ((Fate.MADE, ""),)
    written = {
        each.path.removesuffix(".1") if each.path == "PV1-2.1" else each.path: each.value for each in told.changes
    }
    assert set(written) <= {*changes, *(f"{path}.1" for path in changes)}
    for path, value in changes.items():
        if value:
            assert value in {written.get(path), written.get(f"{path}.1")}


def test_years_can_be_reached_by_a_date() -> None:
    """What a function makes of a field is changed through the field."""
    told = remedy(answer(rules_with("years_between(PID-7, received_at()) >= 65")))

    assert [each.path for each in told.changes] == ["PID-7"]
    assert told.changes[0].value < "19610116"


def test_a_route_that_refuses_is_asked_with_its_entry() -> None:
    """The comparisons of `accept` count with those of `when`: both have to hold."""
    found = answer(rules_with("PID-8 == 'F'", accept="MSH-9.1 == 'ADT'"))

    assert found.stance is Stance.ROUTE_REFUSES
    assert [each.words for each in found.deciding] == ["MSH-9.1 == 'ADT'"]
    assert {each.words for each in remedy(found).changes} == {"MSH-9.1 == 'ADT'", "PID-8 == 'F'"}


def test_only_the_comparisons_that_decided_are_blamed() -> None:
    """What was true, or not asked, kept nothing away."""
    found = answer(rules_with("PID-8 == 'M' and (PV1-2 == 'I' or PV1-2 == 'O') and PID-11.4 == 'NC'"))

    assert [each.words for each in found.deciding] == ["PV1-2 == 'I'", "PV1-2 == 'O'"]


def test_what_reads_nothing_of_the_message_cannot_be_changed() -> None:
    """Then it is said, with the comparison."""
    found = answer(rules_with("received_at() == '19990101'"))

    assert found.remedy is None
    assert "received_at() == '19990101'" in found.no_remedy


def test_a_message_that_cannot_be_read_is_not_changed() -> None:
    """There is nothing to write into."""
    found = answer(rules_with("PID-8 == 'F'"), b"PID|1\r")

    assert found.stance is Stance.NOT_REACHED
    assert "cannot be read" in found.no_remedy


def test_a_test_message_would_first_have_to_be_taken() -> None:
    """MSH-11 is the listener's condition, before any route is asked."""
    told = remedy(answer(rules_with("PID-8 == 'F'"), MESSAGE.replace(b"|P|2.5.1", b"|T|2.5.1")))

    assert [each.path.removesuffix(".1") for each in told.changes] == ["MSH-11", "PID-8"]


def test_a_change_after_which_the_mapping_makes_a_message_is_preferred() -> None:
    """Of equally small ones; if there is none, what becomes of the entry is told."""
    mapping = "output: {start: copy}\nsteps:\n  - skip: never\n    when: PV1-2 == 'I'\n"
    either = remedy(answer(rules_with("PV1-2 in ['I', 'O'] or PV1-2 == 'O'", mapping=mapping)))
    never = remedy(answer(rules_with("PV1-2 == 'I'", mapping=mapping)))

    assert either.fates == ((Fate.MADE, ""),)
    assert never.fates == ((Fate.SKIPPED, "skipped"),)


def test_routes_of_other_listeners_are_named() -> None:
    """Perhaps the message came in at the wrong door."""
    rules = rules_with("PID-8 == 'F'")
    receipt = Receipt("door", MESSAGE, NS)

    assert why_not(explain(receipt, rules), receipt, rules, "there").elsewhere == (("other", ("back",)),)
