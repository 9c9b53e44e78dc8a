"""The expressions that interface analysts write: text to closures, every mistake told at its column."""

from engine.expression.compiled import (
    Condition,
    Formula,
    compile_condition,
    compile_formula,
    compile_let,
    has_formula_sign,
)
from engine.expression.compiler import Source
from engine.expression.environment import Budget, Env, Moment, Scope, Stored, Table, WholeMessage
from engine.expression.functions import FUNCTIONS
from engine.expression.names import RESERVED, Vocabulary
from engine.expression.raws import escaped
from engine.expression.syntax import Kind
from engine.expression.targets import CompiledPath, Spot, compile_path, raw_at
from engine.expression.tracing import Asked, Clause, Seen, Trace
from engine.expression.written import Leaf, Many, Null, Raw, Written

__all__ = [
    "FUNCTIONS",
    "RESERVED",
    "Asked",
    "Budget",
    "Clause",
    "CompiledPath",
    "Condition",
    "Env",
    "Formula",
    "Kind",
    "Leaf",
    "Many",
    "Moment",
    "Null",
    "Raw",
    "Scope",
    "Seen",
    "Source",
    "Spot",
    "Stored",
    "Table",
    "Trace",
    "Vocabulary",
    "WholeMessage",
    "Written",
    "compile_condition",
    "compile_formula",
    "compile_let",
    "compile_path",
    "escaped",
    "has_formula_sign",
    "raw_at",
]
