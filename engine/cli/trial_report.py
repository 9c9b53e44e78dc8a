"""What came of cases, as ``engine test`` tells it to people and to programs."""

from collections.abc import Iterator

import orjson

from engine.cli.trying import Tried
from engine.workbench import coverage_view
from engine.workbench.check import Report
from engine.workbench.trials import Result, Trials


def told(tried: Tried) -> Iterator[str]:
    """Yield every case with what differs, what none of them reaches, and the count."""
    if tried.trials is None:
        yield _problems(tried.site.report)
        return
    if not tried.trials.results:
        yield "no cases: write some under 'cases' in a route or a mapping (docs/reference/language.md)"
        return
    yield from _results(tried.trials.results)
    yield from _unreached(tried.trials)
    if tried.coverage is not None:
        yield coverage_view.summary(tried.coverage)
    yield _count(tried, tried.trials)


def told_shortly(tried: Tried) -> Iterator[str]:
    """Yield the cases that failed with what differs, and the count."""
    if tried.trials is None or not tried.trials.results:
        yield from told(tried)
        return
    yield from _results(tuple(each for each in tried.trials.results if not each.passed))
    yield _count(tried, tried.trials)


def as_json(tried: Tried) -> str:
    """Return the same for programs."""
    trials = tried.trials
    if trials is None:
        problems = [str(problem) for problem in tried.site.report.problems]
        return orjson.dumps({"cases": [], "problems": problems}, option=orjson.OPT_INDENT_2).decode()
    answer: dict[str, object] = {
        "cases": [_result_json(each) for each in trials.results],
        "passed": len(trials.results) - trials.failed,
        "failed": trials.failed,
        "not_run": tried.not_run,
        "unreached": [
            {"place": str(entry.place), "route": route.name, "destination": entry.destination, "entry": entry.index + 1}
            for route, entry in trials.unreached
        ],
    }
    if tried.coverage is not None:
        answer["coverage"] = coverage_view.as_json(tried.coverage)
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()


def _problems(report: Report) -> str:
    text = "no case was run: first these problems"
    return "\n".join([*(str(problem) for problem in report.problems), f"{report.summary}; {text}"])


def _results(results: tuple[Result, ...]) -> Iterator[str]:
    file = ""
    for result in results:
        if result.case.place.file != file:
            file = result.case.place.file
            yield file
        yield f"  {'ok  ' if result.passed else 'FAIL'}  {result.case.name}"
        for each in result.differences:
            yield f"        {each.place}: {each.what}"
            yield f"          expected {each.expected}"
            yield f"          found    {each.found}"


def _unreached(trials: Trials) -> Iterator[str]:
    if trials.unreached:
        yield "no case reaches"
    for route, entry in trials.unreached:
        yield f"  {entry.place}: {route.name} to {entry.destination}, entry {entry.index + 1}"


def _count(tried: Tried, trials: Trials) -> str:
    total, failed = len(trials.results), trials.failed
    left = f", {tried.not_run} not run" if tried.not_run else ""
    if total == 1:
        return f"1 case: {'failed' if failed else 'passed'}{left}"
    return f"{total} cases: {total - failed} passed, {failed} failed{left}"


def _result_json(result: Result) -> dict[str, object]:
    case = result.case
    return {
        "case": case.name,
        "in": case.owner,
        "place": str(case.place),
        "passed": result.passed,
        "differences": [
            {"what": each.what, "expected": each.expected, "found": each.found, "place": str(each.place)}
            for each in result.differences
        ],
    }
