"""The record index: patients, identifiers, visits, orders, results, and the events that they are folded from."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _create_patient() -> None:
    op.create_table(
        "patient",
        sa.Column("id", BIG, primary_key=True, autoincrement=False),
        sa.Column("lane_key", sa.Text(), nullable=False, unique=True),
        sa.Column("merged_into", BIG, nullable=True),
        sa.Column("merged_at", BIG, nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("effective_at", BIG, nullable=False),
        sa.Column("recorded_at", BIG, nullable=False),
        sa.Column("sent_at", BIG, nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("given", sa.Text(), nullable=False),
        sa.Column("born", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("died", sa.Text(), nullable=False),
        sa.Column("deceased", sa.Text(), nullable=False),
        sa.Column("pid", sa.Text(), nullable=False),
        sa.Column("pd1", sa.Text(), nullable=False),
        sa.Column("nk1", sa.Text(), nullable=False),
        sa.Column("in1", sa.Text(), nullable=False),
    )
    where = sa.text("merged_into IS NOT NULL")
    op.create_index("ix_patient_merged", "patient", ["merged_into"], sqlite_where=where, postgresql_where=where)


def _create_patient_identifier() -> None:
    op.create_table(
        "patient_identifier",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("type_code", sa.Text(), nullable=False),
        sa.Column("patient_id", BIG, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_patient_identifier_patient", "patient_identifier", ["patient_id"])


def _create_encounter() -> None:
    op.create_table(
        "encounter",
        sa.Column("id", BIG, primary_key=True, autoincrement=False),
        sa.Column("number_key", sa.Text(), nullable=False),
        sa.Column("patient_id", BIG, nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("provisional", sa.SmallInteger(), nullable=False),
        sa.Column("cancels", sa.SmallInteger(), nullable=False),
        sa.Column("movements", sa.Integer(), nullable=False),
        sa.Column("effective_at", BIG, nullable=False),
        sa.Column("recorded_at", BIG, nullable=False),
        sa.Column("sent_at", BIG, nullable=False),
        sa.Column("patient_class", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("begun_at", BIG, nullable=True),
        sa.Column("ended_at", BIG, nullable=True),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("pv1", sa.Text(), nullable=False),
        sa.Column("pv2", sa.Text(), nullable=False),
        sa.Column("dg1", sa.Text(), nullable=False),
        sa.Column("pr1", sa.Text(), nullable=False),
        sa.Column("gt1", sa.Text(), nullable=False),
        sa.Column("in1", sa.Text(), nullable=False),
    )
    op.create_index("ix_encounter_number", "encounter", ["number_key"])
    op.create_index("ix_encounter_patient", "encounter", ["patient_id"])


def _create_location() -> None:
    op.create_table(
        "location",
        sa.Column("encounter_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("number", BIG, primary_key=True, autoincrement=False),
        sa.Column("since_at", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )


def _create_diagnosis() -> None:
    op.create_table(
        "diagnosis",
        sa.Column("encounter_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("number", BIG, primary_key=True, autoincrement=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )


def _create_procedure() -> None:
    op.create_table(
        "procedure",
        sa.Column("encounter_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("number", BIG, primary_key=True, autoincrement=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )


def _create_coverage() -> None:
    op.create_table(
        "coverage",
        sa.Column("patient_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("encounter_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("number", BIG, primary_key=True, autoincrement=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("company_name", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("group_number", sa.Text(), nullable=False),
        sa.Column("starts", sa.Text(), nullable=False),
        sa.Column("ends", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )


def _create_lab_order() -> None:
    op.create_table(
        "lab_order",
        sa.Column("id", BIG, primary_key=True, autoincrement=False),
        sa.Column("patient_id", BIG, nullable=False),
        sa.Column("filler_key", sa.Text(), nullable=False),
        sa.Column("placer_key", sa.Text(), nullable=False),
        sa.Column("visit_key", sa.Text(), nullable=False),
        sa.Column("effective_at", BIG, nullable=False),
        sa.Column("recorded_at", BIG, nullable=False),
        sa.Column("sent_at", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("collected_at", BIG, nullable=True),
        sa.Column("reported_at", BIG, nullable=True),
        sa.Column("obr", sa.Text(), nullable=False),
    )
    op.create_index("ix_lab_order_filler", "lab_order", ["filler_key"])
    op.create_index("ix_lab_order_patient", "lab_order", ["patient_id"])
    op.create_index("ix_lab_order_placer", "lab_order", ["placer_key"])


def _create_result() -> None:
    op.create_table(
        "result",
        sa.Column("order_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("code", sa.Text(), primary_key=True),
        sa.Column("sub_id", sa.Text(), primary_key=True),
        sa.Column("revision", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("current", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("value_type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("units", sa.Text(), nullable=False),
        sa.Column("reference_range", sa.Text(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("observed_at", BIG, nullable=True),
        sqlite_with_rowid=False,
    )


def _create_patient_merge() -> None:
    op.create_table(
        "patient_merge",
        sa.Column("message_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("ordinal", BIG, primary_key=True, autoincrement=False),
        sa.Column("number", BIG, primary_key=True, autoincrement=False),
        sa.Column("source_id", BIG, nullable=False),
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("effective_at", BIG, nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )


def _create_quality_item() -> None:
    op.create_table(
        "quality_item",
        sa.Column("code", sa.Text(), primary_key=True),
        sa.Column("subject", sa.Text(), primary_key=True),
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("patient_id", BIG, nullable=True),
        sa.Column("other_id", BIG, nullable=True),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sqlite_with_rowid=False,
    )


def _create_event() -> None:
    op.create_table(
        "event",
        sa.Column("message_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("ordinal", BIG, primary_key=True, autoincrement=False),
        sa.Column("patient_id", BIG, nullable=True),
        sa.Column("encounter_id", BIG, nullable=True),
        sa.Column("order_id", BIG, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("effective_at", BIG, nullable=False),
        sa.Column("recorded_at", BIG, nullable=False),
        sa.Column("sent_at", BIG, nullable=False),
        sa.Column("received_at", BIG, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
    )
    where = sa.text("encounter_id IS NOT NULL")
    op.create_index("ix_event_encounter", "event", ["encounter_id"], sqlite_where=where, postgresql_where=where)
    where = sa.text("order_id IS NOT NULL")
    op.create_index("ix_event_order", "event", ["order_id"], sqlite_where=where, postgresql_where=where)
    op.create_index("ix_event_patient", "event", ["patient_id", "rank"])


def upgrade() -> None:
    """Create the index's tables."""
    _create_patient()
    _create_patient_identifier()
    _create_encounter()
    _create_location()
    _create_diagnosis()
    _create_procedure()
    _create_coverage()
    _create_lab_order()
    _create_result()
    _create_patient_merge()
    _create_quality_item()
    _create_event()
