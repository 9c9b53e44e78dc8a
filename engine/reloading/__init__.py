"""A changed site: read and tried aside, held against the one that runs, and told about. Switching is the service's."""

from engine.reloading.differences import Difference, Fate, differences, summary
from engine.reloading.hindrances import left_behind, needs_restart
from engine.reloading.preparing import Prepared, Preparing, Unusable, files_of
from engine.reloading.report import Report, Result

__all__ = [
    "Difference",
    "Fate",
    "Prepared",
    "Preparing",
    "Report",
    "Result",
    "Unusable",
    "differences",
    "files_of",
    "left_behind",
    "needs_restart",
    "summary",
]
