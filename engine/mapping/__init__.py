"""Mappings: how a message becomes what a destination is sent. Pure: no clock, no store, no network."""

from engine.mapping.groups import Groups
from engine.mapping.identity import new_control_id
from engine.mapping.job import Built, Failed, Job, MappingTrace, Outcome, Skipped, StepRun
from engine.mapping.mapper import build
from engine.mapping.model import Mapping, OutputSpec, load_mapping
from engine.mapping.output import Start

__all__ = [
    "Built",
    "Failed",
    "Groups",
    "Job",
    "Mapping",
    "MappingTrace",
    "Outcome",
    "OutputSpec",
    "Skipped",
    "Start",
    "StepRun",
    "build",
    "load_mapping",
    "new_control_id",
]
