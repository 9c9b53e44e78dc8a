"""Warns of a formula that is written to many places, and reads at each of them what only the first one holds."""

from engine.documents import Scalar
from engine.expression import CompiledPath
from engine.expression.compiled import nodes_in
from engine.expression.syntax import Read
from engine.hl7.path import FIRST, First, Number, Path, Root
from engine.mapping.loading import Loading
from engine.mapping.values import Fixed, Value
from engine.problems import Problems

_CODE = "first-only"


def warn_of_first_only(target: CompiledPath, value: Value, written: Scalar, loading: Loading) -> None:
    """Tell where ``OBX[*]-5: =upper(OBX-5)`` would write what stands in the first OBX into every one."""
    if isinstance(value, Fixed) or not target.many:
        return
    for node in nodes_in(value.formula.node):
        if isinstance(node, Read) and node.path.root is Root.MESSAGE and node.path.segment == target.path.segment:
            _compare(target.path, node, written, loading)


def _compare(target: Path, read: Read, written: Scalar, loading: Loading) -> None:
    path, loops = read.path, {segment for segment, _ in loading.loops}
    if path.occurrence != FIRST or path.segment in loops:
        return
    one_segment = isinstance(target.occurrence, First | Number)
    if not one_segment:
        hint = f"'value' is what stands at each place; below 'for each: {path.segment}' {path.text} is each one's own"
        _tell(read, written, f"{path.text} is that of the first {path.segment}", hint, loading.problems)
    elif path.field == target.field and path.component is not None and path.repetition == FIRST:
        hint = "'value' is what stands at each place"
        _tell(read, written, f"{path.text} is that of the first repetition", hint, loading.problems)


def _tell(read: Read, written: Scalar, text: str, hint: str, problems: Problems) -> None:
    problems.warn(written.place_of(read.start), _CODE, f"{text}, and is written to every place", hint)
