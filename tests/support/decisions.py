"""Rules as a site writes them and messages as a sender sends them, for tests of what is decided."""

from collections.abc import Mapping
from pathlib import Path

from engine.config import examine
from engine.context import EMPTY_CONTEXT, Context
from engine.decision import Decision, Receipt, decide
from engine.routing import Rules
from tests.support.sites import write_site

RECEIVED_NS = 1_772_366_400_123_456_789
"""A Sunday noon in 2026, UTC."""
CONFIG = """\
site: st-mary
time_zone: UTC
store: sqlite:///var/engine.db
listeners:
  adt: {mllp: 127.0.0.1:0, sender: {authority: STMARY}}
destinations:
  billing: {mllp: 127.0.0.1:1}
  registry: {mllp: 127.0.0.1:1}
"""
ADT = (
    b"MSH|^~\\&|HIS|STMARY|ENGINE|SITE|20260301115959||ADT^A01^ADT_A01|MSG1|P|2.5.1\r"
    b"EVN|A01|20260301115959\rPID|1||4711^^^STMARY^MR||DOE^JANE||19690230|F\rPV1|1|I\r"
)
"""Its birth date is no date: what reads it fails."""
UNREADABLE = "years_between(PID-7, '20260101')"


def rules_of(folder: Path, route: str, mappings: Mapping[str, str] | None = None, config: str = CONFIG) -> Rules:
    """Return the rules of a site with one route, written as its entries under ``to:`` or whole."""
    text = route if route.startswith("route:") else f"route: all\nfrom: adt\nto:\n{route}"
    files = {"config.yaml": config, "routes/all.yaml": text}
    files |= {f"mappings/{name}.yaml": f"mapping: {name}\n{body}" for name, body in (mappings or {}).items()}
    settings, problems = examine(write_site(folder, files))
    assert settings is not None, "\n".join(map(str, problems.sorted()))
    return settings.rules


def receipt_of(payload: bytes = ADT, listener: str = "adt") -> Receipt:
    """Return how *payload* came in, at noon."""
    return Receipt(listener, payload, RECEIVED_NS, "127.0.0.1")


def decided(rules: Rules, payload: bytes = ADT, context: Context = EMPTY_CONTEXT, listener: str = "adt") -> Decision:
    """Return the decision about *payload*."""
    return decide(receipt_of(payload, listener), rules, context)


def segments(ack: bytes, name: bytes) -> list[list[bytes]]:
    """Return the fields of each segment called *name*; number n stands at n (in MSH at n - 1)."""
    return [line.split(ack[3:4]) for line in ack.split(b"\r") if line.startswith(name)]


def errors(ack: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """Return ERR-2, ERR-3.1 and ERR-4 of each error of an acknowledgement from 2.5 on."""
    return [(fields[2], fields[3].partition(b"^")[0], fields[4]) for fields in segments(ack, b"ERR")]


def answered(ack: bytes) -> tuple[bytes, bytes]:
    """Return MSA-1 and MSA-2."""
    ((_, code, control_id, *_rest),) = segments(ack, b"MSA")
    return code, control_id
