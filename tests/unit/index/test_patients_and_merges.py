"""Who a message is about, what it may say of them, and how two numbers become one person."""

import pytest

from engine.context import Context, Identifier
from engine.hl7.message import Message
from engine.index import tables
from engine.index.facts import Origin, facts_of
from engine.index.identity import identifiers_of, lane_keys
from engine.index.identity_records import MergeState
from tests.unit.index.records_office import RECEIVED_US, UTC, Adt, Office, at, merge, obx, oru

pytest_plugins = ("tests.unit.index.index_fixtures",)

ONE, TWO, THREE = "1^^^HOSP^MR", "2^^^HOSP^MR", "3^^^HOSP^MR"


def person(minutes: int, patient: str, *, kind: str = "A31", **pid: str) -> bytes:
    fields = {"name": 5, "born": 7, "sex": 8, "street": 11, "died": 29, "deceased": 30}
    shown = {fields[name]: value for name, value in pid.items()}
    return Adt(kind, minutes, patient=patient, pid=shown, has_visit=False).payload


def of(office: Office, patient_id: int) -> dict[str, object]:
    (row,) = [row for row in office.rows(tables.PATIENT) if row["id"] == patient_id]
    return row


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("1^^^HOSP^MR", [("HOSP", "1")]),
        ("1^^^HOSP&1.2.3&ISO", [("HOSP", "1")]),
        ("1^^^&1.2.3&ISO", [("1.2.3", "1")]),
        ("1", [("FACILITY", "1")]),
        ("1^^^A~1^^^B~1^^^A", [("A", "1"), ("B", "1")]),
        ("1^^^A~999^^^USSSA^SS~9^^^NL^NNNLD~8^^^GB^NH", [("A", "1")]),
        (r"A\T\B^^^HOSP", [("HOSP", "A&B")]),
        (" 7 ^^^HOSP", [("HOSP", "7")]),
        ('""~^^^HOSP', []),
    ],
)
def test_an_identifier_is_an_authority_and_a_number(raw: str, expected: list[tuple[str, str]]) -> None:
    """Never a bare number; social security and national numbers are attributes."""
    assert identifiers_of(raw, "FACILITY") == (tuple(expected), 0)


@pytest.mark.parametrize("raw", ["1\x01^^^HOSP", f"{'9' * 300}^^^HOSP", r"1^^^A\F\B"])
def test_what_cannot_be_a_key_is_counted(raw: str) -> None:
    """Control characters, endless numbers, an authority that would blur the key."""
    assert identifiers_of(raw, "FACILITY") == ((), 1)


def test_an_update_changes_what_it_fills_and_deletes_what_it_says(office: Office) -> None:
    """An empty field says nothing, "" deletes, a value replaces."""
    office.take(person(10, ONE, name="Doe^Jane", street="Old St", sex="F"))

    office.take(person(20, ONE, name="Roe^Jane", street="", sex='""'))

    patient = office.only(tables.PATIENT)
    assert (patient["family"], patient["sex"]) == ("Roe", "")
    assert patient["pid"].split("|")[11] == "Old St"


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        ("^", "Doe^Jane^Q"),
        ("^^&^", "Doe^Jane^Q"),
        ('""', ""),
        ('""^', ""),
        ('""^""^""', ""),
        ('""~""', ""),
        ('Roe^""^X', "Roe^^X"),
        ('""~Roe^Ann', "Roe^Ann"),
        ('^""', "Doe^^Q"),
        ('Ro""e^Ann', 'Ro""e^Ann'),
    ],
)
def test_separators_say_nothing_and_nulls_delete_what_they_stand_for(office: Office, sent: str, left: str) -> None:
    """HL7.md 2.3: ``^^^`` is empty, "" deletes its component, and the field where nothing else is in it."""
    office.take(person(10, ONE, name="Doe^Jane^Q"))

    office.take(person(20, ONE, name=sent))

    patient = office.only(tables.PATIENT)
    assert patient["pid"].split("|")[5] == left
    assert (patient["family"], patient["given"]) == tuple([*left.split("^"), "", ""][:2])


def test_a_sender_of_whole_records_clears_by_leaving_empty() -> None:
    """``updates: full``: an empty field of a present segment deletes."""
    office = Office(updates="full")

    office.take(person(10, ONE, street="Old St"), person(20, ONE, street=""))

    assert "Old St" not in office.only(tables.PATIENT)["pid"]
    office.close()


def test_a_late_event_does_not_overwrite_a_newer_one(office: Office) -> None:
    """What was recorded earlier fills only what nothing newer has said."""
    office.take(person(20, ONE, name="New^Name"), person(10, ONE, name="Old^Name", street="Old St"))

    patient = office.only(tables.PATIENT)
    assert patient["family"] == "New"
    assert patient["pid"].split("|")[11] == "Old St"


