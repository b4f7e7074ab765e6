"""The books of a year: 1,000 meters, 20 enterprises, quarter hours, three ledgers, from Parquet.

Everything from reading to the last file: tracing, entries by meter, enterprise and origin, chain,
totals, matching, indicators. Reference is writing as many rows of three columns with the same
library, which books nothing.
"""

import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from services.carbon_accounting.book.command import main
from services.carbon_accounting.domain.inventory.amounts import Floats
from tests.bench.measure import Result, seconds_of

YEAR = 35_040
LOADS = 997
ENTERPRISES = 20
QUARTER_US = 900_000_000
BEGIN_US = 1_672_502_400_000_000  # 2023-01-01 in Shanghai
BAR_S, BAR_MB = 180.0, 2048.0
REFERENCE_ROWS = 4_000_000


def run() -> tuple[list[Result], str]:
    """Return time and memory against their bars, and rows a second against writing them."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        write_park(here)
        write_readings(here)
        took_s, cpu_s, memory_mb = booked_alone(here, "--readings", str(here / "readings.parquet"))
        rows, files = entries_in(here)
        reference_s = seconds_of(lambda: write_rows(here / "reference.parquet"), repeats=3)
    ratio = Result(
        "entries booked and written",
        rows / took_s,
        REFERENCE_ROWS / reference_s,
        "rows/s",
        "writing three columns alone",
    )
    note = f"{cpu_s:.0f} s of processor time"
    time_result = Result("1,000 meters, a year, three ledgers", took_s, BAR_S, "s", "the bar", note)
    memory = Result("memory at most", memory_mb, BAR_MB, "MB", "the bar")
    return [time_result, memory, ratio], f"{rows:,} entries in {files} files."


def booked_alone(folder: Path, *source: str) -> tuple[float, float, float]:
    """Book the park in a process of its own; what `booked` returns."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(booked, folder, *source).result()


def entries_in(folder: Path) -> tuple[int, int]:
    """Return how many entries the books hold, and in how many files."""
    files = sorted((folder / "books" / "entries").glob("*/*.parquet"))
    return sum(parquet.read_metadata(file).num_rows for file in files), len(files)


def booked(folder: Path, *source: str) -> tuple[float, float, float]:
    """Book the park; seconds, seconds of processor time and the peak of memory in MB."""
    arguments = [
        *("--park", str(folder / "park.yaml"), *source),
        *("--out", str(folder / "books"), "--entries", "parquet"),
    ]
    began, cpu_began = time.perf_counter(), time.process_time()
    if main(arguments):
        raise RuntimeError("the park was refused")
    took_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
    return took_s, cpu_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def write_park(folder: Path) -> None:
    """Write a park file."""
    text = "\n".join(_park_lines([*_loads()]))
    (folder / "park.yaml").write_text(text, encoding="utf-8")


def write_readings(folder: Path) -> None:
    """Write a year of readings in kWh."""
    times = pa.array(BEGIN_US + QUARTER_US * np.arange(YEAR), pa.timestamp("us", "UTC"))
    parquet.write_table(pa.table({"time": times} | counted_kwh()), folder / "readings.parquet")


def counted_kwh() -> dict[str, Floats]:
    """Return what each meter counted in each quarter hour of the year, in kWh."""
    random = np.random.default_rng(7)
    columns: dict[str, Any] = {}
    total = np.zeros(YEAR)
    for load in _loads():
        columns[load] = np.round(random.gamma(4.0, 2.5, YEAR), 3)
        total += columns[load]
    height = np.sin((np.arange(YEAR) % 96 - 24) / 48 * np.pi)
    columns["pv"] = np.round(np.maximum(0.0, height) * 12_000 * random.uniform(0.5, 1.0, YEAR), 3)
    columns["grid"] = np.round(np.maximum(0.0, total - columns["pv"]), 3)
    columns["export"] = np.round(np.maximum(0.0, columns["pv"] - total), 3)
    return columns


def _loads() -> Iterator[str]:
    return (f"load_{number:03d}" for number in range(LOADS))


def _park_lines(loads: Sequence[str]) -> list[str]:
    enterprises = [f"e{number:02d}" for number in range(ENTERPRISES)]
    return [
        "park: {id: big, name: {en: Big, zh: 大}, time_zone: Asia/Shanghai, currency: CNY}",
        "tenants:",
        *(f"  - {{id: {name}, name: {{en: {name}, zh: {name}}}}}" for name in enterprises),
        "accounting:",
        "  meters:",
        "    - {id: grid, role: grid_import}",
        "    - {id: export, role: export}",
        "    - {id: pv, role: generation, kind: pv}",
        *(
            f"    - {{id: {load}, role: consumption, enterprise: {enterprises[n % ENTERPRISES]}}}"
            for n, load in enumerate(loads)
        ),
    ]


def write_rows(path: Path) -> None:
    """Write rows of a start, an amount and emissions."""
    starts = np.repeat(BEGIN_US + QUARTER_US * np.arange(YEAR), REFERENCE_ROWS // YEAR + 1)
    amounts = np.random.default_rng(7).integers(0, 20_000, REFERENCE_ROWS)
    starts = starts[:REFERENCE_ROWS]
    columns = {"start": starts, "amount": amounts, "emissions_ng": amounts * 832_500_000}
    parquet.write_table(pa.table(columns), path, compression="zstd")
