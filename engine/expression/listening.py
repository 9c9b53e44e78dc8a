"""The compiler that listens: the same closures as on the hot path, each telling the trace what it gave."""

from collections.abc import Sequence
from decimal import Decimal
from typing import cast

from engine.errors import RuleFailed
from engine.expression.closures import Anything, Truth
from engine.expression.compiler import Compiler, Source
from engine.expression.environment import Env, number_text
from engine.expression.functions.tables import row_used
from engine.expression.registry import Function, Run, Takes
from engine.expression.syntax import Constant, Join, Kind, Logic, Node, Not, kind_of
from engine.expression.tracing import Clause, Junction, Question, RowUsed, Seen, Shape, Word


class ListeningCompiler(Compiler):
    """Used only while a trace is wanted; an Env without one is left alone."""

    def clause(self, node: Node, closure: Truth) -> Truth:
        """Note every comparison and question, what it answered and what it saw."""
        words, place = self._words(node), self.source.place_of(node.start)

        def asked(env: Env) -> bool:
            trace = env.trace
            if trace is None:
                return closure(env)
            outer, rows = trace.seen, trace.rows
            trace.seen, trace.rows = list[Seen](), list[RowUsed]()
            holds, failure = False, ""
            try:
                holds = closure(env)
            except RuleFailed as error:
                failure = error.code
                raise
            finally:
                trace.clauses.append(Clause(words, place, holds, tuple(trace.seen), tuple(trace.rows), failure))
                trace.seen, trace.rows = outer, rows
            return holds

        return asked

    def watched(self, node: Node, closure: Anything) -> Anything:
        """Note what a path, a name or a function gave."""
        if isinstance(node, Constant | Join):
            return closure
        words, is_count = self._words(node), kind_of(node) is Kind.SEGMENT

        def listened(env: Env) -> object:
            found = closure(env)
            trace = env.trace
            if trace is not None and not (trace.seen and trace.seen[-1].words == words):
                told = f"{len(cast('Sequence[int]', found))} found" if is_count else _shown(found)
                trace.seen.append(Seen(words, told, is_count=is_count))
            return found

        return listened

    def runs(self, function: Function) -> Run:
        """Note which row of a table a function was answered by."""
        run = super().runs(function)
        if not function.parameters or function.parameters[0].takes is not Takes.TABLE:
            return run

        def noted(env: Env, /, *arguments: object) -> object:
            answer: object = ""
            try:
                answer = run(env, *arguments)
            finally:
                trace = env.trace
                if trace is not None:
                    used = row_used(env, function.name, arguments, str(_shown(answer)))
                    trace.rows += () if used is None else (used,)
            return answer

        return noted

    def _words(self, node: Node) -> str:
        return self.source.text[node.start : node.end]


def shape_of(node: Node, source: Source) -> Shape:
    """Return how the condition *node* is put together, to tell what was not asked."""
    match node:
        case Logic():
            return Junction(Word(node.word), tuple(shape_of(each, source) for each in node.operands))
        case Not():
            return Junction(Word.NOT, (shape_of(node.operand, source),))
        case _:
            return Question(source.text[node.start : node.end], source.place_of(node.start))


def _shown(found: object) -> str | tuple[str, ...]:
    if isinstance(found, Sequence) and not isinstance(found, str):
        return tuple(str(each) for each in found)
    if isinstance(found, int | Decimal) and not isinstance(found, bool):
        return number_text(found)
    return "null" if found is None else str(found)
