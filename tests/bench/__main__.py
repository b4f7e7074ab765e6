"""Run the benches: `python -m tests.bench [name …] [--write]`."""

import argparse
import importlib
import sys
import time
from pathlib import Path

from tests.bench.measure import as_table, machine
from tests.bench.page import Part, renewed, with_table

BENCHES = (
    "frame_codec",
    "spool",
    "validation_advance",
    "energy_step",
    "dispatch_program",
    "dispatch_park",
    "dispatch_month",
    "history_write",
    "history_queries",
    "forecasts",
    "forecast_costs",
    "nowcast",
    "joint_sums",
    "forecast_serving",
    "carbon_tracing",
    "carbon_book",
    "carbon_history",
    "carbon_live",
    "carbon_page",
    "pipeline.throughput",
    "pipeline.stages",
    "pipeline.latency",
    "pipeline.memory",
    "pipeline.backfill",
)
DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "performance.md"
FORECASTING = ("forecasts", "forecast_costs", "nowcast", "joint_sums", "forecast_serving")
OWN_PAGES = dict.fromkeys(FORECASTING, DOCS / "forecasting.md") | {
    "dispatch_park": DOCS / "dispatch.md",
    "dispatch_month": DOCS / "dispatch.md",
    "carbon_tracing": DOCS / "carbon-tracing.md",
    "carbon_book": DOCS / "carbon.md",
    "carbon_history": DOCS / "carbon.md",
    "carbon_live": DOCS / "ledgers.md",
    "carbon_page": DOCS / "carbon-indicators.md",
}
"""Benches whose table stands in a page of its own, between marks."""


def main() -> int:
    """Run what was asked for, print it, and write it down when asked to."""
    parser = argparse.ArgumentParser(description="Measure against references in the same run.")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(BENCHES)}; default: all")
    parser.add_argument("--write", action="store_true", help="renew the pages in docs")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(BENCHES):
        parser.error(f"no bench {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    for name in arguments.names or BENCHES:
        part = _measured(name)
        sys.stdout.write(f"{part}\n")
        if arguments.write and name in OWN_PAGES:
            page = OWN_PAGES[name]
            page.write_text(with_table(page.read_text(encoding="utf-8"), part), encoding="utf-8")
        elif arguments.write:
            old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
            PAGE.write_text(renewed(old, [part], BENCHES), encoding="utf-8")
    return 0


def _measured(name: str) -> Part:
    began, on = time.perf_counter(), machine()
    sys.stderr.write(f"bench {name} …")
    sys.stderr.flush()
    bench = importlib.import_module(f"tests.bench.{name}")
    figures, detail = bench.run()
    took_s = time.perf_counter() - began
    sys.stderr.write(f" {took_s:.0f} s\n")
    told = (bench.__doc__ or "").strip()
    return Part(name, f"{told}\n\n{on}; {took_s:.0f} s.\n\n{as_table(figures)}\n\n{detail}")


if __name__ == "__main__":
    sys.exit(main())
