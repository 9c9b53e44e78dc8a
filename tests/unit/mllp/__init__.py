"""Tests of MLLP: bytes on sockets, without one."""
