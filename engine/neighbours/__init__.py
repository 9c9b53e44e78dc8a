"""The other ends of our sockets, for trying things out: a system that sends, and one that receives."""

from engine.neighbours.receiver import Receiver
from engine.neighbours.sender import Exchange, exchange, send_in_order

__all__ = ["Exchange", "Receiver", "exchange", "send_in_order"]
