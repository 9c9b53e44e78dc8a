"""Profiles from elsewhere: conformance profiles in XML compiled to our YAML, and profiles told to people."""

from engine.workbench.profiles.importing import Imported, import_profile

__all__ = ["Imported", "import_profile"]
