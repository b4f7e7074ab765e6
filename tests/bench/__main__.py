"""Run the benches: `python -m tests.bench [name …] [--write]`."""

import argparse
import importlib
import sys
import time
from pathlib import Path

from tests.bench.measure import Result, as_table, machine

BENCHES = (
    "frame_codec",
    "validation_advance",
    "dispatch_program",
    "history_write",
    "forecast_skill",
    "energy_step",
)
PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


def main() -> int:
    """Run what was asked for, print it, and write it down when asked to."""
    parser = argparse.ArgumentParser(description="Measure against references in the same run.")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(BENCHES)}; default: all")
    parser.add_argument("--write", action="store_true", help="renew docs/performance.md")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(BENCHES):
        parser.error(f"no bench {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    page = _page(arguments.names or list(BENCHES))
    sys.stdout.write(page)
    if arguments.write:
        PAGE.write_text(page, encoding="utf-8")
    return 0


def _page(names: list[str]) -> str:
    parts = ["# Performance\n", f"Machine: {machine()}.\n"]
    results: list[Result] = []
    details: list[str] = []
    for name in names:
        began = time.perf_counter()
        sys.stderr.write(f"bench {name} …")
        sys.stderr.flush()
        bench = importlib.import_module(f"tests.bench.{name}")
        figures, detail = bench.run()
        results += figures
        if detail:
            details.append(f"## {name}\n\n{(bench.__doc__ or '').strip()}\n\n{detail}\n")
        sys.stderr.write(f" {time.perf_counter() - began:.0f} s\n")
    command = "make bench ARGS=--write" if names == list(BENCHES) else f"… {' '.join(names)}"
    parts.append(
        f"Written by `{command}` (`python -m tests.bench --write`).\n"
        "Ratios are measured / reference of the same run: absolute figures belong to the machine "
        "and its load.\n"
    )
    return "\n".join([*parts, as_table(results) + "\n", *details])


if __name__ == "__main__":
    sys.exit(main())
