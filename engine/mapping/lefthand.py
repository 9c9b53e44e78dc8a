"""Paths on the left: what a step may write to, take away or walk, checked when a mapping is loaded."""

from engine.documents import Scalar, report_comment
from engine.expression import CompiledPath, compile_path
from engine.hl7.path import First, Path
from engine.mapping.loading import Loading, Loop
from engine.mapping.values import Depth


def load_left_path(scalar: Scalar, loading: Loading) -> CompiledPath | None:
    """Return a path of the message being built; None where it is wrong, and then that is reported."""
    report_comment(scalar, loading.problems)
    return compile_path(scalar, loading.vocabulary, loading.problems)


def load_field_path(scalar: Scalar, loading: Loading) -> CompiledPath | None:
    """Return a path that ends at a field or inside one."""
    compiled = load_left_path(scalar, loading)
    if compiled is None:
        return None
    path = compiled.path
    if path.field is None:
        hint = f"as in {path.segment}-3"
        loading.problems.add(scalar.place, "not-a-field", f"{scalar.text} is a whole segment; name a field", hint)
        return None
    return None if refuse_delimiters(compiled, scalar, loading) else compiled


def refuse_delimiters(compiled: CompiledPath, scalar: Scalar, loading: Loading) -> bool:
    """Report a step that would change MSH-1 or MSH-2; return whether it was reported."""
    if compiled.path.segment != "MSH" or compiled.path.field not in (1, 2):
        return False
    text = "MSH-1 and MSH-2 follow from the delimiters"
    loading.problems.add(scalar.place, "delimiters-not-allowed", text, "the destination's 'encoding' sets them")
    return True


def depth_of(path: Path, loops: tuple[Loop, ...]) -> Depth:
    """Return how much structure the place can hold; in a loop over a field's repetitions the field means one."""
    if path.field is not None and path.field < 0:
        return Depth.SUBCOMPONENT  # every filled leaf
    if path.subcomponent is not None:
        return Depth.SUBCOMPONENT
    if path.component is not None:
        return Depth.COMPONENT
    if (path.segment, path.field) in loops:
        return Depth.REPETITION
    return Depth.FIELD if isinstance(path.repetition, First) else Depth.REPETITION


def refuse_msh(compiled: CompiledPath, scalar: Scalar, loading: Loading) -> bool:
    """Report a step that would copy, add or take away the MSH; return whether it was reported."""
    if compiled.path.segment != "MSH" or compiled.path.field is not None:
        return False
    text = "every message has exactly one MSH, which 'output' writes"
    loading.problems.add(scalar.place, "msh-not-allowed", text, "its fields can be 'set'")
    return True
