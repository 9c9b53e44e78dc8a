"""The hospital's days as an endless stream of messages in time order, steered to the mix of ADT and ORU asked for."""

from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, datetime
from heapq import heapify, heappop, heappush

from engine.journeys import itinerary
from engine.journeys.admissions import admission_segments, message_type, trigger_of
from engine.journeys.dice import Dice
from engine.journeys.encounters import Hospital
from engine.journeys.event import Event, Sender
from engine.journeys.header import encode
from engine.journeys.itinerary import Act
from engine.journeys.laboratory import Order, advance, place_order, place_stray_order
from engine.journeys.people import registered_twice, some_person
from engine.journeys.results import MESSAGE_TYPE, result_segments
from engine.journeys.stays import Patient, Stay

START = datetime(2026, 1, 5, 11, 0, tzinfo=UTC)
"""A Monday, six in the morning at the hospital."""

_USUAL_RESULTS_PER_ADT = 2 / 3
_ARRIVAL_SECONDS = (60, 540)
_MOST_ORDERS_AT_ONCE = 8
_REMEMBERED_PATIENTS = 2_000
_SEEN_STAYS = 64


def journeys(seed: int, start: datetime) -> Iterator[Event]:
    """Return an endless stream from *start* on, six ADT to four ORU; about 2,900 messages per simulated day."""
    return _Stream(seed, start, _USUAL_RESULTS_PER_ADT)


def take(seed: int, adt: int, oru: int, start: datetime = START) -> list[Event]:
    """Return exactly so many ADT and ORU messages in time order.

    Every result's patient was registered earlier in the list; without any ADT the registrations count as sent before.
    """
    if adt == 0:
        results = (event for event in journeys(seed, start) if event.sender is Sender.LAB)
        return [next(results) for _ in range(oru)]
    stream = _Stream(seed, start, oru / adt)
    events: list[Event] = []
    left = {Sender.ADMISSIONS: adt, Sender.LAB: oru}
    if oru == 0:
        stream.close(Sender.LAB)
    while any(left.values()):
        event = next(stream)
        events.append(event)
        left[event.sender] -= 1
        if left[event.sender] == 0:
            stream.close(event.sender)
    return events


def mixed(seed: int, n: int, adt_share: float = 0.6) -> list[Event]:
    """Return *n* messages in time order, *adt_share* of them ADT."""
    adt = int(n * adt_share + 0.5)
    return take(seed, adt, n - adt)


class _Arrival:
    """The next patient at the door."""


_Item = Stay | Order | _Arrival


