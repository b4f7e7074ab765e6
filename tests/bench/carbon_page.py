"""The page of indicators over gRPC: a year of quarters is booked, months are added up already.

A park of the demo's size: 27 registers, 35,040 quarters, three ledgers. What is timed is the call
of a client on the same machine, from asking to having the whole answer. Adding up is timed apart:
all months as when the service starts, and what a newly booked quarter costs.
"""

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import grpc
import numpy as np

from parkflow.carbon.v1 import indicator_pb2 as wire
from parkflow.carbon.v1.carbon_service_pb2_grpc import (
    CarbonServiceStub,
    add_CarbonServiceServicer_to_server,
)
from services.carbon_accounting.indicators_rpc import IndicatorsRpc
from services.carbon_accounting.live.definitions import DefinitionStore
from services.carbon_accounting.live.indicators import Indicators
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.live.months import Months
from services.carbon_accounting.live.outlook import Outlook
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.settings import Settings
from services.carbon_accounting.stream import News
from services.demo.stack import Postgres
from services.demo.stack.ports import free_port
from services.runtime.clock import ParkClock
from services.runtime.database import Database, migrate
from services.runtime.grpc_server import GrpcServer
from tests.bench.carbon_live import BEGIN, LOADS, YEAR, a_site, caught_up, tell
from tests.bench.measure import Result
from tests.support.carbon import the_rules
from tests.support.stack import a_state_folder, started

PAGE_BAR_S, CALLS = 0.3, 100
QUARTERS = YEAR - 31 * 96
"""All but December: there is a rest of the year to foresee."""
KINDS = {
    "the day": wire.INDICATOR_PERIOD_KIND_DAY,
    "the month": wire.INDICATOR_PERIOD_KIND_MONTH,
    "the year to date": wire.INDICATOR_PERIOD_KIND_YEAR_TO_DATE,
    "the year's end": wire.INDICATOR_PERIOD_KIND_YEAR_END,
}


class Rpc(IndicatorsRpc):
    """The RPCs of indicators alone."""

    def __init__(self, indicators: Indicators) -> None:
        self._indicators = indicators


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
        await tell(database, rules.site, QUARTERS)
        await caught_up(database, rules)
        months = _months(database, rules)
        adding = await _added_up(database, rules, months)
        took = await _asked(database, rules, months)
    finally:
        await database.stop()
    results = [
        Result(f"{name}, p95", float(np.percentile(some, 95)), PAGE_BAR_S, "s", "the bar")
        for name, some in took.items()
    ]
    median = float(np.median(np.concatenate(list(took.values())))) * 1000
    note = (
        f"{CALLS} calls each, {median:.0f} ms at the median of all. Beside the calls, 11 months "
        f"are added up in {adding.all_s:.1f} s when the service starts, the newest one again in "
        f"{adding.quarter_s:.1f} s after a quarter was booked."
    )
    return results, note


def _rules() -> LiveRules:
    site = a_site(LOADS)
    choices = replace(site.choices, indicators_as_of=date(2026, 1, 1))
    return the_rules(replace(site, choices=choices), since=BEGIN)


def _months(database: Database, rules: LiveRules) -> Months:
    return Months(database, RulesNow(rules), ParkClock.wall(), News())


async def _added_up(database: Database, rules: LiveRules, months: Months) -> AddingUp:
    began = time.perf_counter()
    await months.refresh()
    all_s = time.perf_counter() - began
    await tell(database, rules.site, 1, at=QUARTERS)
    await caught_up(database, rules)
    began = time.perf_counter()
    if await months.refresh() != 1:
        raise RuntimeError("one month changed, another number was added up")
    return AddingUp(all_s, time.perf_counter() - began)


async def _asked(database: Database, rules: LiveRules, months: Months) -> dict[str, list[float]]:
    settings = Settings(
        park=Path("none"), database_url="none", grpc_port=free_port(), metrics_port=free_port()
    )
    store, outlook = DefinitionStore(database, rules.site), Outlook(rules.site.id, settings)
    clock = ParkClock.wall()
    indicators = Indicators(database, RulesNow(rules), months, store, outlook, clock)
    server = GrpcServer(settings)
    name = "parkflow.carbon.v1.CarbonService"
    server.add(add_CarbonServiceServicer_to_server, Rpc(indicators), name)
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            stub = CarbonServiceStub(channel)
            return {name: await _pages(stub, rules.site.id, kind) for name, kind in KINDS.items()}
    finally:
        await server.stop()


async def _pages(stub: CarbonServiceStub, park_id: str, kind: int) -> list[float]:
    took = []
    for _ in range(CALLS):
        began = time.perf_counter()
        request = wire.GetIndicatorsRequest(park_id=park_id, period_kind=kind)
        answer = await stub.GetIndicators(request)
        took.append(time.perf_counter() - began)
        if not any(one.came_to.HasField("value") for one in answer.indicators):
            raise RuntimeError(f"{answer} holds no value")
    return took


if __name__ == "__main__":
    found, said_too = run()
    print(*found, said_too, sep="\n")
