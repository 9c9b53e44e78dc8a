"""What later messages may know: exact inside one batch, stored with the message, parked where it cannot be told."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection

from engine.decision import Receipt, finish, plan, recalled_context
from engine.index.effects import Facts
from engine.index.load import LATEST, NOTHING_WANTED, Wanted
from engine.index.store import Index, WorkingSet
from engine.states import DeliveryState, MessageState
from tests.support.decisions import RECEIVED_NS
from tests.unit.intake.knowing import Books, adt, books, oru

EMPTY = "output: {message: DFT^P03^DFT_P03, version: 2.5.1, start: empty}\nsteps:\n  - copy: [PID]\n"
PLACE = f"""{EMPTY}  - append: FT1
    set:
      FT1-16: =location_at(OBR-7)
"""
INSURED = f"{EMPTY}  - copy: [known.IN1]\n"
CHARGING = f"""{EMPTY}  - for each: OBR
    when: OBR-25 in ['F', 'C'] and charge_state(OBR-3, OBR-4.1) == ''
    do:
      - append: FT1
        set: {{FT1-6: CG, FT1-23: =OBR-3}}
      - record: {{charge: [=OBR-3, =OBR-4.1], state: charged}}
  - for each: OBR
    when: OBR-25 == 'X' and charge_state(OBR-3, OBR-4.1) == 'charged'
    do:
      - append: FT1
        set: {{FT1-6: CD, FT1-23: =OBR-3}}
      - record: {{charge: [=OBR-3, =OBR-4.1], state: credited}}
  - when: not exists(out.FT1)
    skip: nothing to charge
