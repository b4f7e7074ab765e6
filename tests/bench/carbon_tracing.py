"""Electricity traced by origin: a year of quarter hours of 1,000 meters, ten days at a time.

An incoming busbar with grid, wind and a battery, nine halls behind it with 108 loads each, four of
them with PV that flows back at noon; every load of every quarter hour by four origins. Reference
is one numpy pass over the same amounts, times a factor (one product a value; nothing is traced).
"""

import resource
import time
from collections.abc import Iterator
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.tracing.amounts import Amounts
from services.carbon_accounting.domain.tracing.boundary import Boundary, Meter, Role, Store
from services.carbon_accounting.domain.tracing.pools import Pools
from services.carbon_accounting.domain.tracing.tracing import CHUNK, traced_in_chunks
from tests.bench.measure import Result, seconds_of

YEAR = 35_040
QUARTER_US = 900_000_000
BEGIN_US = 1_735_660_800_000_000  # 2025-01-01 in Shanghai
HALLS = tuple(f"hall_{n}" for n in range(9))
LOADS_EACH = 108
FACTOR_NG_PER_WH = 832_500


def run() -> tuple[list[Result], str]:
    """Return the seconds of tracing and of multiplying, and what memory it took."""
    where, amounts = a_park(), a_year()
    began = time.perf_counter()
    traced_wh = sum(int(wh.sum()) for wh in _consumption(where, amounts))
    took_s = time.perf_counter() - began

    reference_s = seconds_of(lambda: amounts.wh * FACTOR_NG_PER_WH, repeats=3)
    note = f"{amounts.wh.size / took_s / 1e6:.1f} million values/s, {_peak_mib():.0f} MiB at most"
    what = f"a year of {len(where.meters):,} meters traced by origin"
    result = Result(what, took_s, reference_s, "s", "one numpy pass times a factor", note)
    return [result], f"{traced_wh / 1e12:.1f} TWh of loads, export and losses booked."


def a_park() -> Boundary:
    """Return 1,000 meters."""
    meters = [
        Meter("grid", Role.SUPPLY, "main", kind="grid"),
        Meter("wind", Role.SUPPLY, "main", kind="wind"),
        Meter("export", Role.EXPORT, "main"),
        Meter("battery.charge", Role.CHARGE, "main", store="battery"),
        Meter("battery.discharge", Role.DISCHARGE, "main", store="battery"),
        Meter("chp", Role.SUPPLY, "hall_8", kind="chp"),
    ]
    for number, hall in enumerate(HALLS):
        meters += [Meter(f"{hall}.in", Role.FLOW, "main", to_node=hall)]
        meters += [Meter(f"{hall}.out", Role.FLOW, hall, to_node="main")]
        if number < 4:
            meters += [Meter(f"{hall}.pv", Role.SUPPLY, hall, kind="pv", source="pv")]
        meters += [Meter(f"{hall}.load_{n:03}", Role.LOAD, hall) for n in range(LOADS_EACH)]
    store = Store("battery", Fraction(9, 10), capacity_wh=4_000_000)
    return Boundary(("main", *HALLS), tuple(meters), ZoneInfo("Asia/Shanghai"), (store,))


def a_year() -> Amounts:
    """Return amounts that close at every node: what halls lack comes from the main busbar."""
    random, at = np.random.default_rng(7), np.arange(YEAR)
    sun = np.maximum(0, np.sin((at % 96 - 24) * np.pi / 48)) * random.uniform(0.1, 1, YEAR)
    rows: dict[str, np.ndarray] = {}
    to_halls = np.zeros(YEAR, np.int64)
    for number, hall in enumerate(HALLS):
        loads = random.integers(0, 4_000, (LOADS_EACH, YEAR))
        rows |= {f"{hall}.load_{n:03}": load for n, load in enumerate(loads)}
        made = np.zeros(YEAR, np.int64)
        if number < 4:
            rows[f"{hall}.pv"] = made = (sun * 600_000).astype(np.int64)
        if hall == "hall_8":
            rows["chp"] = made = np.full(YEAR, 50_000)
        net = loads.sum(axis=0) - made
        rows[f"{hall}.in"], rows[f"{hall}.out"] = np.maximum(net, 0), np.maximum(-net, 0)
        to_halls += net
    cycle = np.sin(at / 5) * 300_000
    charge = np.maximum(cycle, 0).astype(np.int64)
    gave = np.maximum(-cycle * 0.9, 0).astype(np.int64)
    rows |= {"battery.charge": charge, "battery.discharge": gave}
    rows["wind"] = random.integers(0, 500_000, YEAR)
    net = to_halls + charge - gave - rows["wind"]
    rows["grid"], rows["export"] = np.maximum(net, 0), np.maximum(-net, 0)
    wh = np.array([*rows.values()], np.int64)
    return Amounts(tuple(rows), BEGIN_US + QUARTER_US * at, wh, np.zeros(wh.shape, bool))


def _consumption(where: Boundary, amounts: Amounts) -> Iterator[np.ndarray]:
    for chunk in traced_in_chunks(where, amounts, Pools(), CHUNK):
        assert not chunk.gap_wh.any(), "the amounts of the bench close"
        yield chunk.wh


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
