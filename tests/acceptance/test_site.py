"""The default site on thousands of linked messages: what it promises billing and the registry, and its cases."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from engine.config import load
from engine.decision import Decision, Output, Receipt, finish, plan
from engine.grammar import grammar_for, structure_findings
from engine.hl7.message import Message
from engine.journeys import Event, Sender, mixed
from engine.routing import Rules
from engine.states import DeliveryState, MessageState
from engine.workbench.nothing_known import nothing_known
from engine.workbench.trials import Bench

ROOT = Path(__file__).parents[2]
ENGINE = Path(sys.executable).with_name("engine")
AGREED = {"DG1", "PR1", "GT1", "IN1", "IN2", "IN3"}
"""What billing takes behind the PV1 of a BAR^P06, against the standard."""
BAR = {"A01": "BAR^P01^BAR_P01", "A04": "BAR^P01^BAR_P01", "A08": "BAR^P05^BAR_P05", "A03": "BAR^P06^BAR_P06"}


AFTERWARDS = 1_798_761_600_000_000_000
"""When all is received, in ns: the first of January 2027, behind every day that the journeys name."""


@dataclass(frozen=True)
class Decided:
    """A message of a journey and what was decided."""

    event: Event
    message: Message
    decision: Decision

    def sent(self, destination: str) -> list[Message]:
        """Return what goes to *destination*."""
        return [Message.parse(each.payload) for each in self.decision.outputs if each.destination == destination]


@cache
def rules() -> Rules:
    """Return the default site's rules."""
    return load(ROOT).rules


@cache
def journeys() -> tuple[Decided, ...]:
    """Return three thousand messages of linked journeys with their decisions, each knowing what came before."""
    bench = Bench(rules(), None)
    listeners = {Sender.ADMISSIONS: "admissions", Sender.LAB: "lab"}
    found = []
    for number, each in enumerate(mixed(11, 3_000), 1):
        planned, decision = bench.decide(Receipt(listeners[each.sender], each.payload, AFTERWARDS))
        bench.keep(planned, decision, number)
        found.append(Decided(each, Message.parse(each.payload), decision))
    return tuple(found)


def results() -> Iterator[Decided]:
    """Yield those of the laboratory."""
    return (each for each in journeys() if each.event.sender is Sender.LAB)


def all_of(message: Message, segment: str, field: int) -> list[str]:
    """Return a field of every segment of that name."""
    rows = [message.fields(position) for position in message.positions(segment)]
    return [row[field] if len(row) > field else "" for row in rows]


