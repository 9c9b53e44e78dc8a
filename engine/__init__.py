"""An HL7 v2 interface engine: MLLP in, rules in YAML, a record index, transformed messages out."""
