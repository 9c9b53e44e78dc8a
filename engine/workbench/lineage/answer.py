"""What ``engine lineage`` is asked, answered: a path or an address as people write it, checked before looking it up."""

from dataclasses import dataclass

from engine.config import Settings
from engine.config.values import Wrong
from engine.documents import Scalar
from engine.errors import NotPossible
from engine.expression import Vocabulary, compile_path
from engine.problems import Place, Problems
from engine.routing import Rules
from engine.workbench.lineage.arriving import Arrival, arrivals_of
from engine.workbench.lineage.field import Field, field_of
from engine.workbench.lineage.neighbours import Talk, talks_at
from engine.workbench.lineage.uses import Use, uses_of


@dataclass(frozen=True, slots=True)
class Lineage:
    """All that the rules have to do with a field."""

    field: Field
    uses: tuple[Use, ...]
    arrivals: tuple[Arrival, ...]


def lineage_of(rules: Rules, path: str) -> Lineage:
    """Return the lineage of *path*, by number or by name; raise NotPossible where it is none."""
    problems = Problems()
    compiled = compile_path(Scalar(path, Place("PATH")), Vocabulary(), problems)
    if compiled is None:
        told = next(iter(problems.sorted()), None)
        hint = f" ({told.hint})" if told and told.hint else ""
        raise NotPossible("not-a-path", f"'{path}': {told.text if told else 'this is no path'}{hint}")
    wanted = field_of(compiled.path)
    return Lineage(wanted, uses_of(rules, wanted), arrivals_of(rules, wanted))


def talks_of(settings: Settings, address: str) -> tuple[Talk, ...]:
    """Return who talks to *address*; raise NotPossible where it is none."""
    try:
        return talks_at(settings, address)
    except Wrong as error:
        raise NotPossible(error.code, f"{error.text} ({error.hint})") from None
