"""The audit trail: who did what to which message, in the same transaction as the deed; nothing is ever changed."""

from dataclasses import dataclass

from sqlalchemy import Connection, insert

from engine.clock import now_us
from engine.journal.tables import AUDIT


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing somebody did."""

    actor: str
    """The person or program, as the control socket or the dashboard knows them."""
    action: str
    """A stable code: ``delivery-skipped``, ``payload-opened`` ..."""
    message_id: int | None = None
    ordinal: int | None = None
    detail: str = ""
    """Codes and counts, never a value from a message."""


def record(connection: Connection, deed: Deed) -> None:
    """Add *deed* to the trail; call it in the writer's transaction, beside the change that it tells of."""
    row = {
        "at": now_us(),
        "actor": deed.actor,
        "action": deed.action,
        "message_id": deed.message_id,
        "ordinal": deed.ordinal,
        "detail": deed.detail,
    }
    connection.execute(insert(AUDIT).values(**row))
