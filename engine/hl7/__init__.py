"""Bytes to values and back, losing nothing: the wire view of HL7 v2. No files, no sockets, no clock."""
