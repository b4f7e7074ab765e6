"""What a bench answers with, and how time is taken."""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """One figure next to a reference of the same run; `ratio` is measured / reference."""

    what: str
    measured: float
    reference: float
    unit: str
    against: str
    note: str = ""

    @property
    def ratio(self) -> float:
        """Return measured / reference; whether more or less is better the unit tells."""
        return self.measured / self.reference if self.reference else float("nan")


def seconds_of(work: Callable[[], object], repeats: int = 5) -> float:
    """Return the least wall time of some runs: the least is what the work itself needs."""
    took_s = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        took_s.append(time.perf_counter() - began)
    return min(took_s)


def machine() -> str:
    """Return one line on what the figures were taken on."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    return (
        f"{os.cpu_count()} cores ({_processor()}), {memory_gib:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}{load}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def as_table(results: list[Result]) -> str:
    """Return the results as a Markdown table."""
    rows = ["| what | measured | reference | ratio | |", "|---|--:|--:|--:|---|"]
    for result in results:
        note = f"against {result.against}" + (f"; {result.note}" if result.note else "")
        rows.append(
            f"| {result.what} | {_number(result.measured)} {result.unit} "
            f"| {_number(result.reference)} {result.unit} | {result.ratio:.2f} | {note} |"
        )
    return "\n".join(rows)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
