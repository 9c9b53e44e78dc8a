"""The engine as a process: its birth, what changes while it lives, and its death."""

from engine.service.life import Hooks, Service

__all__ = ["Hooks", "Service"]
