"""``make bench``: what a message costs in each part, and how many the engine takes beside the hand-written limit.

python -m tests.bench [--quick] [--long] [--messages N] [--rounds N] [--disk FOLDER]; BENCH_MESSAGES is --messages, too.
BENCH_LAB names a folder with another limit to run beside (see lab.py).
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.config.loading import load
from engine.decision import finish, plan
from engine.telemetry import configure_logs
from engine.workbench.nothing_known import nothing_known
from tests.bench.lab import of_lab
from tests.bench.parts import deciding, indexing, journalling, receipts_of
from tests.bench.processes import ROOT
from tests.bench.rounds import Outcome, Ring, Scale, of_engine, of_limit, ring
from tests.bench.sites import asking_site, busy_site, checked_site, own_site
from tests.bench.table import Part, lab_lines, machine, parts_table, rounds_table
from tests.bench.traffic import events
from tests.bench.wires import delivering, framing

QUICK, LONG = 300, 100_000
LAB_MESSAGES = 8_000
NOTES = (
    "own site: config.yaml and its rules, where many messages have one output or none. Bench site: the same mappings,",
    "each message to both destinations (tests/bench/site). Framing, delivery: on real sockets. Index, journal: in",
    "batches of 64 with their commits, on disk. plan + finish also makes the answer and the facts: not counted there.",
    "The two lines without a goal are what the own site's rules cost more: `known.` and its like, and `validate` in an",
    "output. They are in nothing else, nor in the sum; own site is measured without them.",
)


def main() -> int:
    """Measure, print; return 1 if anything did not arrive."""
    told = _arguments()
    configure_logs(level="error")
    told.disk.mkdir(parents=True, exist_ok=True)
    _say([machine()])
    scale = Scale(min(2_000, told.messages), told.messages)
    with ring(scale) as around:
        _say(parts_table(list(_parts(around, told.disk, told.parts)), NOTES))
        outcomes = [run(around, told.disk) for _ in range(told.rounds) for run in (of_engine, of_limit)]
        _say(rounds_table(outcomes, scale.connections))
        if lab := os.environ.get("BENCH_LAB"):
            _say(lab_lines([of_lab(Path(lab), LAB_MESSAGES, told.disk) for _ in range(told.rounds)], outcomes))
    if told.long:
        outcomes += _long(told.disk)
    return 1 if any(outcome.problems for outcome in outcomes) else 0


def _long(disk: Path) -> list[Outcome]:
    """Return one long round: whether memory and cost stay flat."""
    scale = Scale(2_000, LONG)
    with ring(scale) as around:
        outcomes = [of_engine(around, disk)]
        _say(rounds_table(outcomes, scale.connections))
    return outcomes


def _parts(around: Ring, disk: Path, count: int) -> Iterator[Part]:
    scale = around.scale
    receipts = receipts_of(events(scale.warm_up + scale.messages)[:count])
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        own, busy = own_site(Path(folder) / "own"), load(busy_site(Path(folder) / "site"))
        ours, theirs = deciding(own, receipts), deciding(busy, receipts)
        cut = framing(around.load, receipts, busy.rules)
        yield Part("framing + ACK", 40, cut + ours.reply, cut + theirs.reply)
        yield Part("plan + finish", 150, ours.own, theirs.own)
        asking = deciding(asking_site(Path(folder) / "asking"), receipts)
        yield Part("  what rules ask of the record index", None, asking.own - ours.own, None)
        checked = deciding(checked_site(), receipts)
        yield Part("  checks of outputs, by the site's profiles", None, checked.own - asking.own, None)
        load_and_write = indexing(busy, receipts, disk)
        yield Part("index", 120, ours.facts + load_and_write, theirs.facts + load_and_write)
        yield Part("journal", 60, journalling(own, receipts, disk), journalling(busy, receipts, disk))
        outputs = [
            (output.lane_keys, output.payload)
            for receipt in receipts
            for planned in (plan(receipt, busy.rules),)
            for output in finish(planned, nothing_known(planned)).outputs
            if output.destination == "billing"
        ]
        each = delivering(around.ports[0], outputs, busy.rules.destinations["billing"].lanes)
        yield Part("delivery, first destination", 50, None, each)
        yield Part("delivery, second destination", 50, None, each)


def _say(lines: Sequence[str] | Iterator[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small variant, for tests")
    parser.add_argument("--long", action="store_true", help=f"also one round of {LONG} messages")
    parser.add_argument("--messages", type=int, default=int(os.environ.get("BENCH_MESSAGES", "20000")))
    parser.add_argument("--rounds", type=int, default=2, help="of engine and limit, in turns")
    parser.add_argument("--disk", type=Path, default=ROOT / "var" / "bench", help="a folder on the disk to measure")
    told = parser.parse_args()
    told.parts = 3_000
    if told.quick:
        told.messages, told.rounds, told.parts = QUICK, 1, QUICK
    return told


if __name__ == "__main__":
    sys.exit(main())
