"""The messages are good HL7 2.5.1, obviously synthetic, and of the sizes that the benchmarks promise."""

import re
from collections import Counter
from datetime import UTC, datetime
from statistics import fmean
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message

from engine.journeys import Event, Sender, mixed
from engine.journeys.panels import PANELS
from engine.journeys.site_time import stamp
from tests.unit.journeys.hospital_ledger import segments_of

EVENTS = mixed(7, 4_000)
TEXTS = [event.payload.decode() for event in EVENTS]
STAMP = re.compile(r"(?<![\d.])(20\d{12})([+-]\d{4})")


def of_each_kind(most: int) -> list[Event]:
    """Return up to *most* messages of every kind."""
    seen: Counter[str] = Counter()
    chosen = []
    for event in EVENTS:
        seen[event.kind] += 1
        if seen[event.kind] <= most:
            chosen.append(event)
    return chosen


def test_every_message_is_framed_by_its_header_and_carriage_returns() -> None:
    """MSH first, every segment ended by CR, no other control character anywhere."""
    for text in TEXTS:
        assert text.startswith("MSH|^~\\&|")
        assert text.endswith("\r")
        assert "\r\r" not in text
        assert not re.search(r"[\x00-\x0c\x0e-\x1f]", text)


def test_the_header_names_its_sender() -> None:
    """MSH-3 to MSH-6, MSH-9 to MSH-12 are what the routes of the demo expect."""
    for event in EVENTS:
        msh = segments_of(event.payload)["MSH"]

        facility = "STMARY" if event.sender is Sender.ADMISSIONS else "STMARYLAB"
        assert msh[3:7] == [event.sender.value, facility, "ENGINE", "STMARY"]
        assert msh[9].startswith(event.kind.replace("ORU^R01", "ORU^R01^ORU_R01"))
        assert msh[10:13] == [event.control_id, "P", "2.5.1"]


@pytest.mark.parametrize("event", of_each_kind(4), ids=lambda event: f"{event.kind}-{event.control_id}")
def test_the_standard_has_nothing_to_object(event: Event) -> None:
    """hl7apy as oracle, strict: structure, required fields, tables, data types."""
    message = parse_message(event.payload.decode(), validation_level=VALIDATION_LEVEL.STRICT)

    assert message.validate()


def test_the_character_set_is_declared_exactly_when_it_is_needed() -> None:
    """An empty MSH-18 promises ASCII; some names need more, most do not."""
    beyond = [text for text in TEXTS if not text.isascii()]

    assert all(text.split("\r")[0].endswith("||||||UNICODE UTF-8") for text in beyond)
    assert not any("UNICODE" in text for text in TEXTS if text.isascii())
    assert 0.1 < len(beyond) / len(TEXTS) < 0.4


def test_names_come_from_many_countries() -> None:
    """Apostrophes, diacritics and other scripts are met in a small sample."""
    everything = "".join(TEXTS)

    assert all(re.search(pattern, everything) for pattern in ("O'[A-Z]", "[À-ÿ]", "[\u4e00-\u9fff]", "[\u0600-\u06ff]"))


@pytest.mark.parametrize("escape", ["\\T\\", "\\.br\\", "\\F\\"])
def test_escapes_are_in_use(escape: str) -> None:
    """Whoever forgets to unescape is found out."""
    assert any(escape in text for text in TEXTS)


def test_nothing_could_be_mistaken_for_a_real_person() -> None:
    """Telephones are 555-01xx, social security numbers 9xx with a group never issued, mail goes nowhere."""
    everything = "".join(TEXTS)

    assert set(re.findall(r"\)(\d{3}-\d\d)\d\d\^", everything)) == {"555-01"}
    assert all(re.fullmatch(r"9\d\d-[0-4]\d-\d{4}", n) for n in re.findall(r"([\d-]+)\^\^\^USSSA\^SS", everything))
    assert set(re.findall(r"@[\w.]+", everything)) == {"@example.org"}


def test_most_patients_live_in_the_hospitals_state() -> None:
    """A registry of the state gets most, never all."""
    states = Counter(segments_of(event.payload)["PID"][11].split("^")[3] for event in EVENTS)

    assert states.most_common(1)[0][0] == "NC"
    assert 0.6 < states["NC"] / len(EVENTS) < 0.95


def test_sizes_are_those_of_the_benchmark() -> None:
    """About 0.8 kB of ADT and 1.1 kB of ORU."""
    adt, oru = (
        fmean(len(event.payload) for event in EVENTS if event.sender is sender)
        for sender in (Sender.ADMISSIONS, Sender.LAB)
    )

    assert 750 < adt < 930
    assert 1_000 < oru < 1_200


def test_a_few_results_interest_public_health() -> None:
    """Some tests are reportable when abnormal; most results are not."""
    reportable = ("94500-6", "85477-8", "85478-6", "5671-3", "43304-5", "43305-2", "22314-9", "625-4", "600-7")
    results = [event.payload.decode() for event in EVENTS if event.sender is Sender.LAB]

    for_registry = [
        text
        for text in results
        if re.search(rf"OBX\|\d+\|\w+\|({'|'.join(reportable)})\^[^\r]*\|(A|H|HH)\|\|\|[FC]", text)
    ]

    assert 0.02 < len(for_registry) / len(results) < 0.2


def test_every_panel_of_the_catalogue_is_ordered() -> None:
    """A charge table that keys on OBR-4 is tried in full."""
    ordered = {segments_of(event.payload)["OBR"][4] for event in EVENTS if event.sender is Sender.LAB}

    assert ordered == {f"{panel.code}^LN" for panel in PANELS}


def test_an_observations_status_agrees_with_its_order() -> None:
    """A correction corrects what is wrong and repeats the rest; nothing is reported of a cancelled test."""
    allowed = {"P": {"P"}, "F": {"F"}, "C": {"C", "F"}, "X": {"X"}}
    for event in EVENTS:
        if event.sender is Sender.LAB:
            lines = [text.split("|") for text in event.payload.decode().split("\r")]
            obr = next(line for line in lines if line[0] == "OBR")
            observations = [line for line in lines if line[0] == "OBX"]

            assert {line[11] for line in observations} <= allowed[obr[25]]
            assert obr[25] != "C" or any(line[11] == "C" for line in observations)


def test_a_removed_number_is_said_once() -> None:
    """PID-14 holds the delete indicator in the message that deletes, and nothing afterwards."""
    work = [segments_of(event.payload)["PID"][14] for event in EVENTS if event.sender is Sender.ADMISSIONS]

    assert '""' in work
    assert work.count('""') < len(work) / 20


def test_offsets_are_those_of_new_york() -> None:
    """The computed offset agrees with the time zone database, also around both changes of the clock."""
    try:
        zone = ZoneInfo("America/New_York")
    except ZoneInfoNotFoundError:
        pytest.skip("this machine has no time zone database")
    hours = range(1_767_225_600, 1_767_225_600 + 3 * 366 * 86_400, 1_800)

    for second in hours:
        assert stamp(second) == datetime.fromtimestamp(second, UTC).astimezone(zone).strftime("%Y%m%d%H%M%S%z")


def test_every_time_of_day_carries_its_offset() -> None:
    """A receiver in another zone reads the right moment, and MSH-7 is the event's."""
    for event, text in zip(EVENTS, TEXTS, strict=True):
        stamps = STAMP.findall(text)

        assert len(re.findall(r"(?<!\d)20\d{12}(?![\d+-])", text)) == 0
        assert datetime.strptime("".join(stamps[0]), "%Y%m%d%H%M%S%z") == event.at
