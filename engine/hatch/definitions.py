"""What functions a module has, found in its text: nothing of it is imported or run."""

import ast

from engine.mapping.library import Signature
from engine.problems import Place, Problems


def read_module(file: str, text: str, problems: Problems) -> dict[str, Signature]:
    """Return the functions that stand at the left margin of *text*; a text that is no Python is a problem."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line, column = getattr(error, "lineno", None) or 1, getattr(error, "offset", None) or 1
        reason = error.msg if isinstance(error, SyntaxError) else "it cannot be read"
        problems.add(Place(file, line, max(column, 1)), "python-syntax", f"this is no Python: {reason}")
        return {}
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {node.name: _signature(node.args) for node in functions}


def _signature(arguments: ast.arguments) -> Signature:
    """Return what a function may be given by name. What it takes by position only can never be given."""
    positional = [*arguments.posonlyargs, *arguments.args]
    required = {each.arg for each in positional[: len(positional) - len(arguments.defaults)]}
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    required |= {each.arg for each, default in pairs if default is None}
    known = {each.arg for each in (*arguments.args, *arguments.kwonlyargs)}
    return Signature(frozenset(required), None if arguments.kwarg is not None else frozenset(known))