"""
RESULTS = "  billing: {when: MSH-9.1 == 'ORU', map: made}\n  registry:\n"


def _states(made: Books, text: str) -> list[tuple[str, DeliveryState, str]]:
    (decision,) = made.take(text)
    return [(each.destination, each.state, each.reason) for each in decision.outputs]


@pytest.mark.parametrize("together", [True, False])
def test_a_message_sees_what_those_before_it_left_also_in_its_own_batch(tmp_path: Path, together: bool) -> None:
    """The location at the time of the sample, not the last one."""
    made = books(tmp_path, RESULTS, made=PLACE)
    texts = [adt(), adt("A02", "5W^501^B", at="20260301093000"), oru("F"), adt("A02", "7X", at="20260301120000")]
    texts.append(oru("F", "2"))

    for batch in [texts] if together else [[each] for each in texts]:
        made.take(*batch)

    assert [fields[16] for fields in made.sent("FT1")] == ["5W^501^B", "5W^501^B"]


def test_known_segments_are_taken_as_they_were_received(tmp_path: Path) -> None:
    """In the order received, escapes and all; IN2 stays where nobody asks for it."""
    made = books(tmp_path, "  billing: {when: MSH-9.1 == 'ORU', map: made}\n", made=INSURED)

    made.take(adt("A01", "3N", "IN1|1|A&1|7|Blue \\T\\ Red", "IN2|1", "IN1|2|B|8"), oru("F"))

    assert made.sent("IN1") == [["IN1", "1", "A&1", "7", "Blue \\T\\ Red"], ["IN1", "2", "B", "8"]]
    assert made.sent("IN2") == []


def test_a_message_does_not_see_itself(tmp_path: Path) -> None:
    """What is known is what was before."""
    made = books(tmp_path, "  billing: {map: made}\n", made=f"{EMPTY}  - set: {{PID-5: =known.PID-5.1}}\n")

    made.take(adt(), adt("A08"))

    assert [fields[5] if len(fields) > 5 else "" for fields in made.sent("PID")] == ["", "DOE"]


@pytest.mark.parametrize("together", [True, False])
def test_an_order_is_charged_once_and_credited_once(tmp_path: Path, together: bool) -> None:
    """A final, its correction, a resend, two cancels."""
    made = books(tmp_path, RESULTS, made=CHARGING)
    texts = [oru("P", "1"), oru("F", "2"), oru("F", "2"), oru("C", "3"), oru("X", "4"), oru("X", "5"), oru("F", "6")]

    for batch in [texts] if together else [[each] for each in texts]:
        made.take(*batch)

    assert [fields[6] for fields in made.sent("FT1")] == ["CG", "CD"]
    assert [charge[:3] for charge in made.charges()] == [("LAB|F1", "CBC", "credited")]


def test_what_is_not_sent_records_nothing(tmp_path: Path) -> None:
    """The output fails behind its record: the next one charges."""
    failing = CHARGING + "  - when: MSH-10 == 'R1'\n    fail: not this one\n"
    made = books(tmp_path, RESULTS, made=failing)

    made.take(oru("F", "1"), oru("F", "2"))

    assert [fields[6] for fields in made.sent("FT1")] == ["CG"]
    assert made.charges() == [("LAB|F1", "CBC", "charged", 2)]


def test_two_outputs_of_one_message_share_what_they_record(tmp_path: Path) -> None:
    """Both would charge: the second sees the first."""
    route = "  billing:\n    - {map: made}\n    - {map: made}\n"
    made = books(tmp_path, route, made=CHARGING)

    made.take(oru("F"))

    assert [fields[6] for fields in made.sent("FT1")] == ["CG"]


def test_what_a_decision_read_is_stored_and_decides_again_the_same(tmp_path: Path) -> None:
    """To the byte, whatever the index has learned since."""
    made = books(tmp_path, RESULTS, made=PLACE)
    made.take(adt())
    (first,) = made.take(oru("F"))
    made.take(adt("A02", "9Z", at="20260301090000"))
    stored = made.contexts()

    planned = plan(_receipt(2), made.rules)
    assert planned.unfinished is not None
    context = recalled_context(stored[1], planned.unfinished.needs)

    assert stored[0] is None
    assert context is not None
    again = finish(planned, context)
    assert [each.payload for each in again.outputs] == [each.payload for each in first.outputs]
    assert again == finish(planned, context)


def _receipt(number: int) -> Receipt:
    return Receipt("adt", oru("F").encode(), RECEIVED_NS // 1000 * 1000 + number * 1_000_000)


class Unreadable(Index):
    """An index whose questions of rules fail."""

    def load(
        self, connection: Connection, batch: Sequence[Facts], before: int = LATEST, wanted: Wanted = NOTHING_WANTED
    ) -> WorkingSet:
        """Load, and remember a failure."""
        working = super().load(connection, batch, before, wanted)
        working.failure = RuntimeError("unreadable")
        return working


def test_outputs_that_need_an_index_that_fails_are_parked_and_the_others_go_on(tmp_path: Path) -> None:
    """The message is kept, its other destination gets it."""
    made = books(tmp_path, RESULTS, made=PLACE)
    made.index = Unreadable()
    made.store.close()
    made.open()

    states = _states(made, oru("F"))

    assert states == [
        ("billing", DeliveryState.PARKED, "index-unavailable"),
        ("registry", DeliveryState.PENDING, ""),
    ]


def test_several_patients_are_not_guessed_between(tmp_path: Path) -> None:
    """The output is parked with the reason."""
    made = books(tmp_path, RESULTS, made=PLACE)
    second = oru("F", order="F2^LAB", patient="2").split("\r", 1)[1]

    states = _states(made, oru("F") + second)

    assert states[0] == ("billing", DeliveryState.PARKED, "several-patients")


def test_the_number_of_another_patients_order_is_no_charge_of_this_one(tmp_path: Path) -> None:
    """A person decides."""
    made = books(tmp_path, RESULTS, made=CHARGING)
    made.take(oru("F"))

    states = _states(made, oru("F", "2", patient="2"))

    assert states[0] == ("billing", DeliveryState.PARKED, "order-of-another-patient")


def test_an_order_that_the_message_does_not_have_cannot_be_asked_about(tmp_path: Path) -> None:
    """Its charges were not looked up."""
    asking = EMPTY + "  - set: {PID-1: \"=charge_state('F9^LAB', 'CBC')\"}\n"
    made = books(tmp_path, RESULTS, made=asking)

    states = _states(made, oru("F"))

    assert states[0] == ("billing", DeliveryState.PARKED, "order-not-in-message")


def test_an_entrys_when_may_ask_the_index(tmp_path: Path) -> None:
    """It is asked with the outputs that need it; where it says no nothing is made."""
    made = books(tmp_path, "  billing: {when: \"known.PV1-3.1 == '3N'\"}\n  registry:\n")

    first, second = made.take(adt(), adt("A08"))

    assert [each.destination for each in first.outputs] == ["registry"]
    assert [each.destination for each in second.outputs] == ["billing", "registry"]


def test_a_refusal_that_the_index_decides_refuses_the_whole_message(tmp_path: Path) -> None:
    """AE, nothing sent, nothing folded."""
    route = "  registry:\n  billing: {map: made, on_failure: refuse}\n"
    made = books(tmp_path, route, made=EMPTY + "  - when: known.PID-5 == ''\n    fail: unknown\n")

    (decision,) = made.take(adt())
    (again,) = made.take(adt("A08"))

    assert (decision.state, decision.ack_code, decision.reason) == (MessageState.REJECTED, "AE", "fail")
    assert again.state is MessageState.REJECTED  # the first one has left nothing
    assert made.queued == []


def test_all_skipped_is_filtered(tmp_path: Path) -> None:
    """As without the index."""
    made = books(tmp_path, "  billing: {map: made}\n", made=CHARGING)

    (decision,) = made.take(oru("P"))

    assert (decision.state, decision.reason, decision.ack_code) == (MessageState.FILTERED, "skipped", "AA")
    assert decision.detail == "billing: nothing to charge"


def test_outputs_keep_the_places_of_their_entries(tmp_path: Path) -> None:
    """Whatever is made first."""
    route = "  registry: {map: made}\n  billing:\n    - {map: made}\n    - {when: \"MSH-9.1 == 'ADT'\"}\n"
    made = books(tmp_path, route, made=EMPTY + "  - set: {PID-1: =known.PID-1}\n")

    (decision,) = made.take(adt())

    assert [(each.ordinal, each.destination) for each in decision.outputs] == [
        (1, "registry"),
        (2, "billing"),
        (3, "billing"),
    ]
    assert len({each.control_id for each in decision.outputs}) == 3