def test_events_about_something_else_say_nothing_of_known_demographics(office: Office) -> None:
    """A02: PID is there to name the patient; nothing is changed or cleared by it."""
    office.take(person(10, ONE, name="Doe^Jane"), Adt("A02", 20, pid={5: "Typo^Jane", 8: '""'}).payload)

    patient = office.only(tables.PATIENT)
    assert (patient["family"], patient["sex"]) == ("Doe", "F")


def test_a_discharge_can_tell_of_a_death_and_its_cancel_take_it_back(office: Office) -> None:
    """A03: PID-29 and PID-30; A13 only with PID-30 N or ""."""
    dead = Adt("A03", 20, pid={29: at(19), 30: "Y"}).payload
    office.take(Adt("A01", 10).payload, dead, Adt("A13", 30, occurred=20).payload)
    assert (office.only(tables.PATIENT)["died"], office.only(tables.PATIENT)["deceased"]) == (at(19), "Y")

    office.take(Adt("A13", 40, occurred=20, pid={30: "N"}).payload)

    assert (office.only(tables.PATIENT)["died"], office.only(tables.PATIENT)["deceased"]) == ("", "N")


def test_a_person_has_insurance_of_their_own(office: Office) -> None:
    """IN1 of A28 and A31 belongs to the person, not to a visit."""
    whole = Adt("A28", 10, has_visit=False, more=("IN1|1|PLAN1|C1|Company",)).payload

    office.take(whole)

    row = office.only(tables.COVERAGE)
    assert (row["patient_id"], row["encounter_id"], row["plan"]) == (1, 0, "PLAN1")


def test_results_say_nothing_of_a_patient_that_admissions_feeds(office: Office) -> None:
    """ORU: laboratories carry stale copies; a patient they bring is provisional until admissions speaks."""
    office.take(oru(10, "F", name="Stale^Copy"))
    assert office.only(tables.PATIENT)["family"] == "Stale"

    office.take(person(5, ONE, name="True^Name"), oru(30, "F", name="Stale^Copy"))

    assert office.only(tables.PATIENT)["family"] == "True"
    assert "19700101" not in office.only(tables.PATIENT)["pid"]


def test_a_message_with_identifiers_of_two_patients_goes_to_the_first_and_tells(office: Office) -> None:
    """A conflict is for a person: the first identifier's patient is taken, the lanes are those of both."""
    office.take(person(10, ONE), person(11, TWO))
    both = person(20, f"{ONE}~{TWO}", name="Both^Of")

    (context,) = office.take(both)

    assert (of(office, 1)["family"], of(office, 2)["family"]) == ("Both", "Doe")
    row = office.only(tables.QUALITY)
    assert (row["code"], row["patient_id"], row["other_id"]) == ("identifier-conflict", 1, 2)
    assert lane_keys(office.facts(both), context) == ("HOSP|1", "HOSP|2")


def test_lanes_stay_when_a_patient_gains_identifiers(office: Office) -> None:
    """The founding identifier's text is the lane for ever, whichever number a message comes with."""
    more = "9^^^CLINIC^MR"
    office.take(person(10, ONE), person(20, f"{more}~{ONE}"))

    (context,) = office.take(person(30, more))

    assert lane_keys(office.facts(person(30, more)), context) == ("HOSP|1",)
    assert [row["key"] for row in office.rows(tables.IDENTIFIER)] == ["CLINIC|9", "HOSP|1"]


def test_two_messages_of_a_new_patient_in_one_batch_share_a_lane(office: Office) -> None:
    """The second sees what the first founded, even by another number."""
    first, second = person(10, f"{ONE}~8^^^CLINIC^MR"), person(11, "8^^^CLINIC^MR")

    before, after = office.take(first, second, together=True)

    assert lane_keys(office.facts(first), before) == lane_keys(office.facts(second), after) == ("HOSP|1",)
    assert len(office.rows(tables.PATIENT)) == 1


def test_a_message_without_identifiers_is_noted_and_keeps_nobody(office: Office) -> None:
    """No usable PID-3: no patient, no lane, one line on the list of things to look at."""
    nobody = person(10, "999-99-9999^^^USSSA^SS")

    (context,) = office.take(nobody, person(11, ""), together=False)[:1]

    assert office.rows(tables.PATIENT) == []
    assert [(row["code"], row["subject"]) for row in office.rows(tables.QUALITY)] == [("no-identifier", "listener adt")]
    assert lane_keys(office.facts(nobody), context) == ()


