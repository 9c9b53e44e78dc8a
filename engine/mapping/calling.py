"""``python: module:function``: the escape hatch. A declared function is given texts by name, and gives texts by name.

Nothing of it runs here: the function is reached through the library that was handed in when the mapping was loaded.
"""

import re
from dataclasses import dataclass, field

from engine.documents import Reader, Scalar, report_comment
from engine.errors import RuleFailed
from engine.expression import RESERVED, Formula, Kind, compile_formula
from engine.mapping.library import Functions, Signature
from engine.mapping.loading import Loading, pairs_in
from engine.mapping.run import Run
from engine.problems import Place, did_you_mean

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CALLED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a function in Python."""

    place: Place
    name: str
    """``module:function``."""
    arguments: tuple[tuple[str, Formula | str], ...]
    gives: tuple[str, ...]
    functions: Functions = field(repr=False, compare=False)

    def run(self, run: Run) -> None:
        """Ask the function, and give its results their names."""
        env = run.env
        arguments = {name: value if isinstance(value, str) else value.text(env) for name, value in self.arguments}
        env.budget.grow(sum(map(len, arguments.values())))
        try:
            results = self.functions.call(self.name, arguments)
        except RuleFailed as failure:
            if run.trace is not None:
                run.record("python", self.name, repr(arguments), failure.code)
            failure.at(self.place)
            raise
        if run.trace is not None:
            run.record("python", self.name, repr(arguments), repr(dict(results)))
        if results.keys() != set(self.gives):
            text = f"{self.name} gives {', '.join(sorted(results)) or 'nothing'}, not {', '.join(self.gives)}"
            raise RuleFailed("python-result", text, self.place)
        env.budget.grow(sum(map(len, results.values())))
        env.lets.update(results)


def load_call(reader: Reader, loading: Loading) -> Call | None:
    """Return a ``python`` step; None where it cannot be run, and then that is reported."""
    name, given = reader.required("python"), reader.map("arguments")
    arguments = _arguments(reader, loading)
    gives = [each for each in reader.scalars("gives") if _may_be_named(each, loading)]
    if not gives and not {"gives", "python"} & reader.entries.left_out:
        hint = "as in gives: [family, given]"
        loading.problems.add(reader.entries.place, "missing-key", "'gives' is missing here", hint)
    for each in gives:
        loading.vocabulary = loading.vocabulary.with_let(each.text, Kind.TEXT)
    if name is None:
        return None
    written = [key for key, _ in given.pairs] if given else []
    functions = _functions_for(name, written, loading)
    if functions is None or arguments is None:
        return None
    return Call(reader.entries.place, name.text, arguments, tuple(each.text for each in gives), functions)


def _arguments(reader: Reader, loading: Loading) -> tuple[tuple[str, Formula | str], ...] | None:
    node = reader.node("arguments")
    found: list[tuple[str, Formula | str]] = []
    is_whole = True
    for key, scalar in () if node is None else pairs_in(node, loading):
        report_comment(scalar, loading.problems)
        value: Formula | str | None = scalar.text
        if scalar.text.startswith("="):
            value = compile_formula(scalar, loading.vocabulary, loading.problems)
        if value is None:
            is_whole = False
        else:
            found.append((key.text, value))
    return tuple(found) if is_whole else None


def _may_be_named(scalar: Scalar, loading: Loading) -> bool:
    if _NAME.fullmatch(scalar.text) and scalar.text not in RESERVED:
        return True
    text = "a word of the language" if scalar.text in RESERVED else "not lower case letters, digits and _"
    loading.problems.add(scalar.place, "let-name", f"'{scalar.text}' is {text}", "as in mrn or visit_number")
    return False


def _functions_for(name: Scalar, arguments: list[Scalar], loading: Loading) -> Functions | None:
    """Return what runs the function, after reporting one that is not declared, not there or given something else."""
    functions, problems = loading.library.functions, loading.problems
    if functions is None:
        hint = "say 'python: {folder: mappings/python}' in config.yaml"
        problems.add(name.place, "python-not-declared", "config.yaml declares no functions in Python", hint)
        return None
    if not _CALLED.fullmatch(name.text):
        text = f"'{name.text}' names no function"
        problems.add(name.place, "python-name", text, "module:function, as in names:normalise")
        return None
    module, _, function = name.text.partition(":")
    known = functions.modules.get(module)
    if known is None:
        hint = did_you_mean(module, functions.modules) or "its file lies in the folder that config.yaml declares"
        problems.add(name.place, "unknown-module", f"there is no module '{module}'", hint)
        return None
    signature = known.get(function)
    if signature is None:
        place = name.place_of(len(module) + 1)
        hint = did_you_mean(function, known) or "functions are written 'def NAME(...)' at the left margin"
        problems.add(place, "unknown-function", f"{module} has no function '{function}'", hint)
        return None
    _check_arguments(name, signature, arguments, loading)
    return functions


def _check_arguments(name: Scalar, signature: Signature, arguments: list[Scalar], loading: Loading) -> None:
    for each in arguments:
        if signature.known is not None and each.text not in signature.known:
            hint = (
                did_you_mean(each.text, signature.known) or f"it takes {', '.join(sorted(signature.known)) or 'none'}"
            )
            text = f"{name.text} takes no argument '{each.text}'"
            loading.problems.add(each.place, "python-arguments", text, hint)
    missing = sorted(signature.required - {each.text for each in arguments})
    if missing:
        text = f"{name.text} needs {', '.join(missing)} too"
        loading.problems.add(name.place, "python-arguments", text, "name them under 'arguments'")
