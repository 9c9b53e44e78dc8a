"""A partner's interface specification, written from what the rules say: the same rules give the same bytes."""

from engine.workbench.specification.document import specification

__all__ = ["specification"]
