"""The live books: a year restated under another factor, and a quarter hour booked as it ends.

A park of the demo's size: 27 registers, 35,040 quarters, three ledgers; its words lie in
PostgreSQL. A second park has 1,000 meters, of which one quarter is booked. What is timed is the
whole step: reading words, tracing, booking, comparing, chaining, writing and committing; and both
versions of the restated year compared, as `CompareVersions` does.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.site import Meter, Owner, Role, Site
from services.carbon_accounting.domain.words import QUARTER_US, Word
from services.carbon_accounting.live.bookkeeping import take
from services.carbon_accounting.live.catching_up import next_portion
from services.carbon_accounting.live.comparing import VersionsAsked, version_differences
from services.carbon_accounting.live.line_numbers import LineNumbers
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.live.local_days import LocalDays
from services.carbon_accounting.live.store import open_books
from services.carbon_accounting.verify import compared
from services.demo.stack import Postgres
from services.demo.stack.ports import free_port
from services.energy.time_grid import QUARTER
from services.runtime.database import Database, migrate
from tests.bench.measure import Result
from tests.support.carbon import CAMPUS, POINTS, STEEL, the_rules, the_site
from tests.support.stack import a_state_folder, started

BEGIN = datetime(2022, 12, 31, 16, tzinfo=UTC)  # 2023-01-01 in Shanghai
YEAR = 35_040
LOADS = 18
LIVE_QUARTERS = 200
RESTATED_BAR_S, LIVE_BAR_S, LARGE_BAR_S = 60.0, 2.0, 1.0
COMPARED_BAR_S = 20.0
FIRST_KNOWN, THEN_KNOWN, LAST_KNOWN = (BEGIN + timedelta(days=days) for days in (366, 400, 401))
SOME = 31 * 96
COPY = "COPY register_quarter FROM STDIN"


def run() -> tuple[list[Result], str]:
    """Return seconds against their bars."""
    with a_state_folder() as folder:
        postgres = Postgres(folder, port=free_port())
        with started(postgres):
            return asyncio.run(_measured(postgres))


async def _measured(postgres: Postgres) -> tuple[list[Result], str]:
    url = postgres.create_database("carbon_live")
    await migrate("carbon_accounting", url)
    database = Database("carbon_accounting", url)
    await database.start()
    try:
        year = await _year(database)
        live = await _live(database)
        large_s = await _large(database)
    finally:
        await database.stop()
    p99 = float(np.percentile(live, 99))
    median_ms = float(np.median(live)) * 1000
    cpu = f"{year.cpu_s:.0f} s of processor time beside PostgreSQL's"
    results = [
        Result("a year restated by a factor", year.restated_s, RESTATED_BAR_S, "s", "the bar", cpu),
        Result("a year's two versions compared", year.compared_s, COMPARED_BAR_S, "s", "our bar"),
        Result("a live quarter, p99", p99, LIVE_BAR_S, "s", "the bar"),
        Result("a quarter of 1,000 meters", large_s, LARGE_BAR_S, "s", "the bar"),
    ]
    note = (
        f"{year.postings:,} postings restated. The year's first booking took {year.first_s:.0f} s, "
        f"verify {year.verified_s:.0f} s; a live quarter takes {median_ms:.0f} ms at the median."
    )
    return results, note


@dataclass(frozen=True)
class Year:
    """Seconds of the first booking, the restatement (and its processor time), comparing, verify."""

    first_s: float
    restated_s: float
    cpu_s: float
    postings: int
    verified_s: float
    compared_s: float


async def _year(database: Database) -> Year:
    site = a_site(LOADS)
    await tell(database, site, YEAR)
    rules = the_rules(site, since=BEGIN)
    first_s, _ = await caught_up(database, rules, FIRST_KNOWN)
    other = the_rules(replace(site, choices=replace(site.choices, factor_year=2022)), since=BEGIN)
    cpu_began = time.process_time()
    restated_s, postings = await caught_up(database, other, THEN_KNOWN)
    cpu_s, began = time.process_time() - cpu_began, time.perf_counter()
    async with open_books(database, "park") as books:
        verdict = await compared(books, other)
    verified_s = time.perf_counter() - began
    if verdict.differences:
        raise RuntimeError(verdict.text)
    compared_s = await _versions_compared(database, site)
    await caught_up(database, rules, LAST_KNOWN)
    return Year(first_s, restated_s, cpu_s, postings, verified_s, compared_s)


async def _versions_compared(database: Database, site: Site) -> float:
    """Return the seconds of telling what was first reported and what is known apart."""
    began = time.perf_counter()
    year = LocalDays(date(2023, 1, 1), date(2023, 12, 31))
    async with database.transaction() as connection:
        asked = VersionsAsked(year, FIRST_KNOWN)
        if not await version_differences(connection, site.id, site.time_zone.key, asked):
            raise RuntimeError("a year was restated, and no difference is found")
    return time.perf_counter() - began


async def caught_up(
    database: Database, rules: LiveRules, now: datetime = BEGIN
) -> tuple[float, int]:
    """Book what the words say; return the seconds it took and how many postings that were."""
    began, postings, left, numbers = time.perf_counter(), 0, 1, LineNumbers()
    while left:
        async with open_books(database, rules.site.id, numbers) as books:
            step, left = await next_portion(books, rules, now)
        postings += len(step.postings)
    return time.perf_counter() - began, postings


async def _live(database: Database) -> list[float]:
    """Return seconds from the last words of a quarter to its committed postings."""
    site, numbers = a_site(LOADS), LineNumbers()
    rules, took = the_rules(site, since=BEGIN), []
    for quarter in range(LIVE_QUARTERS):
        words = [*_words(site, BEGIN + (YEAR + quarter) * QUARTER, quarter)]
        began = time.perf_counter()
        async with open_books(database, "park", numbers) as books:
            step = await take(books, words, rules, BEGIN)
        took.append(time.perf_counter() - began)
        if not step.postings:
            raise RuntimeError("nothing was booked")
    return took


async def _large(database: Database) -> float:
    """Return the seconds that a quarter of 1,000 meters takes at the median of some."""
    site = replace(a_site(1_000 - len(POINTS) + 1), id="large")
    rules, numbers, took = the_rules(site, since=BEGIN), LineNumbers(), []
    for quarter in range(9):
        words = [*_words(site, BEGIN + quarter * QUARTER, quarter)]
        began = time.perf_counter()
        async with open_books(database, "large", numbers) as books:
            await take(books, words, rules, BEGIN)
        took.append(time.perf_counter() - began)
    return float(np.median(took[1:]))


def a_site(loads: int) -> Site:
    """The small park of the tests with so many loads in place of one."""
    site = the_site()
    meters = tuple(meter for meter in site.meters if meter.role is not Role.CONSUMPTION)
    more = (_load(number) for number in range(loads))
    return replace(site, meters=(*meters, *more))


def _load(number: int) -> Meter:
    owner: Owner = (STEEL, CAMPUS)[number % 2]
    return Meter(f"load_{number:04d}", Role.CONSUMPTION, "Wh", owner=owner)


def _counted(site: Site, quarters: int, seed: int) -> dict[str, Whole]:
    """Return Wh by register: sun by day, a battery that fills then and empties at night."""
    random = np.random.default_rng(seed)
    loads = [meter.id for meter in site.meters if meter.role is Role.CONSUMPTION]
    counted = {load: random.integers(100, 9_000, quarters) for load in loads}
    height = np.maximum(0.0, np.sin((np.arange(quarters) + seed) % 96 / 48 * np.pi - 1.6))
    zero = np.zeros(quarters, np.int64)
    counted |= {"pv.made": (height * 60_000).astype(np.int64), "boiler.gas": zero + 500}
    counted["wind.made"] = random.integers(0, 5_000, quarters)
    counted["bat.in"] = np.where(height > 0, 2_000, 0)
    counted["bat.out"] = np.where(height > 0, 0, 1_500)
    used = sum((counted[load] for load in loads), zero) + counted["bat.in"]
    net = used - counted["pv.made"] - counted["wind.made"] - counted["bat.out"]
    counted |= {"grid.in": np.maximum(0, net), "grid.out": np.maximum(0, -net)}
    return counted


async def tell(database: Database, site: Site, quarters: int, at: int = 0) -> None:
    """Put the words of quarters into the books' table, from the quarter `at` of the year on."""
    counted, begin = _counted(site, quarters, abs(at)), BEGIN + at * QUARTER
    for first in range(0, quarters, SOME):
        async with (
            database.transaction() as connection,
            connection.cursor().copy(COPY) as copy,
        ):
            for number in range(first, min(first + SOME, quarters)):
                start = begin + number * QUARTER
                for point, wh in counted.items():
                    said = (int(wh[number]), 0, 0, 0, QUARTER_US, QUARTER_US, 0)
                    known = (start + QUARTER, at + number, 0)
                    await copy.write_row((site.id, start, point, *said, *known))
    async with database.transaction() as connection:
        await connection.execute("ANALYZE register_quarter")


def _words(site: Site, start: datetime, seed: int) -> Iterator[Word]:
    known_at = start + QUARTER + timedelta(seconds=1)
    for point, wh in _counted(site, 1, seed).items():
        said = (int(wh[0]), 0, 0, 0, QUARTER_US, QUARTER_US, 0)
        yield Word(point, start, *said, known_at, seed, 0)


if __name__ == "__main__":
    found, said_too = run()
    print(*found, said_too, sep="\n")
