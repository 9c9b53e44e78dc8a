"""Every file of a site to one frozen Settings, or all problems."""

from engine.config.loading import Settings, Survey, examine, load, survey
from engine.config.settings import Configuration, DestinationSettings, ListenerSettings, RetrySettings
from engine.config.values import Address

__all__ = [
    "Address",
    "Configuration",
    "DestinationSettings",
    "ListenerSettings",
    "RetrySettings",
    "Settings",
    "Survey",
    "examine",
    "load",
    "survey",
]
