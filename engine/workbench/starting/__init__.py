"""Starting points for analysts: a listener, destination, table, mapping or route that is valid as it stands."""

from engine.workbench.starting.making import Kind, Made, Wanted, make
from engine.workbench.starting.texts import Ends

__all__ = ["Ends", "Kind", "Made", "Wanted", "make"]
