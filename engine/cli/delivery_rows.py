"""A delivery as a row of a table and as JSON; no lane keys, for they are patients' numbers."""

from typing import Any

from sqlalchemy import RowMapping

from engine.cli.screens import shown_time, written_time
from engine.config.site import Site
from engine.operations import name_of
from engine.states import DeliveryState

DELIVERY_COLUMNS = ("delivery", "destination", "state", "changed", "tries", "next try", "reason")
"""The columns of `delivery_row`."""


def delivery_row(row: RowMapping, site: Site) -> tuple[object, ...]:
    """Return name, destination, state, when that changed, tries, when the next is due, and the reason."""
    return (
        name_of((row["message_id"], row["ordinal"])),
        row["destination"],
        DeliveryState(row["state"]).name.lower(),
        shown_time(row["updated_at"], site.zone),
        row["attempts"] or "",
        shown_time(row["next_at"], site.zone) if row["next_at"] else "",
        _reason(row),
    )


def _reason(row: RowMapping) -> str:
    """Return the reason, and the rule that gave it while that is what stands in the way."""
    is_unmade = row["state"] in {DeliveryState.PARKED, DeliveryState.HELD} and row["position"]
    return f"{row['reason']} at {row['position']}" if is_unmade else str(row["reason"])


def delivery_json(row: RowMapping, site: Site) -> dict[str, Any]:
    """Return a delivery for programs."""
    return {
        "delivery": name_of((row["message_id"], row["ordinal"])),
        "destination": row["destination"],
        "route": row["route"],
        "state": DeliveryState(row["state"]).name.lower(),
        "changed": written_time(row["updated_at"], site.zone),
        "tries": row["attempts"],
        "next_try": written_time(row["next_at"], site.zone) if row["next_at"] else None,
        "control_id": row["control_id"],
        "reason": row["reason"],
        "position": row["position"],
        "has_bytes": bool(row["payload_hash"]),
        "possible_duplicate": bool(row["possible_duplicate"]),
    }
