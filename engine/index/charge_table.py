"""What orders were charged for: recorded by rules with what they sent, and folded from nothing."""

from typing import ClassVar

from sqlalchemy import BigInteger, Column, Integer, Table, Text
from sqlmodel import Field, SQLModel


class Charge(SQLModel, table=True):
    """One order and one code."""

    __tablename__: ClassVar[str] = "charge"
    __table_args__ = ({"sqlite_with_rowid": False},)

    order_key: str = Field(sa_column=Column(Text, primary_key=True))
    """The filler's number with its authority, or the placer's."""
    code: str = Field(sa_column=Column(Text, primary_key=True))
    state: str = Field(sa_column=Column(Text, nullable=False))
    """``charged`` or ``credited``."""
    message_id: int = Field(sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), nullable=False))
    """The message that brought it there."""


CHARGE: Table = SQLModel.metadata.tables[Charge.__tablename__]
