"""One measurement by hand: `python -m tests.bench.pipeline throughput --seconds 60`."""

import argparse
import sys

from tests.bench.measure import as_table, machine
from tests.bench.pipeline import throughput
from tests.bench.pipeline.pushing import Plan


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the whole path.")
    parser.add_argument("what", choices=["throughput"])
    parser.add_argument("--points", type=int, default=50_000)
    parser.add_argument("--sources", type=int, default=50)
    parser.add_argument("--rate", type=float, default=100_000.0, help="readings a second")
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--form", choices=["columns", "readings"], default="columns")
    asked = parser.parse_args()
    plan = Plan(
        asked.points,
        asked.sources,
        asked.seconds,
        period_s=asked.points / asked.rate,
        form=asked.form,
    )
    figures, detail = throughput.results(plan, throughput.sustained(plan))
    sys.stdout.write(f"Machine: {machine()}.\n\n{as_table(figures)}\n\n{detail}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
