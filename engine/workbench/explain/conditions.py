"""Puts what a condition consists of beside what was asked of it: what nobody asked is told, too."""

from collections.abc import Iterable, Mapping

from engine.expression import Condition as Rule
from engine.expression.tracing import Asked, Clause, Question, Shape
from engine.problems import Place
from engine.workbench.explain.told import Comparison, Condition, Joined, Tree, Truth

AskedAt = Mapping[Place, Asked]


def asked_at(asked: Iterable[Asked]) -> AskedAt:
    """Return by its place what was asked of each condition."""
    return {each.place: each for each in asked}


def told(rule: Rule | None, asked: AskedAt) -> Condition | None:
    """Return *rule* with what each of its comparisons answered."""
    if rule is None:
        return None
    found = asked.get(rule.place)
    return Condition(rule.text, rule.place, _tree(rule.shape, _by_key(found)))


def told_of(rule: Rule, asked: Asked) -> Condition:
    """Return *rule* as it was answered this once."""
    return Condition(rule.text, rule.place, _tree(rule.shape, _by_key(asked)))


_Key = tuple[Place, str]


def _by_key(asked: Asked | None) -> Mapping[_Key, Clause]:
    return {} if asked is None else {(each.place, each.words): each for each in asked.clauses}


def _tree(shape: Shape, clauses: Mapping[_Key, Clause]) -> Tree:
    if isinstance(shape, Question):
        found = clauses.get((shape.place, shape.words))
        return _comparison(shape, found)
    return Joined(shape.word, tuple(_tree(part, clauses) for part in shape.parts))


def _comparison(question: Question, found: Clause | None) -> Comparison:
    if found is None:
        return Comparison(question.words, question.place, Truth.NOT_ASKED)
    answer = Truth.FAILED if found.failure else Truth.TRUE if found.holds else Truth.FALSE
    return Comparison(question.words, question.place, answer, found.seen, found.rows, found.failure)
