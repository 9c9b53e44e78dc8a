"""Who is who: what merges, moves, changes and links came to, what belongs to somebody else, and suspected overlays."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TYPES: dict[str, Any] = {"big": BIG, "text": sa.Text(), "small": sa.SmallInteger(), "number": sa.Integer()}

_OVERLAY = "big:message_id* big:ordinal* big:patient_id small:state text:reason"
# * of the key, ? may be null, ! unique, + new
_WIDER = {
    "patient": "big:id* text:lane_key! big:merged_into? big:merged_at big:joined_at+ small:rank big:effective_at "
    "big:recorded_at big:sent_at text:family text:given text:born text:sex text:died text:deceased text:pid text:pd1 "
    "text:nk1 text:in1 text:allergies text:allergies_by big:pid_by big:nk1_by big:in1_by big:death_by big:erased_at? "
    "big:erased_by",
    "encounter": "big:id* text:number_key big:patient_id big:moved_to?+ big:merged_into?+ small:status "
    "small:provisional small:cancels number:movements number:turns big:effective_at big:recorded_at big:sent_at "
    "text:patient_class text:former_key text:location text:temporary text:pending big:begun_at? big:ended_at? "
    "text:disposition text:flags text:pv1 text:pv2 text:dg1 text:pr1 text:gt1 text:in1 big:visit_by big:dg1_by "
    "big:pr1_by big:gt1_by big:in1_by",
    "lab_order": "big:id* big:patient_id text:filler_key text:placer_key text:visit_key big:effective_at "
    "big:recorded_at big:sent_at text:code text:system text:name text:status big:collected_at? big:reported_at? "
    "text:obr big:message_id big:moved_to?+",
    "patient_merge": "big:message_id* big:ordinal* big:number* text:kind+ big:source_id big:target_id text:source_key+ "
    "text:target_key+ big:effective_at small:decided+ small:state text:reason",
}
_INDEXES = {
    "patient": {"ix_patient_merged": "merged_into"},
    "encounter": {"ix_encounter_number": "number_key", "ix_encounter_patient": "patient_id"},
    "lab_order": {
        "ix_lab_order_filler": "filler_key",
        "ix_lab_order_placer": "placer_key",
        "ix_lab_order_patient": "patient_id",
    },
    "patient_merge": {},
}
_NEW_INDEXES = {
    "encounter": {"ix_encounter_held": "moved_to"},
    "lab_order": {"ix_lab_order_held": "moved_to"},
    "patient_merge": {"ix_patient_merge_source": "source_id", "ix_patient_merge_target": "target_id"},
}
_PARTIAL = frozenset({"ix_patient_merged", "ix_encounter_held", "ix_lab_order_held"})


def upgrade() -> None:
    """Add the columns and the table; what was merged before is a merge that nobody has decided about."""
    for name, columns in _WIDER.items():
        if op.get_bind().dialect.name == "sqlite":
            _make_anew(name, columns.split())
        else:
            _widen(name, columns.split())
        _index(name, _NEW_INDEXES.get(name, {}))
    op.create_table("overlay", *map(_column, _OVERLAY.split()), sqlite_with_rowid=False)
    op.create_index("ix_overlay_patient", "overlay", ["patient_id"])
    op.execute("UPDATE patient_merge SET kind = 'merge'")
    op.execute(
        "UPDATE patient SET joined_at = coalesce((SELECT max(m.effective_at) FROM patient_merge m "
        "WHERE m.source_id = patient.id OR m.target_id = patient.id), 0)"
    )


def _make_anew(name: str, columns: list[str]) -> None:
    for index in _INDEXES[name]:
        op.drop_index(index, name)
    op.rename_table(name, f"{name}_before")
    options = {"sqlite_with_rowid": False} if name == "patient_merge" else {}
    op.create_table(name, *map(_column, columns), **options)
    _index(name, _INDEXES[name])
    names = ", ".join(map(_name, columns))
    values = ", ".join(_fresh(each) if "+" in each else _name(each) for each in columns)
    op.execute(f"INSERT INTO {name} ({names}) SELECT {values} FROM {name}_before")  # noqa: S608  names of this file
    op.drop_table(f"{name}_before")


def _widen(name: str, columns: list[str]) -> None:
    for each in columns:
        if "+" in each:
            fresh = None if "?" in each else sa.text(_fresh(each))
            op.add_column(name, sa.Column(_name(each), _kind(each), nullable="?" in each, server_default=fresh))
            op.alter_column(name, _name(each), server_default=None)


def _index(name: str, indexes: dict[str, str]) -> None:
    for index, column in indexes.items():
        where = sa.text(f"{column} IS NOT NULL") if index in _PARTIAL else None
        op.create_index(index, name, [column], sqlite_where=where, postgresql_where=where)


def _column(text: str) -> Any:
    if "*" in text:
        return sa.Column(_name(text), _kind(text), primary_key=True, autoincrement=False)
    if "!" in text:
        return sa.Column(_name(text), _kind(text), nullable=False, unique=True)
    return sa.Column(_name(text), _kind(text), nullable="?" in text)


def _kind(text: str) -> Any:
    return _TYPES[text.partition(":")[0]]


def _name(text: str) -> str:
    return text.partition(":")[2].rstrip("*?!+")


def _fresh(text: str) -> str:
    """Return what stands in a new column of an old row."""
    if "?" in text:
        return "NULL"
    return "''" if text.startswith("text") else "0"
