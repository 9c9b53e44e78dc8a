"""The compiler that listens: the same closures as on the hot path, each telling the trace what it gave."""

from collections.abc import Sequence
from decimal import Decimal

from engine.expression.closures import Anything, Truth
from engine.expression.compiler import Compiler
from engine.expression.environment import Env, number_text
from engine.expression.syntax import Constant, Join, Node
from engine.expression.tracing import Clause, Seen


class ListeningCompiler(Compiler):
    """Used only while a trace is wanted; an Env without one is left alone."""

    def clause(self, node: Node, closure: Truth) -> Truth:
        """Note every comparison and question, what it answered and what it saw."""
        words, place = self._words(node), self.source.place_of(node.start)

        def asked(env: Env) -> bool:
            trace = env.trace
            if trace is None:
                return closure(env)
            outer, trace.seen = trace.seen, []
            try:
                holds = closure(env)
                trace.clauses.append(Clause(words, place, holds, tuple(trace.seen)))
            finally:
                trace.seen = outer
            return holds

        return asked

    def watched(self, node: Node, closure: Anything) -> Anything:
        """Note what a path, a name or a function gave."""
        if isinstance(node, Constant | Join):
            return closure
        words = self._words(node)

        def listened(env: Env) -> object:
            found = closure(env)
            trace = env.trace
            if trace is not None and not (trace.seen and trace.seen[-1].words == words):
                trace.seen.append(Seen(words, _shown(found)))
            return found

        return listened

    def _words(self, node: Node) -> str:
        return self.source.text[node.start : node.end]


def _shown(found: object) -> str | tuple[str, ...]:
    if isinstance(found, Sequence) and not isinstance(found, str):
        return tuple(str(each) for each in found)
    if isinstance(found, int | Decimal) and not isinstance(found, bool):
        return number_text(found)
    return "null" if found is None else str(found)
