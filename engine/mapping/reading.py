"""Lists of steps as they are written: which step an entry is, and what may stand beside it."""

from collections.abc import Callable
from dataclasses import replace

from engine.documents import Entries, Items, Node, Reader, kind_of, report_comment
from engine.expression import Condition, compile_condition
from engine.mapping.calling import load_call
from engine.mapping.copying import load_copy, load_delete
from engine.mapping.deciding import Fail, SkipOutput, When, load_let, load_reason
from engine.mapping.loading import Loading
from engine.mapping.loops import ForEach, load_loop_path
from engine.mapping.numbering import load_number
from engine.mapping.recording import load_record
from engine.mapping.setting import Set, load_append, load_set
from engine.mapping.sharing import Use, inside, pass_on, shared_for
from engine.mapping.steps import Numbered, Step, StepList
from engine.problems import did_you_mean

KINDS = ("copy", "set", "append", "delete", "for each", "let", "number", "fail", "skip", "use", "python", "record")
_ALONE = f"a step is one of: {', '.join(KINDS)}, or when with do"
MOST_STEPS = 10_000
"""Of one mapping, shared lists put in: lists that use each other can grow faster than anybody can read."""
_NO_STEPS = StepList(())


def load_steps(node: Node | None, loading: Loading) -> StepList:
    """Return a list of steps; what is wrong with any of them is reported and the others are still read."""
    if node is None:
        return _NO_STEPS
    if not isinstance(node, Items):
        loading.problems.add(node.place, "wrong-kind", f"steps are a list, not {kind_of(node)}", "begin each with '-'")
        return _NO_STEPS
    # What this list names by let is known to its following steps, and not behind it.
    own = replace(loading)
    steps = [step for each in node.values if (step := _numbered(each, own)) is not None]
    return StepList(tuple(steps), own.vocabulary.lets != loading.vocabulary.lets or _renames(node))


def _renames(node: Items) -> bool:
    return any(
        isinstance(each, Entries) and (each.get("let") or each.get("python")) is not None for each in node.values
    )


def _numbered(node: Node, loading: Loading) -> Numbered | None:
    number = next(loading.numbers)
    if number > MOST_STEPS:
        _tell_of_too_many(node, number, loading)
        return None
    if not isinstance(node, Entries):
        loading.problems.add(node.place, "wrong-kind", f"a step is a map, not {kind_of(node)}", _ALONE)
        return None
    kind = _kind(node, loading)
    if not kind:
        return None
    reader = Reader(node, loading.problems)
    when = _condition(reader, loading)
    step = _LOADERS[kind](reader, when, loading)
    reader.finish(f"a step with '{kind}'" if kind != "when" else "a step")
    if step is None:
        return None
    # A loop asks its condition per occurrence, and `when` with `do` is the step itself.
    return Numbered(number, None if kind in {"when", "for each"} else when, step, node.place)


def _tell_of_too_many(node: Node, number: int, loading: Loading) -> None:
    if number == MOST_STEPS + 1:
        text = f"with its shared lists the mapping has more than {MOST_STEPS} steps"
        loading.problems.add(node.place, "too-many-steps", text, "use fewer shared lists inside each other")


def _kind(node: Entries, loading: Loading) -> str:
    """Return the key that says which step it is, '' after reporting that there is none, or more than one."""
    keys = [key.text for key, _ in node.pairs if key.text in KINDS]
    if "append" in keys and "set" in keys:
        keys.remove("set")  # what is written into the thing added
    if len(keys) == 1:
        return keys[0]
    if len(keys) > 1:
        second = node.key(keys[1])
        place = node.place if second is None else second.place
        text = f"'{keys[0]}' and '{keys[1]}' are two steps"
        loading.problems.add(place, "several-steps", text, "begin a new one with '-'")
        return ""
    if node.key("when") is not None and node.key("do") is not None:
        return "when"
    if not node.left_out.intersection(KINDS):
        hint = next((found for key, _ in node.pairs if (found := did_you_mean(key.text, KINDS))), _ALONE)
        loading.problems.add(node.place, "no-step", "nothing here says what to do", hint)
    return ""


