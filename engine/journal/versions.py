"""The rules' versions in the store: a number for each, with its texts kept once by the hash of their content."""

from sqlalchemy import Connection, func, select

from engine.clock import now_us
from engine.journal.items import RulesLike
from engine.journal.tables import RULES_VERSION
from engine.journal.writes import Writes
from engine.statements import cursor_of


def version_id(connection: Connection, rules: RulesLike) -> int:
    """Return the number of the rules' version; the first time, write it down. For the writer's transaction."""
    known = connection.execute(select(RULES_VERSION.c.id).where(RULES_VERSION.c.hash == rules.version)).scalar()
    if known is not None:
        return int(known)
    version = int(connection.execute(select(func.coalesce(func.max(RULES_VERSION.c.id), 0))).scalar_one()) + 1
    writes, cursor = Writes(connection.dialect), cursor_of(connection)
    writes.version.one(cursor, (version, rules.version, now_us()))
    writes.text.many(cursor, [(digest, text) for digest, (_, text) in rules.texts.items()])
    writes.member.many(cursor, [(version, name, digest) for digest, (name, _) in rules.texts.items()])
    return version
