"""The escape hatch: a site's functions in Python, read here without running them and run in processes of their own."""

from engine.hatch.definitions import read_module
from engine.hatch.workers import Terms, Workers

__all__ = ["Terms", "Workers", "read_module"]
