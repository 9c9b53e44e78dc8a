"""Delivery: every message reaches every destination its rules name, at least once and in order per lane."""

from engine.delivery.dispatcher import Destination, Dispatcher
from engine.delivery.lanes import DeliveryId, LaneQueue
from engine.delivery.ledger import Ledger, Outcome, Waiting
from engine.delivery.mllp import MllpSender
from engine.delivery.retry import RetryPolicy, Trouble, next_wait
from engine.delivery.sender import Delivered, NotDelivered, Result, Sender

__all__ = [
    "Delivered",
    "DeliveryId",
    "Destination",
    "Dispatcher",
    "LaneQueue",
    "Ledger",
    "MllpSender",
    "NotDelivered",
    "Outcome",
    "Result",
    "RetryPolicy",
    "Sender",
    "Trouble",
    "Waiting",
    "next_wait",
]
