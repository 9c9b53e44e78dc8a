"""The steps that decide and name: ``when``, ``let``, ``fail`` and ``skip``."""

import re
from dataclasses import dataclass

from engine.documents import Node, Scalar, report_comment
from engine.errors import RuleFailed
from engine.expression import RESERVED, Condition, Formula, Kind, Stored, compile_formula, compile_let
from engine.expression.environment import Env
from engine.mapping.loading import Loading, pairs_in
from engine.mapping.run import Run, Skip
from engine.mapping.steps import StepList
from engine.problems import Place

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class When:
    """``when`` with ``do`` and perhaps ``else``."""

    place: Place
    condition: Condition
    then: StepList
    otherwise: StepList

    def run(self, run: Run) -> None:
        """Run the one list or the other."""
        (self.then if self.condition.holds(run.env) else self.otherwise).run(run)


@dataclass(frozen=True, slots=True)
class Let:
    """``let: {name: value}``."""

    place: Place
    values: tuple[tuple[str, Formula | str], ...]

    def run(self, run: Run) -> None:
        """Give each name its value, in order."""
        env = run.env
        for name, value in self.values:
            stored: Stored = value if isinstance(value, str) else value.stored(env)
            env.lets[name] = stored
            if run.trace is not None:
                run.record("let", name, "", repr(stored))


@dataclass(frozen=True, slots=True)
class Reason:
    """The text of a ``fail`` or ``skip``."""

    text: str
    formula: Formula | None

    def of(self, env: Env) -> str:
        """Return the reason for this message."""
        return self.text if self.formula is None else self.formula.text(env)


@dataclass(frozen=True, slots=True)
class Fail:
    """``fail: TEXT``: the output fails with that reason."""

    place: Place
    reason: Reason

    def run(self, run: Run) -> None:
        """End the output as failed."""
        reason = self.reason.of(run.env)
        if run.trace is not None:
            run.record("fail", "", "", reason)
        raise RuleFailed("fail", reason, self.place)


@dataclass(frozen=True, slots=True)
class SkipOutput:
    """``skip: TEXT``: the mapping ends and nothing is sent."""

    place: Place
    reason: Reason

    def run(self, run: Run) -> None:
        """End the output without sending anything."""
        reason = self.reason.of(run.env)
        if run.trace is not None:
            run.record("skip", "", "", reason)
        raise Skip(reason, self.place)


def load_let(node: Node, loading: Loading, place: Place) -> Let:
    """Return a ``let``; the names are known to the steps that follow."""
    values: list[tuple[str, Formula | str]] = []
    for key, scalar in pairs_in(node, loading):
        report_comment(scalar, loading.problems)
        value: Formula | str | None = scalar.text
        if scalar.text.startswith("="):
            value = compile_let(scalar, loading.vocabulary, loading.problems)
        if not _well_named(key, loading):
            continue
        loading.vocabulary = loading.vocabulary.with_let(
            key.text, value.kind if isinstance(value, Formula) else Kind.TEXT
        )
        if value is not None:
            values.append((key.text, value))
    return Let(place, tuple(values))


def _well_named(key: Scalar, loading: Loading) -> bool:
    if _NAME.fullmatch(key.text) and key.text not in RESERVED:
        return True
    text = "a word of the language" if key.text in RESERVED else "not lower case letters, digits and _"
    loading.problems.add(key.place, "let-name", f"'{key.text}' is {text}", "as in mrn or visit_number")
    return False


def load_reason(node: Node, loading: Loading) -> Reason | None:
    """Return the text of a ``fail`` or ``skip``, which may be a formula."""
    if not isinstance(node, Scalar):
        loading.problems.add(node.place, "wrong-kind", "a reason is a single text")
        return None
    report_comment(node, loading.problems)
    if not node.text:
        loading.problems.add(node.place, "missing-reason", "nobody will know why", "write the reason: as in fail: TEXT")
        return None
    if not node.text.startswith("="):
        return Reason(node.text, None)
    formula = compile_formula(node, loading.vocabulary, loading.problems)
    return None if formula is None else Reason("", formula)
