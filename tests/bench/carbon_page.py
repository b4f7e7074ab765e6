"""The page of carbon: a year of quarters is booked, a month of it before this year.

A park of 27 registers, 35,040 quarters, three ledgers. What is timed is a client on the same
machine, from asking to having the whole answer: each call of the indicators over gRPC, made anew
as after a quarter was booked and kept as until the next one, then what the page asks of a real
console over HTTP, one question after the other and all at once. Adding up is timed apart.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import aiohttp
import grpc
import numpy as np

from parkflow.carbon.v1 import indicator_pb2 as wire
from parkflow.carbon.v1.carbon_service_pb2_grpc import (
    CarbonServiceStub,
    add_CarbonServiceServicer_to_server,
)
from services.carbon_accounting.answering import Answered, reading_database
from services.carbon_accounting.attributes import attributes_of
from services.carbon_accounting.live.definitions import DefinitionStore
from services.carbon_accounting.live.indicators import Indicators
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.live.months import Months
from services.carbon_accounting.live.outlook import Outlook
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.rpc.service import CarbonRpc
from services.carbon_accounting.settings import Settings
from services.carbon_accounting.stream import News
from services.demo.stack import Postgres
from services.demo.stack.ports import free_port
from services.runtime.clock import ParkClock
from services.runtime.database import Database, migrate
from services.runtime.grpc_server import GrpcServer
from tests.bench.carbon_live import BEGIN, LOADS, YEAR, a_site, caught_up, tell
from tests.bench.measure import Result
from tests.support.builders import DEMO_PARK_FILE
from tests.support.carbon import the_rules
from tests.support.console_process import ConsoleProcess
from tests.support.stack import a_state_folder, started

PAGE_BAR_S, CALLS, PAGES = 0.3, 100, 40
BEFORE = 31 * 96
"""Quarters of last December: this one is to be foreseen."""
MONTH = "2023-11"
KINDS = {
    "the day": wire.INDICATOR_PERIOD_KIND_DAY,
    "the month": wire.INDICATOR_PERIOD_KIND_MONTH,
    "the year to date": wire.INDICATOR_PERIOD_KIND_YEAR_TO_DATE,
    "the year's end": wire.INDICATOR_PERIOD_KIND_YEAR_END,
}
CARDS = {
    "months": "/api/carbon-months",
    "totals of a month": f"/api/carbon-totals?month={MONTH}",
    "totals as reported": f"/api/carbon-totals?month={MONTH}&reported_on=2023-12-02T00:00:00Z",
    "differences": f"/api/carbon-differences?month={MONTH}&reported_on=2023-12-02T00:00:00Z",
    "electricity by origin": f"/api/carbon-origins?month={MONTH}",
    "open items": f"/api/carbon-open-items?month={MONTH}",
    "matching": f"/api/carbon-matching?month={MONTH}",
    "certificates": f"/api/carbon-certificates?year={MONTH[:4]}",
    "quality of claims": f"/api/carbon-claim-quality?year={MONTH[:4]}",
    "restatements": f"/api/carbon-restatements?month={MONTH}",
    "pending": "/api/carbon-pending",
}
"""What the page asks beside its indicators (`static/carbon.js`)."""
INDICATORS, HISTORIES = "/api/carbon-indicators", "/api/carbon-histories?indicators="
FIRST = ("national_park", "green_direct")
"""The systems whose indicators have their months drawn."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of each call; processor time of one, of service and client together, no load in it.

    What PostgreSQL and the console take is not in `cpu_s`.
    """

    seconds: list[float]
    cpu_s: float


Took = dict[str, Taken]


@dataclass(frozen=True, slots=True)
class Served:
    """The service as it runs: where, and what its answers are kept in."""

    address: str
    park_id: str
    indicators: Indicators


@dataclass(frozen=True, slots=True)
class AddingUp:
    """Seconds of adding up: all months, and again after a quarter was booked."""

    all_s: float
    quarter_s: float


def run() -> tuple[list[Result], str]:
    """Return seconds of pages against their bar."""
    with a_state_folder() as folder:
        postgres = Postgres(folder, port=free_port())
        with started(postgres):
            return asyncio.run(_measured(postgres))


async def _measured(postgres: Postgres) -> tuple[list[Result], str]:
    url = postgres.create_database("carbon_page")
    await migrate("carbon_accounting", url)
    database = Database("carbon_accounting", url)
    await database.start()
    try:
        rules = _rules()
        await tell(database, rules.site, YEAR, at=-BEFORE)
        await caught_up(database, rules)
        return await measured(database, url, rules)
    finally:
        await database.stop()


async def measured(
    database: Database, url: str, rules: LiveRules, *, books_on: bool = True
) -> tuple[list[Result], str]:
    """Return what the page takes over books that are there; `books_on`: book one more quarter."""
    months = Months(database, RulesNow(rules), ParkClock.wall(), News())
    adding = await _added_up(database, rules, months, books_on=books_on)
    async with _serving(database, url, rules, months) as served:
        anew, kept = await _over_grpc(served)
        cards, page = await _over_http(served)
    results = [_result(f"{name}, made anew", some) for name, some in anew.items()]
    results += [_result(f"{name}, kept", some) for name, some in kept.items()]
    results += [_result(f"console: {name}", some) for name, some in cards.items()]
    results += [_result("console: the whole page at once", page)]
    note = (
        f"p95 of {CALLS} calls over gRPC and {PAGES} over HTTP; medians stand behind. Beside the "
        f"calls, all months are added up in {adding.all_s:.1f} s when the service starts, the "
        f"newest one again in {adding.quarter_s:.1f} s after a quarter was booked."
    )
    return results, note


def _result(name: str, took: Taken) -> Result:
    median_ms = float(np.median(took.seconds)) * 1000
    p95_s = float(np.percentile(took.seconds, 95))
    return Result(
        name,
        p95_s,
        PAGE_BAR_S,
        "s",
        "the bar",
        f"median {median_ms:.0f} ms, {took.cpu_s * 1000:.0f} ms of CPU",
    )


def _rules() -> LiveRules:
    site = a_site(LOADS)
    choices = replace(site.choices, indicators_as_of=date(2026, 1, 1))
    return the_rules(replace(site, choices=choices), since=BEGIN - timedelta(days=31))


async def _added_up(
    database: Database, rules: LiveRules, months: Months, *, books_on: bool
) -> AddingUp:
    began = time.perf_counter()
    await months.refresh()
    all_s = time.perf_counter() - began
    if not books_on:
        return AddingUp(all_s, float("nan"))
    await tell(database, rules.site, 1, at=YEAR - BEFORE)
    await caught_up(database, rules)
    began = time.perf_counter()
    if await months.refresh() != 1:
        raise RuntimeError("one month changed, another number was added up")
    return AddingUp(all_s, time.perf_counter() - began)


@asynccontextmanager
async def _serving(
    database: Database, url: str, rules: LiveRules, months: Months
) -> AsyncIterator[Served]:
    """Serve as the process does, with connections of their own for answers."""
    settings = Settings(
        park=Path("none"), database_url=url, grpc_port=free_port(), metrics_port=free_port()
    )
    clock, now, reading = ParkClock.wall(), RulesNow(rules), reading_database(SCHEMA, settings)
    await reading.start()
    store, outlook = DefinitionStore(database, rules.site, reading), Outlook("none", settings)
    indicators = Indicators(database, now, months, store, outlook, clock, reading)
    attributes = attributes_of(database, now, clock, lambda: None, reading)
    rpc = CarbonRpc(now, database, clock, News(), attributes, indicators, reading)
    server = GrpcServer(settings)
    name = "parkflow.carbon.v1.CarbonService"
    server.add(add_CarbonServiceServicer_to_server, Answered(rpc, settings), name)
    await server.start()
    try:
        yield Served(f"127.0.0.1:{server.port}", rules.site.id, indicators)
    finally:
        await server.stop()
        await reading.stop()


SCHEMA = "carbon_accounting"


async def _over_grpc(served: Served) -> tuple[Took, Took]:
    """Return seconds of each call: made anew, then kept."""
    async with grpc.aio.insecure_channel(served.address) as channel:
        stub, park_id = CarbonServiceStub(channel), served.park_id

        def page(kind: int) -> Callable[[], Awaitable[object]]:
            request = wire.GetIndicatorsRequest(park_id=park_id, period_kind=kind)
            return lambda: _with_values(stub, request)

        year = wire.INDICATOR_PERIOD_KIND_YEAR_TO_DATE
        request = wire.GetIndicatorsRequest(park_id=park_id, period_kind=year)
        one = (await _with_values(stub, request)).indicators[0].definition.content.id
        history = wire.GetIndicatorHistoryRequest(park_id=park_id, indicator_id=one)
        listing = wire.ListIndicatorsRequest(park_id=park_id)
        calls = {name: page(kind) for name, kind in KINDS.items()}
        calls["a history"] = lambda: stub.GetIndicatorHistory(history)
        calls["the definitions"] = lambda: stub.ListIndicators(listing)
        anew = {name: await _timed(call, CALLS, served) for name, call in calls.items()}
        kept = {name: await _timed(call, CALLS) for name, call in calls.items()}
    return anew, kept


async def _with_values(
    stub: CarbonServiceStub, request: wire.GetIndicatorsRequest
) -> wire.GetIndicatorsResponse:
    answer: wire.GetIndicatorsResponse = await stub.GetIndicators(request)
    if not any(one.came_to.HasField("value") for one in answer.indicators):
        raise RuntimeError(f"{answer} holds no value")
    return answer


async def _over_http(served: Served) -> tuple[Took, Taken]:
    """Return seconds of each question of the page, and of all of them at once."""
    with tempfile.TemporaryDirectory() as folder:
        park = Path(folder) / "park.yaml"
        text = DEMO_PARK_FILE.read_text(encoding="utf-8")
        park.write_text(text.replace("id: demo-park", f"id: {served.park_id}", 1), encoding="utf-8")
        ports = {"carbon_accounting": int(served.address.rpartition(":")[2])}
        console = ConsoleProcess(
            ParkClock.wall(), ports, PARKFLOW_PARK=str(park), PARKFLOW_LOG_LEVEL="error"
        )
        await console.start()
        try:
            async with aiohttp.ClientSession() as session:
                return await _asked(session, console.url, served)
        finally:
            await console.stop()


async def _asked(session: aiohttp.ClientSession, url: str, served: Served) -> tuple[Took, Taken]:
    shown = (await _got(session, url + INDICATORS))["year_to_date"]["indicators"]
    drawn = ",".join(one["id"] for one in shown if one["system"] in FIRST)
    paths = {"indicators": INDICATORS, "histories": HISTORIES + drawn, **CARDS}

    def question(path: str) -> Callable[[], Awaitable[object]]:
        return lambda: _got(session, url + path)

    cards = {}
    for name in ("indicators", "histories"):
        anew = f"{name}, made anew"
        cards[anew] = await _timed(question(paths[name]), PAGES, served)
    for name, path in paths.items():
        cards[name] = await _timed(question(path), PAGES)
    whole = [path for name, path in paths.items() if name not in ("differences",)]
    page = await _timed(
        lambda: asyncio.gather(*(_got(session, url + path) for path in whole)), PAGES // 2
    )
    return cards, page


async def _got(session: aiohttp.ClientSession, url: str) -> dict[str, dict[str, list[dict]]]:
    async with session.get(url) as answer:
        if answer.status != 200:
            raise RuntimeError(f"{url}: {answer.status} {await answer.text()}")
        return await answer.json()


async def _timed(
    call: Callable[[], Awaitable[object]], times: int, forgetting: Served | None = None
) -> Taken:
    """Return what each call took; `forgetting` what was kept before each."""
    took = []
    await call()
    cpu_began = time.process_time()
    for _ in range(times):
        if forgetting is not None:
            forgetting.indicators.kept.clear()
        began = time.perf_counter()
        await call()
        took.append(time.perf_counter() - began)
    return Taken(took, (time.process_time() - cpu_began) / times)


if __name__ == "__main__":
    found, said_too = run()
    print(*found, said_too, sep="\n")
