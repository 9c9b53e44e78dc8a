"""``record: {charge: [ORDER, CODE], state: charged}``: what was charged, written down with what is sent.

It counts only if the output is made; who charges the same order later asks ``charge_state``.
"""

from dataclasses import dataclass

from engine.context import CHARGED, CREDITED
from engine.documents import Items, Reader, Scalar, report_comment
from engine.errors import RuleFailed
from engine.expression import Formula, Kind, compile_formula
from engine.expression.environment import Env
from engine.expression.raws import whole_text
from engine.mapping.loading import Loading
from engine.mapping.run import Run
from engine.problems import Place

_HINT = "as in charge: [=OBR-3, =code]"


@dataclass(frozen=True, slots=True)
class Record:
    """One charge that is noted."""

    place: Place
    order: Formula | str
    code: Formula | str
    state: str

    def run(self, run: Run) -> None:
        """Note it for this output."""
        env = run.env
        order, code = _whole(self.order, env), self.code if isinstance(self.code, str) else self.code.text(env)
        if env.index is None:
            raise RuleFailed("index-unavailable", "", self.place)
        try:
            before = env.index.charge_state(order, code) if run.trace is not None else ""
            env.index.record(order, code, self.state)
        except RuleFailed as failure:
            failure.at(self.place)
            raise
        if run.trace is not None:
            run.record("record", f"{order} {code}", before, self.state)


def load_record(reader: Reader, loading: Loading) -> Record | None:
    """Return a ``record``; None where it cannot be run, and then that is reported."""
    place, inside = reader.entries.place, reader.map("record")
    if inside is None:
        return None
    own = Reader(inside, loading.problems)
    node = own.node("charge")
    state = own.choice("state", [CHARGED, CREDITED])
    own.finish("a record")
    for key, written in (("charge", node), ("state", own.node("state"))):
        if written is None and key not in inside.left_out:
            hint = _HINT if key == "charge" else f"{CHARGED} or {CREDITED}"
            loading.problems.add(inside.place, "missing-key", f"'{key}' is missing here", hint)
    if node is None:
        return None
    parts = node.values if isinstance(node, Items) else (node,)
    if len(parts) != 2 or not all(isinstance(each, Scalar) for each in parts):
        text = "a charge is an order's number and a code"
        loading.problems.add(node.place, "wrong-charge", text, _HINT)
        return None
    order, code = (_value(each, loading) for each in parts if isinstance(each, Scalar))
    return None if order is None or code is None or not state else Record(place, order, code, state)


def _value(scalar: Scalar, loading: Loading) -> Formula | str | None:
    report_comment(scalar, loading.problems)
    if scalar.text.startswith("="):
        return compile_formula(scalar, loading.vocabulary, loading.problems)
    return scalar.text


def _whole(value: Formula | str, env: Env) -> str:
    """Return a number with its authority, in the standard's delimiters; a text is taken as written in them."""
    if isinstance(value, str):
        return value
    if value.kind is Kind.PATH:
        return whole_text(str(value.stored(env)), env.message)
    return value.text(env)
