"""Effects as event rows and back, so that the index can be folded again when the bodies are gone. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.index.effects import FACTS_VERSION, Effect, Facts, Note, Origin
from engine.index.facts_adt import adt_effect, numbered_visit
from engine.index.facts_oru import order_effect
from engine.index.kinds import SNAPSHOTS
from engine.index.records import EventRecord, Rank


def rank_of(kind: str) -> Rank:
    """Return how much an event of that kind may say of demographics (HL7.md 3.3)."""
    if kind in SNAPSHOTS:
        return Rank.SNAPSHOT
    return Rank.EVENT if kind[:1] == "A" and "^" not in kind else Rank.ASIDE


def facts_text(effect: Effect) -> str:
    """Return the effect's segments as an event keeps them."""
    return "\r".join(effect.segments)


def origin_text(origin: Origin) -> str:
    """Return what the fold must know of an origin, as an event keeps it."""
    return f"{origin.authority}|{origin.zone}|{origin.updates}|{origin.results}|{origin.listener}"


def origin_of(text: str, received_us: int) -> Origin:
    """Return the origin that *text* was written from."""
    authority, zone, updates, results, listener = text.split("|", 4)
    return Origin(listener, authority, zone_called(zone), received_us, updates, results)


@lru_cache(maxsize=64)
def zone_called(name: str) -> tzinfo:
    """Return the zone whose text is *name*: a zone of the database, or a plain offset as Python writes it."""
    if name.startswith("UTC") and len(name) == 9:
        distance = timedelta(hours=int(name[4:6]), minutes=int(name[7:9]))
        return timezone(-distance if name[3] == "-" else distance)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def notes_text(notes: Iterable[Note]) -> str:
    """Return notes as an event keeps them."""
    return " ".join(f"{code}:{segment}" for code, segment in notes)


def notes_of(text: str) -> tuple[Note, ...]:
    """Return the notes that *text* was written from."""
    return tuple((code, int(segment)) for code, _, segment in (part.partition(":") for part in text.split()))


def stored_effect(event: EventRecord) -> Effect:
    """Return the effect of an event as far as folding it into its own patient, visit or order needs it."""
    origin = origin_of(event.origin, event.received_at)
    segments = tuple(event.facts.split("\r")) if event.facts else ()
    times = (event.effective_at, event.recorded_at, event.sent_at)
    visit = ""
    if event.order_id is not None:
        visit = next((numbered_visit(each.split("|"), origin) for each in segments if each.startswith("PV1")), "")
    return Effect(event.kind, *times, origin, (), (), visit, "", "", segments)


def stored_facts(events: Sequence[EventRecord]) -> Facts:
    """Return the facts that the events of one message, in order, were made from."""
    effects: list[Effect] = []
    for event in events:
        bare = stored_effect(event)
        times = (event.effective_at, event.recorded_at, event.sent_at)
        if event.kind[:1] == "A" or "^" in event.kind:
            effect = adt_effect(event.kind, times, bare.origin, bare.segments)
        else:
            effect = order_effect(event.kind, times, bare.origin, bare.segments)._replace(effective_us=times[0])
            if effects and not any(segment.startswith("PID") for segment in bare.segments):
                effect = effect._replace(subject=effects[-1].subject)
        effects.append(effect)
    groups = dict.fromkeys(group for effect in effects for group in (effect.subject, effect.retired) if group)
    flat = tuple(dict.fromkeys(identifier for group in groups for identifier in group))
    notes = notes_of(events[0].notes)
    return Facts(effects[0].kind, effects[0].effective_us, tuple(groups), flat, tuple(effects), notes)


def unfolded(message_id: int, facts: Facts) -> list[EventRecord]:
    """Return the events of a message that the fold has failed on: kept for the next folding, tied to nothing."""
    notes = notes_text(facts.notes)
    effects = enumerate(facts.effects, 1)
    return [event_of(effect, message_id, number, notes if number == 1 else "") for number, effect in effects]


def event_of(effect: Effect, message_id: int, ordinal: int, notes: str) -> EventRecord:
    """Return the event of an effect, not yet tied to anything."""
    return EventRecord(
        message_id,
        ordinal,
        None,
        None,
        None,
        effect.kind,
        rank_of(effect.kind),
        effect.effective_us,
        effect.recorded_us,
        effect.sent_us,
        effect.origin.received_us,
        origin_text(effect.origin),
        notes,
        FACTS_VERSION,
        facts_text(effect),
    )
