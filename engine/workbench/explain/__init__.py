"""Explains one message: what was decided, from what, and what kept it away from a destination."""
