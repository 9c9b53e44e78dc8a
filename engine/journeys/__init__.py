"""Synthetic patients' journeys: linked ADT and ORU messages for `engine generate` and `engine demo`, nobody real.

Pure: the same seed gives the same bytes on every Python from 3.11 on. Knows nothing of the rest of the engine.
"""

from engine.journeys.event import Event, Sender
from engine.journeys.stream import START, journeys, mixed, take

__all__ = ["START", "Event", "Sender", "journeys", "mixed", "take"]
