"""The tables of possible duplicates. Only people's decisions are the only copy of something; the rest is found again.

No value of a message stands here but the patients' founding identifiers, as protected as the index itself.
"""

from enum import IntEnum
from typing import ClassVar

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, Table, Text
from sqlmodel import Field, SQLModel

BIG = BigInteger().with_variant(Integer, "sqlite")


class Verdict(IntEnum):
    """What a person made of a pair."""

    DIFFERENT = 1
    """Two people; the pair is never asked about again."""
    SAME = 2
    """One person; until their records are merged it counts as a duplicate."""


class DuplicateDecision(SQLModel, table=True):
    """What a person decided of two patients, by the identifiers they were founded with: a rebuild keeps those."""

    __tablename__: ClassVar[str] = "duplicate_decision"

    first_key: str = Field(sa_column=Column(Text, primary_key=True))
    second_key: str = Field(sa_column=Column(Text, primary_key=True))
    verdict: int = Field(sa_column=Column(SmallInteger, nullable=False))
    decided_at: int = Field(sa_column=Column(BIG, nullable=False))
    decided_by: str = Field(sa_column=Column(Text, nullable=False))


class DuplicatePair(SQLModel, table=True):
    """Two patients who may be one; the lower number first."""

    __tablename__: ClassVar[str] = "duplicate_pair"
    __table_args__ = (Index("ix_duplicate_pair_second", "second_id"),)

    first_id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    second_id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    score: int = Field(sa_column=Column(SmallInteger, nullable=False))
    reasons: str = Field(sa_column=Column(Text, nullable=False))
    """Codes, separated by blanks."""


class DuplicateBlock(SQLModel, table=True):
    """One key under which a patient is looked for, hashed: who shares one is compared."""

    __tablename__: ClassVar[str] = "duplicate_block"
    __table_args__: ClassVar[dict[str, object]] = {"sqlite_with_rowid": False}

    block: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    patient_id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))


class DuplicateSeen(SQLModel, table=True):
    """A patient who has been compared, and as whom: unchanged ones are not compared again."""

    __tablename__: ClassVar[str] = "duplicate_seen"

    patient_id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    stamp: int = Field(sa_column=Column(BIG, nullable=False))
    blocks: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """Their keys, eight bytes each, so that they can be taken away."""


class DuplicateProgress(SQLModel, table=True):
    """Up to which message changes have been looked at."""

    __tablename__: ClassVar[str] = "duplicate_progress"

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    message_id: int = Field(sa_column=Column(BIG, nullable=False))


def _table(model: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(model.__tablename__)]


DECISION, PAIR, BLOCK = _table(DuplicateDecision), _table(DuplicatePair), _table(DuplicateBlock)
SEEN, PROGRESS = _table(DuplicateSeen), _table(DuplicateProgress)
QUALITY_TABLES = (DECISION, PAIR, BLOCK, SEEN, PROGRESS)