def test_unreadable_and_future_times_are_noted_and_the_next_best_is_taken(office: Office) -> None:
    """EVN-6 from the year 2099 must not make every later event a late one."""
    payload = person(10, ONE).replace(b"||||", b"||||20990101000000", 1).replace(at(10).encode(), b"yesterday", 1)

    facts = office.facts(payload)

    assert {code for code, _ in facts.notes} == {"time-unreadable", "time-in-future"}
    assert facts.effective_us < RECEIVED_US


def test_a_merge_retires_by_a_pointer_and_visits_stay_where_they_were(office: Office) -> None:
    """A40: MRG-1 into PID-3; the retired patient's rows keep their origin."""
    office.take(Adt("A01", 10, patient=ONE).payload, person(11, TWO), merge(20, TWO, ONE))

    assert (of(office, 1)["merged_into"], of(office, 2)["merged_into"]) == (2, None)
    assert office.only(tables.ENCOUNTER)["patient_id"] == 1
    assert office.only(tables.MERGE)["state"] == MergeState.APPLIED


def test_a_late_message_for_a_retired_number_lands_on_the_survivor(office: Office) -> None:
    """Demographics, a known visit and lanes follow the pointer; the detour is noted."""
    office.take(Adt("A01", 10, patient=ONE).payload, person(11, TWO), merge(20, TWO, ONE))
    late = person(30, ONE, name="Later^Name")

    (context,) = office.take(late)
    office.take(Adt("A03", 40, patient=TWO).payload)

    assert of(office, 2)["family"] == "Later"
    assert of(office, 1)["family"] == "Doe"
    assert lane_keys(office.facts(late), context) == ("HOSP|1", "HOSP|2")
    assert len(office.rows(tables.ENCOUNTER)) == 1
    assert office.only(tables.QUALITY)["code"] == "via-merged-id"


def test_an_event_from_before_the_merge_stays_history(office: Office) -> None:
    """A late update of the source, dated before the merge, says nothing of the survivor."""
    office.take(person(10, ONE), person(11, TWO), merge(20, TWO, ONE), person(15, ONE, name="Before^Merge"))

    assert (of(office, 1)["family"], of(office, 2)["family"]) == ("Before", "Doe")


def test_a_merge_that_comes_late_moves_what_came_after_it(office: Office) -> None:
    """The order of arrival does not show: what the source heard since the merge was the survivor's."""
    first, second = person(10, ONE), person(11, TWO)
    after, joined = person(30, ONE, name="After^Merge"), merge(20, TWO, ONE)
    office.take(first, second, joined, after)
    other = Office()

    other.take(first, second, after, joined)

    assert [row["family"] for row in other.rows(tables.PATIENT)] == ["Doe", "After"]
    assert other.told([tables.PATIENT]) == office.told([tables.PATIENT])
    other.close()


def test_chains_of_merges_are_followed_to_their_end(office: Office) -> None:
    """One into two, two into three: all three lanes, one patient to read."""
    office.take(person(10, ONE), person(11, TWO), person(12, THREE), merge(20, TWO, ONE), merge(21, THREE, TWO))

    (context,) = office.take(person(30, ONE, name="Now^Three"))

    assert context.lanes[Identifier("HOSP", "1")] == ("HOSP|1", "HOSP|2", "HOSP|3")
    assert of(office, 3)["family"] == "Now"


def test_merging_again_changes_nothing(office: Office) -> None:
    """A replay, and a merge of a patient into itself, are no-ops, also through a chain."""
    again = merge(20, TWO, ONE)
    office.take(person(10, ONE), person(11, TWO), again, merge(21, THREE, TWO))
    before = office.rows(tables.MERGE)

    office.take(again, merge(22, TWO, TWO))

    assert office.rows(tables.MERGE) == before


def test_unknown_numbers_of_a_merge_are_created(office: Office) -> None:
    """An unknown source becomes a retired stub, an unknown target comes from PID: later messages resolve."""
    office.take(merge(20, TWO, ONE))

    (context,) = office.take(person(30, ONE, name="Late^Name"))

    assert context.lanes[Identifier("HOSP", "1")] == ("HOSP|1", "HOSP|2")
    assert [row["family"] for row in office.rows(tables.PATIENT)] == ["Late", ""]


