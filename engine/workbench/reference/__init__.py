"""The reference pages that the program writes of itself: ``python -m engine.workbench.reference``."""

from engine.workbench.reference.pages import PAGES, page

__all__ = ["PAGES", "page"]
