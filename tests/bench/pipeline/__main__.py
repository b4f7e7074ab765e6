"""One measurement by hand: `python -m tests.bench.pipeline throughput --seconds 60`."""

import argparse
import sys

from tests.bench.measure import Result, as_table, machine
from tests.bench.pipeline import backfill, latency, memory, throughput
from tests.bench.pipeline.pushing import Plan

Answer = tuple[list[Result], str]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the whole path.")
    parser.add_argument("what", choices=MEASURES)
    parser.add_argument("--points", type=int, default=50_000)
    parser.add_argument("--sources", type=int, default=50)
    parser.add_argument("--rate", type=float, default=100_000.0, help="readings a second")
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--form", choices=["columns", "readings"], default="columns")
    parser.add_argument("--step", type=float, default=900.0, help="seconds, of a backfill")
    parser.add_argument("--rounds", type=int, default=20, help="of each point, for memory")
    asked = parser.parse_args()
    figures, detail = MEASURES[asked.what](asked)
    sys.stdout.write(f"Machine: {machine()}.\n\n{as_table(figures)}\n\n{detail}\n")
    return 0


def _plan(asked: argparse.Namespace) -> Plan:
    period_s = asked.points / asked.rate
    return Plan(asked.points, asked.sources, asked.seconds, period_s=period_s, form=asked.form)


def _throughput(asked: argparse.Namespace) -> Answer:
    return throughput.results(*throughput.measured([_plan(asked)]))


def _latency(asked: argparse.Namespace) -> Answer:
    seen = latency.latencies(_plan(asked))
    what = f"{asked.rate:,.0f} readings/s"
    allowed = latency.WATCH_ALLOWED_S, latency.ROW_ALLOWED_S
    return latency.results(what, seen, *allowed), ""


def _backfill(asked: argparse.Namespace) -> Answer:
    return backfill.figures(backfill.backfilled(asked.step, asked.seconds), asked.step), ""


def _memory(asked: argparse.Namespace) -> Answer:
    return memory.figures([asked.points], asked.rounds)


MEASURES = {
    "throughput": _throughput,
    "latency": _latency,
    "backfill": _backfill,
    "memory": _memory,
}

if __name__ == "__main__":
    sys.exit(main())
