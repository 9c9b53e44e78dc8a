"""Codes of an export: told where they are public and many people share them, else a pseudonym stands for each."""

from collections import defaultdict

from sqlalchemy import Connection, select

from engine.export.people import People, Person
from engine.export.safe import has_shape
from engine.export.secret import Secret
from engine.index.tables import DIAGNOSIS, ENCOUNTER, ORDER, PROCEDURE, RESULT

LEAST = 11
"""People who must share a code: the smallest cell that Medicare's data agreements let anybody publish."""

Code = tuple[str, str]
"""System and code."""


class Codes:
    """Which codes are shared by how many."""

    def __init__(self, secret: Secret, least: int) -> None:
        self._secret = secret
        self._least = least
        self._sharing: defaultdict[Code, set[str]] = defaultdict(set)

    def count(self, connection: Connection, people: People) -> None:
        """Read all codes once, with whose they are; of each only as many people are remembered as are needed."""
        owners: dict[int, Person | None] = {}
        for row in connection.execute(select(ENCOUNTER)).mappings():
            owners[row["id"]] = people.holding(row)
        for table in (DIAGNOSIS, PROCEDURE):
            for given in connection.execute(select(table.c.encounter_id, table.c.system, table.c.code)):
                self._note((given.system, given.code), owners.get(given.encounter_id))
        owners.clear()
        for row in connection.execute(select(ORDER)).mappings():
            owners[row["id"]] = person = people.holding(row)
            self._note((row["system"], row["code"]), person)
        for each in connection.execute(select(RESULT.c.order_id, RESULT.c.code, RESULT.c.value_type, RESULT.c.value)):
            person = owners.get(each.order_id)
            self._note(split_code(each.code), person)
            if each.value_type in CODED:
                self._note(coded(each.value)[:2], person)

    def told(self, system: str, code: str) -> str:
        """Return what may be told of a code."""
        if not code:
            return ""
        if has_shape(system, code) and len(self._sharing.get((system, code), ())) >= self._least:
            return code
        return "c-" + self._secret.pseudonym("code", f"{system}|{code}")

    def _note(self, code: Code, person: Person | None) -> None:
        if person is not None and has_shape(*code):
            sharing = self._sharing[code]
            if len(sharing) < self._least:
                sharing.add(person.pseudonym)


CODED = frozenset({"CE", "CF", "CWE", "CNE"})


def split_code(text: str) -> Code:
    """Return a result's code, stored as ``code^system``."""
    code, _, system = text.partition("^")
    return system, code


def coded(raw: str) -> tuple[str, str, str]:
    """Return system, code and text of a raw coded value."""
    parts = [*raw.partition("~")[0].split("^"), "", "", ""]
    return parts[2], parts[0], parts[1]
