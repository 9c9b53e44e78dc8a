"""What the engine tells machines about itself: structured logs. Ids and counts only, never a value of a message."""

from engine.telemetry.logs import configure_logs, where

__all__ = ["configure_logs", "where"]