def test_its_cases_pass() -> None:
    """A first `engine test` is green, and reaches every entry of every route."""
    done = subprocess.run(  # noqa: S603 our own command
        [str(ENGINE), "test"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stdout
    assert "no case reaches" not in done.stdout
    assert done.stdout.count("\n  ok    ") >= 20


def test_the_only_warning_is_the_one_that_was_agreed_with_billing() -> None:
    """`engine check` has one line to say before its summary."""
    done = subprocess.run(  # noqa: S603 our own command
        [str(ENGINE), "check"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    warning, summary = done.stdout.splitlines()
    assert warning.startswith("mappings/bar-p06.yaml:7:5: warning: structure-order:")
    assert summary.startswith("no problems: ")
    assert done.returncode == 0


def test_no_message_of_the_journeys_is_refused_or_parked() -> None:
    """The charge master knows every service of the laboratory."""
    states = Counter(each.decision.state for each in journeys())
    outputs = Counter(output.state for each in journeys() for output in each.decision.outputs)

    assert set(states) == {MessageState.ACCEPTED, MessageState.FILTERED}
    assert set(outputs) == {DeliveryState.PENDING}
    assert all(each.decision.ack_code == "AA" for each in journeys())


def test_every_output_has_the_order_of_its_structure() -> None:
    """Read again as its receiver does, but for what was agreed for the end of an account."""
    wrong: Counter[tuple[str, str, str]] = Counter()

    for output in (output for each in journeys() for output in each.decision.outputs):
        for name, code, segment in _findings(output):
            if (name, code) != ("BAR_P06", "not-in-structure") or segment not in AGREED:
                wrong[name, code, segment] += 1

    assert wrong == {}


def test_every_output_has_the_fields_that_the_standard_requires() -> None:
    """2.5.1, by the tables; of what the mappings write and what they copy."""
    wrong: Counter[str] = Counter()

    for output in (output for each in journeys() for output in each.decision.outputs):
        message = Message.parse(output.payload)
        for position, name in enumerate(message.names):
            definition, fields = grammar_for("2.5.1").segment(name), message.fields(position)
            for number, field in definition.fields.items() if definition else ():
                if field.min and not (number < len(fields) and fields[number]):
                    wrong[f"{message.value('MSH', 9)} {name}-{number}"] += 1

    assert wrong == {}


def test_admissions_open_update_and_end_accounts() -> None:
    """One BAR for each A01, A04, A08 and A03; a merge as it came; of the rest billing hears nothing."""
    for each in (each for each in journeys() if each.event.sender is Sender.ADMISSIONS):
        event = each.message.value("MSH", 9, 2)

        types = [message.field("MSH", 9) for message in each.sent("billing")]

        assert types == ([BAR[event]] if event in BAR else ["ADT^A40^ADT_A39"] if event == "A40" else [])


def test_a_discharge_keeps_its_diagnoses_procedures_guarantors_and_insurances() -> None:
    """Segment for segment, byte for byte."""
    ends = [each for each in journeys() if each.event.kind == "ADT^A03"]
    assert any(each.message.positions("PR1") for each in ends)

    for each in ends:
        (ended,) = each.sent("billing")

        for name in ("DG1", "PR1", "GT1", "IN1", "IN2"):
            theirs = [each.message.segments[position] for position in each.message.positions(name)]
            assert [ended.segments[position] for position in ended.positions(name)] == theirs


def test_each_final_order_is_charged_and_no_other() -> None:
    """One FT1 for each order that is final for the first time; what is preliminary or said again has none."""
    charged: set[str] = set()

    for each in results():
        statuses = all_of(each.message, "OBR", 25)
        numbers = all_of(each.message, "OBR", 3)
        final = [number for number, status in zip(numbers, statuses, strict=True) if status in {"F", "C"}]
        charges = [number for message in each.sent("billing") for number in all_of(message, "FT1", 23)]
        assert charges == [number for number in final if number not in charged]
        assert len(each.sent("billing")) == (1 if charges else 0)
        charged.update(charges)

    assert len(charged) > 300
    assert any("C" in all_of(each.message, "OBR", 25) for each in results())
    assert any("P" in all_of(each.message, "OBR", 25) for each in results())


def test_every_charge_has_a_key_of_its_own() -> None:
    """And a final that comes where nobody knows of the first one has the same ones: billing recognises it."""
    keys = [key for each in results() for message in each.sent("billing") for key in all_of(message, "FT1", 2)]
    first = next(each for each in results() if each.sent("billing"))
    again = first.event.payload.replace(first.event.control_id.encode(), b"AGAIN")

    planned = plan(Receipt("lab", again, AFTERWARDS), rules())
    resent = finish(planned, nothing_known(planned))

    assert len(keys) == len(set(keys))
    assert all_of(Message.parse(resent.outputs[0].payload), "FT1", 2) == all_of(first.sent("billing")[0], "FT1", 2)


def test_what_admissions_send_to_the_registry_is_the_minimum() -> None:
    """Nothing of street, telephone, account, kin, insurance, doctors or operators, and no number but the record's."""
    seen = 0
    allowed = {"MSH", "EVN", "PID", "PV1", "DG1"}
    filled = {"EVN": {1, 2, 6}, "PID": {1, 3, 5, 7, 8, 10, 11, 22, 29, 30}, "PV1": {1, 2, 4, 19, 36, 44, 45}}

    for each in (each for each in journeys() if each.event.sender is Sender.ADMISSIONS):
        for message in each.sent("registry"):
            seen += 1
            assert set(message.names) <= allowed
            for name, numbers in filled.items():
                fields = message.fields(message.positions(name)[0])
                assert {number for number, text in enumerate(fields) if number and text} <= numbers
            assert message.field("PID", 3).endswith("^MR")
            assert message.value("PID", 11) == message.value("PID", 11, 2) == ""

    assert seen > 500


def test_only_final_and_corrected_reportable_results_reach_the_registry() -> None:
    """What goes there is reportable, and every detected virus of a trigger test goes."""
    triggers = {line.split(",")[0] for line in _table("reportable-tests")}
    reported, negative = 0, 0

    for each in results():
        wanted = [row for row in _rows(each.message, "OBX") if row[3].split("^")[0] in triggers and row[11] in "FC"]
        sent = [row for message in each.sent("registry") for row in _rows(message, "OBX")]
        codes = {row[3] for row in sent}
        for row in wanted:
            positive = row[8] in {"A", "H"} and not row[3].startswith(("600-7", "625-4"))
            if positive or row[11] == "C":
                assert row[3] in codes
                reported += 1
            elif row[8] == "N":
                assert row[3] not in codes
                negative += 1
        assert all(row[11] in {"F", "C"} for row in sent)

    assert reported > 20
    assert negative > 100


REQUIRED = {
    "MSH": (3, 4, 5, 6, 7, 9, 10, 11, 12, 21),
    "SFT": (1, 2, 3, 4),
    "PID": (1, 3, 5),
    "PV1": (1, 2),
    "ORC": (1, 3, 21, 22, 23),
    "OBR": (1, 3, 4, 7, 22, 25),
    "OBX": (1, 2, 3, 5, 11, 14, 23, 24),
    "SPM": (1, 2, 4, 17, 18),
}
"""Of each segment of a report the fields that the guide wants always, and that our laboratory's results have."""


def test_reports_are_by_the_guide() -> None:
    """ELR 2.5.1, Release 1: what every report needs, the order of one group, and the fields that must be equal."""
    reports = [message for each in results() for message in each.sent("registry")]
    assert len(reports) > 20

    for report in reports:
        header = report.segments[0]
        assert header.startswith("MSH|^~\\&#|")
        assert report.field("MSH", 9) == "ORU^R01^ORU_R01"
        assert report.field("MSH", 21) == "PHLabReport-NoAck^ELR_Receiver^2.16.840.1.113883.9.11^ISO"
        assert report.names[:3] == ["MSH", "SFT", "PID"]
        assert [report.names.count(name) for name in ("SFT", "PID", "ORC", "OBR", "SPM")] == [1, 1, 1, 1, 1]
        for name, numbers in REQUIRED.items():
            for row in _rows(report, name):
                assert [f"{name}-{number}" for number in numbers if not row[number]] == []
        assert [report.field("ORC", number) for number in (2, 3, 12)] == [
            report.field("OBR", number) for number in (2, 3, 16)
        ]
        assert all_of(report, "OBX", 1) == [str(number) for number in range(1, report.names.count("OBX") + 1)]
        assert "CE" not in all_of(report, "OBX", 2)
        assert not report.field("PID", 19)


@pytest.mark.parametrize("mapping", ["bar-p01", "bar-p05", "bar-p06", "dft-results", "adt-minimum", "adt-merge", "elr"])
def test_every_mapping_is_used(mapping: str) -> None:
    """The site shows nothing that does nothing."""
    assert mapping in {entry.mapping.name for route in rules().routes for entry in route.entries if entry.mapping}


def _findings(output: Output) -> Iterator[tuple[str, str, str]]:
    message = Message.parse(output.payload)
    grammar = grammar_for(message.value("MSH", 12))
    name = grammar.structure_name(*(message.value("MSH", 9, component) for component in (1, 2, 3)))
    structure = grammar.structure(name)
    assert structure is not None
    for finding in structure_findings(structure, structure.place(message.names), message.names):
        yield name, finding.code, finding.segment


def _rows(message: Message, name: str) -> list[list[str]]:
    """Return the fields of every segment called *name*, filled up so that each has a number 44."""
    return [[*message.fields(position), *[""] * 45] for position in message.positions(name)]


def _table(name: str) -> list[str]:
    return (ROOT / "mappings" / "tables" / f"{name}.csv").read_text("utf-8").splitlines()[1:]
