"""``engine test --mutate``: which small changes of the rules no case notices."""

from collections.abc import Iterator, Sequence
from time import perf_counter

import orjson
import typer

from engine.cli.check import Format
from engine.cli.exits import FINE, PROBLEMS_FOUND
from engine.cli.trying import Tried
from engine.workbench.mutate import Fate, Mutation, Trial, mutants_of


def try_mutants(tried: Tried, names: Sequence[str], form: Format) -> int:
    """Try every mutant on cases that all pass, tell what came of it, and return how the command ends."""
    settings = tried.site.settings
    if settings is None or not tried.timed:
        typer.echo("no mutants: there are no cases that could notice one")
        return PROBLEMS_FOUND
    begun = perf_counter()
    mutants = mutants_of(settings.rules, names)
    mutation = Mutation(tuple(Trial(settings.rules, tried.site.cases).run(mutants)))
    seconds = perf_counter() - begun
    typer.echo(_json(mutation, seconds) if form is Format.JSON else "\n".join(_text(mutation, seconds)))
    return PROBLEMS_FOUND if mutation.of(Fate.UNNOTICED) else FINE


def _text(mutation: Mutation, seconds: float) -> Iterator[str]:
    unnoticed, noticed = mutation.of(Fate.UNNOTICED), len(mutation.of(Fate.NOTICED))
    if unnoticed:
        yield "no case notices"
    for each in unnoticed:
        yield f"  {each.mutant.place}: {each.mutant.what}"
    refused = len(mutation.of(Fate.REFUSED))
    beside = f"; {refused} more would not load, so that nobody could miss them" if refused else ""
    tried = noticed + len(unnoticed)
    yield f"{tried} mutants: {noticed} noticed ({mutation.score:.1%}) in {seconds:.0f} s{beside}"


def _json(mutation: Mutation, seconds: float) -> str:
    answer = {
        "score": round(mutation.score, 4),
        "noticed": len(mutation.of(Fate.NOTICED)),
        "unnoticed": [
            {"place": str(each.mutant.place), "what": each.mutant.what} for each in mutation.of(Fate.UNNOTICED)
        ],
        "refused": [
            {"place": str(each.mutant.place), "what": each.mutant.what, "why": each.by}
            for each in mutation.of(Fate.REFUSED)
        ],
        "seconds": round(seconds, 1),
    }
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()
