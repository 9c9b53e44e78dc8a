"""Every event of a visit and of the person: what turned when, beds, allergies, and which message brought each fact.

The tables are made anew, because a column that is added to one stands at its end for ever. What older messages brought
is known again after ``engine index rebuild``.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TYPES: dict[str, Any] = {"big": BIG, "text": sa.Text(), "small": sa.SmallInteger(), "number": sa.Integer()}
_BY_ROWID = frozenset({"patient", "encounter", "lab_order"})

_NEW = {
    "visit_turn": "big:encounter_id* big:number* small:aspect big:since_at text:kind text:value big:message_id",
    "bed": "text:key* text:place text:status big:effective_at big:recorded_at big:sent_at big:message_id",
    "allergy": "big:patient_id* big:number* text:kind text:code text:system text:name text:severity text:reaction "
    "text:since text:status big:message_id",
}
# * of the key, ? may be null, ! unique, + new
_WIDER = {
    "patient": "big:id* text:lane_key! big:merged_into? big:merged_at small:rank big:effective_at big:recorded_at "
    "big:sent_at text:family text:given text:born text:sex text:died text:deceased text:pid text:pd1 text:nk1 text:in1 "
    "text:allergies+ text:allergies_by+ big:pid_by+ big:nk1_by+ big:in1_by+ big:death_by+ big:erased_at?+ "
    "big:erased_by+",
    "patient_identifier": "text:key* text:authority text:value text:type_code big:patient_id big:message_id+",
    "encounter": "big:id* text:number_key big:patient_id small:status small:provisional small:cancels number:movements "
    "number:turns+ big:effective_at big:recorded_at big:sent_at text:patient_class text:former_key+ text:location "
    "text:temporary+ text:pending+ big:begun_at? big:ended_at? text:disposition text:flags text:pv1 text:pv2 text:dg1 "
    "text:pr1 text:gt1 text:in1 big:visit_by+ big:dg1_by+ big:pr1_by+ big:gt1_by+ big:in1_by+",
    "location": "big:encounter_id* big:number* big:since_at text:kind text:place text:unit big:message_id+",
    "diagnosis": "big:encounter_id* big:number* text:code text:system text:name text:kind text:priority "
    "big:message_id+",
    "procedure": "big:encounter_id* big:number* text:code text:system text:name text:done big:message_id+",
    "coverage": "big:patient_id* big:encounter_id* big:number* text:plan text:company text:company_name text:policy "
    "text:group_number text:starts text:ends big:message_id+",
    "lab_order": "big:id* big:patient_id text:filler_key text:placer_key text:visit_key big:effective_at "
    "big:recorded_at big:sent_at text:code text:system text:name text:status big:collected_at? big:reported_at? "
    "text:obr big:message_id+",
    "result": "big:order_id* text:code* text:sub_id* number:revision* small:current text:status text:value_type "
    "text:name text:value text:units text:reference_range text:flags big:observed_at? big:message_id+",
}
_INDEXES = {
    "patient": {"ix_patient_merged": ["merged_into"]},
    "patient_identifier": {"ix_patient_identifier_patient": ["patient_id"]},
    "encounter": {"ix_encounter_number": ["number_key"], "ix_encounter_patient": ["patient_id"]},
    "lab_order": {
        "ix_lab_order_filler": ["filler_key"],
        "ix_lab_order_placer": ["placer_key"],
        "ix_lab_order_patient": ["patient_id"],
    },
}


def upgrade() -> None:
    """Make the new tables, and the old ones with their new columns."""
    for name, columns in _NEW.items():
        _create(name, columns)
    for name, columns in _WIDER.items():
        if op.get_bind().dialect.name == "sqlite":
            _make_anew(name, columns)
        else:
            _widen(name, columns)


def _make_anew(name: str, columns: str) -> None:
    for index in _INDEXES.get(name, {}):
        op.drop_index(index, name)
    op.rename_table(name, f"{name}_before")
    _create(name, columns)
    for index, over in _INDEXES.get(name, {}).items():
        where = sa.text(f"{over[0]} IS NOT NULL") if index == "ix_patient_merged" else None
        op.create_index(index, name, over, sqlite_where=where)
    names = ", ".join(_name(each) for each in columns.split())
    values = ", ".join(_fresh(each) if "+" in each else _name(each) for each in columns.split())
    copied = f"INSERT INTO {name} ({names}) SELECT {values} FROM {name}_before"  # noqa: S608  names of this file
    op.execute(copied)
    op.drop_table(f"{name}_before")


def _widen(name: str, columns: str) -> None:
    for each in columns.split():
        if "+" in each:
            column = _column(each)
            op.add_column(name, column if column.nullable else _filled(each))
            if not column.nullable:
                op.alter_column(name, _name(each), server_default=None)


def _create(name: str, columns: str) -> None:
    made = [_column(each) for each in columns.split()]
    if name in _BY_ROWID:
        op.create_table(name, *made)
    else:
        op.create_table(name, *made, sqlite_with_rowid=False)


def _column(text: str) -> Any:
    kind = _TYPES[text.partition(":")[0]]
    if "*" in text:
        return sa.Column(_name(text), kind, primary_key=True, autoincrement=False)
    if "!" in text:
        return sa.Column(_name(text), kind, nullable=False, unique=True)
    return sa.Column(_name(text), kind, nullable="?" in text)


def _filled(text: str) -> Any:
    return sa.Column(_name(text), _TYPES[text.partition(":")[0]], nullable=False, server_default=sa.text(_fresh(text)))


def _name(text: str) -> str:
    return text.partition(":")[2].rstrip("*?!+")


def _fresh(text: str) -> str:
    """Return what stands in a new column of an old row."""
    if "?" in text:
        return "NULL"
    return "''" if text.startswith("text") else "0"
