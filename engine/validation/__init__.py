"""What a message should be like: the standard's rules compiled per version, profiles, and what a finding means."""

from engine.validation.answering import ack_errors, told
from engine.validation.applying import Surroundings
from engine.validation.checks import NO_CHECKS, Checks, Ruling, strictest
from engine.validation.checks_loading import Profiles, load_checks, load_output_checks
from engine.validation.codes import CODES, Code
from engine.validation.finding import Finding
from engine.validation.inspection import Inspection, inspect, why_unfit
from engine.validation.levels import Reaction, Validate
from engine.validation.profile import Profile
from engine.validation.profile_loading import load_profiles
from engine.validation.reading import note_findings
from engine.validation.standard import standard_findings
from engine.validation.structure import as_json, structure_findings, structure_json

__all__ = [
    "CODES",
    "NO_CHECKS",
    "Checks",
    "Code",
    "Finding",
    "Inspection",
    "Profile",
    "Profiles",
    "Reaction",
    "Ruling",
    "Surroundings",
    "Validate",
    "ack_errors",
    "as_json",
    "inspect",
    "load_checks",
    "load_output_checks",
    "load_profiles",
    "note_findings",
    "standard_findings",
    "strictest",
    "structure_findings",
    "structure_json",
    "told",
    "why_unfit",
]
