"""Tables of what merges, moves and links came to, and of the updates that the identity guard holds back."""

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, Table, Text
from sqlmodel import Field, SQLModel


def _big(*, key: bool = False) -> Any:
    kind = BigInteger().with_variant(Integer, "sqlite")
    if key:
        return Field(sa_column=Column(kind, primary_key=True, autoincrement=False))
    return Field(sa_column=Column(kind, nullable=False))


def _text() -> Any:
    return Field(sa_column=Column(Text, nullable=False))


def _small() -> Any:
    return Field(sa_column=Column(SmallInteger, nullable=False))


class Merge(SQLModel, table=True):
    """One merge, move, change or link that somebody asked for, and what became of it."""

    __tablename__: ClassVar[str] = "patient_merge"
    __table_args__ = (
        Index("ix_patient_merge_source", "source_id"),
        Index("ix_patient_merge_target", "target_id"),
        {"sqlite_with_rowid": False},
    )

    message_id: int = _big(key=True)
    ordinal: int = _big(key=True)
    number: int = _big(key=True)
    kind: str = _text()
    source_id: int = _big()
    target_id: int = _big()
    source_key: str = _text()
    target_key: str = _text()
    effective_at: int = _big()
    decided: int = _small()
    state: int = _small()
    reason: str = _text()


class Overlay(SQLModel, table=True):
    """One update that is held back because it would make another person of a patient."""

    __tablename__: ClassVar[str] = "overlay"
    __table_args__ = (Index("ix_overlay_patient", "patient_id"), {"sqlite_with_rowid": False})

    message_id: int = _big(key=True)
    ordinal: int = _big(key=True)
    patient_id: int = _big()
    state: int = _small()
    reason: str = _text()


MERGE: Table = SQLModel.metadata.tables[Merge.__tablename__]
OVERLAY: Table = SQLModel.metadata.tables[Overlay.__tablename__]