class _Stream:
    """An agenda of what happens when; taking the earliest entry from it gives the next message."""

    def __init__(self, seed: int, start: datetime, results_per_adt: float) -> None:
        # numbers carry the seed, so that two seeds can feed one engine without sharing patients
        first = seed % 1_000 * 1_000_000
        self._prefix = f"J{seed % 1_000_000_000}-"
        self._dice = Dice(seed)
        self._hospital = Hospital(self._dice, first, start.year)
        self._patients = first
        self._orders = first
        self._results_per_adt = results_per_adt
        self._lab_is_open = True
        self._admitted = 0
        """ADT messages sent."""
        self._promised = 0
        """ORU messages sent or sure to come."""
        self._position = 0
        self._entries = 0
        self._returning: list[Patient] = []
        self._seen: list[Stay] = []
        """The stays of the last messages: whom orders are for."""
        self._now = timegm(start.utctimetuple())
        self._agenda: list[tuple[int, int, _Item]] = []
        self._enter(self._now, _Arrival())

    def __iter__(self) -> "_Stream":
        return self

    def __next__(self) -> Event:
        while True:
            if not self._agenda:
                # admissions has fallen silent and every result is out: somebody it told of is examined again
                self._order(self._someone())
            self._now, _, item = heappop(self._agenda)
            match item:
                case _Arrival():
                    self._arrive()
                case Order():
                    return self._report(item)
                case Stay() if item.steps[item.next_step].act is Act.RESULT_RETIRED:
                    self._stray_result(item)
                case Stay():
                    return self._admit(item)

    def close(self, sender: Sender) -> None:
        """Let *sender* fall silent: nothing more happens there, the other goes on with what it knows."""
        orders_only = sender is Sender.ADMISSIONS
        self._agenda = [entry for entry in self._agenda if isinstance(entry[2], Order) == orders_only]
        heapify(self._agenda)
        if not orders_only:
            self._results_per_adt = 0.0
            self._lab_is_open = False

    def _enter(self, at: int, item: _Item) -> None:
        self._entries += 1
        heappush(self._agenda, (at, self._entries, item))

    def _arrive(self) -> None:
        """Let somebody come in, and say when the next one does."""
        dice, now = self._dice, self._now
        self._enter(now + dice.between(*_ARRIVAL_SECONDS), _Arrival())
        if self._returning and dice.chance(0.04):
            self._begin(self._second_registration(self._come_back()))
        elif self._returning and dice.chance(0.3):
            self._begin(Stay(self._come_back(), itinerary.returning(dice), dice))
        else:
            serial = self._next_patient()
            person = some_person(dice, serial, self._hospital.year)
            self._begin(Stay(Patient(f"P{serial:06d}", serial, person), itinerary.newcomer(dice), dice))

    def _second_registration(self, known: Patient) -> Stay:
        """Return the stay of somebody whom the clerk did not find in the files."""
        serial = self._next_patient()
        person = registered_twice(self._dice, known.person, serial)
        twin = Patient(f"P{serial:06d}", serial, person, key=known.key)
        return Stay(twin, itinerary.mistaken(self._dice), self._dice, survivor=known)

    def _next_patient(self) -> int:
        self._patients += 1
        return self._patients

    def _come_back(self) -> Patient:
        """Return a patient who is away, no longer away."""
        away = self._returning
        index = int(self._dice.roll() * len(away))
        away[index], away[-1] = away[-1], away[index]
        return away.pop()

    def _begin(self, stay: Stay) -> None:
        self._enter(self._now + 60 * stay.steps[0].minutes, stay)

    def _admit(self, stay: Stay) -> Event:
        """Do the stay's next act and tell it; the laboratory hears of it too."""
        now = self._now
        act = self._hospital.perform(stay, now)
        event = self._event(
            Sender.ADMISSIONS,
            f"ADT^{trigger_of(act)}",
            message_type(act),
            stay.patient,
            admission_segments(act, stay, now),
        )
        self._go_on(stay)
        self._remember(stay)
        self._keep_the_mix(stay)
        return event

    def _go_on(self, stay: Stay) -> None:
        """Enter the stay's next act; after the last, the patient is away and may come back."""
        if not stay.finished:
            self._enter(self._now + 60 * stay.steps[stay.next_step].minutes + self._dice.between(0, 59), stay)
        elif not stay.patient.person.death:
            if len(self._returning) >= _REMEMBERED_PATIENTS:
                self._come_back()
            self._returning.append(stay.patient)

    def _remember(self, stay: Stay) -> None:
        slot = self._admitted % _SEEN_STAYS
        self._admitted += 1
        if slot < len(self._seen):
            self._seen[slot] = stay
        else:
            self._seen.append(stay)

    def _keep_the_mix(self, stay: Stay) -> None:
        """Place as many orders as results are owed; most of them for the stay just heard of."""
        for _ in range(_MOST_ORDERS_AT_ONCE):
            if self._promised >= self._admitted * self._results_per_adt:
                return
            likely = stay.under_care and self._dice.chance(0.6)
            self._order(stay if likely else self._someone())

    def _someone(self) -> Stay:
        """Return a stay heard of lately, one under care if a few tries find any."""
        for _ in range(4):
            stay = self._dice.pick(self._seen)
            if stay.under_care:
                break
        return stay

    def _order(self, stay: Stay) -> None:
        self._orders += 1
        self._expect(place_order(self._dice, self._orders, stay, self._now))

    def _stray_result(self, stay: Stay) -> None:
        """Have the laboratory report under a number that is no more."""
        stay.next_step += 1
        self._go_on(stay)
        if self._lab_is_open:
            self._orders += 1
            self._expect(place_stray_order(self._dice, self._orders, stay, self._now))

    def _expect(self, order: Order) -> None:
        self._promised += len(order.reports)
        self._enter(self._now + 60 * order.reports[0].minutes, order)

    def _report(self, order: Order) -> Event:
        """Send the order's next report and enter the one after it."""
        report = advance(self._dice, order)
        segments = result_segments(order, report, self._now)
        if not order.finished:
            self._enter(self._now + 60 * order.reports[order.next_report].minutes, order)
        return self._event(Sender.LAB, "ORU^R01", MESSAGE_TYPE, order.patient, segments)

    def _event(self, sender: Sender, kind: str, type_field: str, patient: Patient, segments: list[str]) -> Event:
        self._position += 1
        control_id = f"{self._prefix}{self._position:08d}"
        payload = encode(sender, type_field, self._now, control_id, segments)
        return Event(sender, datetime.fromtimestamp(self._now, UTC), kind, patient.key, control_id, payload)