def _condition(reader: Reader, loading: Loading) -> Condition | None:
    written = reader.scalar("when")
    if written is None:
        return None
    report_comment(written, loading.problems)
    return compile_condition(written, loading.vocabulary, loading.problems)


def _copy(reader: Reader, _when: Condition | None, loading: Loading) -> Step | None:
    node = reader.node("copy")
    return None if node is None else load_copy(node, loading, reader.entries.place)


def _set(reader: Reader, _when: Condition | None, loading: Loading) -> Step | None:
    node = reader.node("set")
    return None if node is None else Set(reader.entries.place, load_set(node, loading))


def _append(reader: Reader, _when: Condition | None, loading: Loading) -> Step | None:
    return load_append(reader, loading)


def _delete(reader: Reader, _when: Condition | None, loading: Loading) -> Step | None:
    node = reader.node("delete")
    return None if node is None else load_delete(node, loading, reader.entries.place)


def _for_each(reader: Reader, _when: Condition | None, loading: Loading) -> Step | None:
    written, body = reader.required("for each"), reader.node("do")
    if body is None and "do" not in reader.entries.left_out:
        loading.problems.add(reader.entries.place, "missing-key", "'do' is missing here", "what each turn does")
    if written is None:
        return None
    found = load_loop_path(written, loading)
    if found is None:
        load_steps(body, loading.inner())  # for its problems
        return None
    path, loop = found
    return ForEach(reader.entries.place, path, _when, load_steps(body, loading.inner(loop)))


def _let(reader: Reader, _when: Condition | None, loading: Loading) -> Step | None:
    node = reader.node("let")
    return None if node is None else load_let(node, loading, reader.entries.place)


def _number(reader: Reader, _when: Condition | None, loading: Loading) -> Step | None:
    node = reader.node("number")
    return None if node is None else load_number(node, loading, reader.entries.place)


def _fail(reader: Reader, _when: Condition | None, loading: Loading) -> Step | None:
    node = reader.node("fail")
    reason = None if node is None else load_reason(node, loading)
    return None if reason is None else Fail(reader.entries.place, reason)


def _skip(reader: Reader, _when: Condition | None, loading: Loading) -> Step | None:
    node = reader.node("skip")
    reason = None if node is None else load_reason(node, loading)
    return None if reason is None else SkipOutput(reader.entries.place, reason)


def _use(reader: Reader, _when: Condition | None, loading: Loading) -> Step | None:
    name = reader.required("use")
    shared = None if name is None else shared_for(name, loading)
    if name is None or shared is None:
        return None
    within = inside(shared, loading)
    body = load_steps(shared.steps, within)
    pass_on(within.problems, name, loading.problems)
    return Use(reader.entries.place, name.text, body)


def _python(reader: Reader, _when: Condition | None, loading: Loading) -> Step | None:
    return load_call(reader, loading)


def _record(reader: Reader, _when: Condition | None, loading: Loading) -> Step | None:
    return load_record(reader, loading)


def _when_do(reader: Reader, when: Condition | None, loading: Loading) -> Step | None:
    then, otherwise = (load_steps(reader.node(key), loading.inner()) for key in ("do", "else"))
    return None if when is None else When(reader.entries.place, when, then, otherwise)


_LOADERS: dict[str, Callable[[Reader, Condition | None, Loading], Step | None]] = {
    "copy": _copy,
    "set": _set,
    "append": _append,
    "delete": _delete,
    "for each": _for_each,
    "let": _let,
    "number": _number,
    "fail": _fail,
    "skip": _skip,
    "use": _use,
    "python": _python,
    "record": _record,
    "when": _when_do,
}