@pytest.mark.parametrize(
    ("setup", "asked", "code"),
    [
        ((merge(20, TWO, ONE),), merge(30, ONE, TWO), "merge-cycle"),
        ((person(12, ONE, born="19990101"),), merge(30, TWO, ONE), "merge-birth-differs"),
        ((person(12, ONE, sex="M"),), merge(30, TWO, ONE), "merge-sex-differs"),
        ((person(12, THREE), merge(20, TWO, ONE)), merge(30, THREE, ONE), "merge-source-retired"),
    ],
)
def test_merges_that_need_a_person_are_kept_aside(
    office: Office, setup: tuple[bytes, ...], asked: bytes, code: str
) -> None:
    """A cycle, another birth date or sex, a source that is already somebody else: not applied, but not lost."""
    office.take(person(10, ONE), person(11, TWO), *setup)
    pointers = [row["merged_into"] for row in office.rows(tables.PATIENT)]

    office.take(asked)

    assert [row["merged_into"] for row in office.rows(tables.PATIENT)] == pointers
    assert office.rows(tables.MERGE)[-1]["state"] == MergeState.KEPT_ASIDE
    assert code in {row["code"] for row in office.rows(tables.QUALITY)}


def test_a_year_of_birth_does_not_contradict_a_day_in_it(office: Office) -> None:
    """What is known of both is compared, not how much."""
    office.take(person(1, ONE, born="1980"), person(2, TWO, born="19800301"))

    office.take(merge(10, ONE, TWO, born="1980"))

    assert office.only(tables.MERGE)["state"] == MergeState.APPLIED


def test_numbers_are_paired_by_authority_and_the_others_left_alone(office: Office) -> None:
    """MRG-1 with a second authority that PID-3 does not have: that patient is not touched."""
    office.take(person(10, ONE), person(11, TWO), person(12, "7^^^CLINIC^MR"))

    office.take(merge(20, TWO, f"{ONE}~7^^^CLINIC^MR"))

    assert [row["merged_into"] for row in office.rows(tables.PATIENT)] == [2, None, None]


def test_several_groups_of_one_merge_are_several_merges(office: Office) -> None:
    """A40 repeats PID and MRG: each pair is a merge of its own, in order."""
    twice = merge(20, TWO, ONE).rstrip(b"\r") + b"\rPID|||" + b"4^^^HOSP^MR" + b"\rMRG|" + THREE.encode() + b"\r"

    office.take(twice)

    pointers = {row["lane_key"]: row["merged_into"] for row in office.rows(tables.PATIENT)}
    numbers = {row["lane_key"]: row["id"] for row in office.rows(tables.PATIENT)}
    assert pointers["HOSP|1"] == numbers["HOSP|2"]
    assert pointers["HOSP|3"] == numbers["HOSP|4"]
    assert len(office.rows(tables.EVENT)) == 2


def test_messages_in_other_delimiters_say_the_same(office: Office) -> None:
    """Facts are in the standard's delimiters, whatever the sender uses."""
    plain = Adt("A01", 10, more=("DG1|1||A00^One^I10",)).payload
    other = plain.replace(b"^~\\&", b"\x00").translate(bytes.maketrans(b"|^", b"#*")).replace(b"\x00", b"*~\\&")

    first, second = office.facts(plain), office.facts(other)

    assert first.identifiers == second.identifiers
    assert [effect.segments for effect in first.effects] == [effect.segments for effect in second.effects]


def test_other_messages_only_tell_who_they_are_about(office: Office) -> None:
    """SIU, MDM and the like: a provisional patient, so that lanes stay; no visit, no order."""
    office.take(b"MSH|^~\\&|A|HOSP|E|E|20260105||SIU^S12|1|P|2.5.1\rPID|||1^^^HOSP^MR||Doe^Jane\rPV1||O\r")

    assert office.only(tables.PATIENT)["lane_key"] == "HOSP|1"
    assert office.rows(tables.ENCOUNTER) == office.rows(tables.ORDER) == []


def test_a_laboratory_adds_its_numbers_only_to_its_own_patients(office: Office) -> None:
    """HL7.md 3.7: what admissions feeds is not extended by results."""
    office.take(person(10, ONE), oru(20, "F", obx("A", "1", "F"), patient=f"{ONE}~L1^^^LAB^PI"))
    office.take(oru(30, "F", patient="L2^^^LAB^PI~L3^^^LAB^PI", filler="F2^LAB"))

    assert [row["key"] for row in office.rows(tables.IDENTIFIER)] == ["HOSP|1", "LAB|L2", "LAB|L3"]


def test_nothing_shows_a_value_when_printed() -> None:
    """Facts and effects may end up in a traceback."""
    facts = facts_of(Message.parse(person(10, ONE)), Origin("adt", "", UTC, RECEIVED_US, "delta", "delta"))

    shown = f"{facts!r} {facts.effects!r}"

    assert "Doe" not in shown
    assert "HOSP" not in shown


def test_an_empty_context_gives_the_founding_keys(office: Office) -> None:
    """Nothing known: the first number of each group, so that two messages of somebody new agree."""
    facts = office.facts(merge(20, f"{TWO}~5^^^CLINIC", ONE))

    assert lane_keys(facts, Context()) == ("HOSP|1", "HOSP|2")
