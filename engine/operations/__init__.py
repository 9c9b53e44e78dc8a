"""What operators may ask of a running engine, and how it is done: each deed audited, none done twice."""

from engine.operations.handlers import Operations
from engine.operations.opening import Noted, Opened, OpenedCodes, open_without_engine
from engine.operations.places import name_of, read_place
from engine.operations.rules import Restored
from engine.operations.running import Running

__all__ = [
    "Noted",
    "Opened",
    "OpenedCodes",
    "Operations",
    "Restored",
    "Running",
    "name_of",
    "open_without_engine",
    "read_place",
]
