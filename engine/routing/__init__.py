"""Runs routes/: which routes take a message, and what is asked for which destination."""

from engine.routing.loading import Known, load_route
from engine.routing.model import Destination, Entry, Listener, OnFailure, Route, Rules, Sender
from engine.routing.router import Chosen, EnvFor, Routing, route
from engine.validation import Validate

__all__ = [
    "Chosen",
    "Destination",
    "Entry",
    "EnvFor",
    "Known",
    "Listener",
    "OnFailure",
    "Route",
    "Routing",
    "Rules",
    "Sender",
    "Validate",
    "load_route",
    "route",
]
