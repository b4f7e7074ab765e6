"""The books follow factors and certificates without a restart, and stay what `verify` computes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from parkflow.carbon.v1 import certificate_pb2 as certificates
from parkflow.carbon.v1 import factor_pb2 as factors
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceStub
from services.carbon_accounting.attributes import attributes_of
from services.carbon_accounting.live.store import open_books
from services.carbon_accounting.stream import Bookkeeper, News
from services.carbon_accounting.verify import compared
from services.energy.time_grid import QUARTER
from services.runtime.database import Database, migrate
from tests.support.carbon_factors import a_text
from tests.support.carbon_rpc import the_rpc
from tests.support.live_carbon import (
    NEW_YEAR,
    Books,
    a_site,
    clock_at,
    rules_of,
    serving,
)
from tests.support.patience import until

KWH = 1_000
NEXT_DAY = NEW_YEAR + timedelta(days=1, hours=3)
BETTER = {
    "ledgers": "location_based",
    "valid_from": "2023-01-01",
    "valid_until": "2024-01-01",
    "version": "2",
    "value": "0.5",
}
HEADER = (
    "certificate,instrument,technology,device,market,produced_from,produced_to,issued_at,quantity,"
    "unit,emission_kg_per_kwh,state,owner,beneficiary,cancelled_at,trust,consumed_from,consumed_to"
)
HOUR = "2025-01-01T00:00+08:00,2025-01-01T01:00+08:00"
GREEN = (
    f"GC1,GC,wind,farm,CN,{HOUR},2025-01-02,60,kWh,0,cancelled,trader,steel,2025-01-02,V2,{HOUR}"
)
POSTINGS = "SELECT number, because FROM posting WHERE park_id = %s AND number > 1"
MARKET = """
SELECT origin, sum(amount)::bigint, sum(emissions_ng)::bigint FROM current_entry
WHERE park_id = %s AND ledger = %s GROUP BY origin ORDER BY origin
"""


@dataclass
class Running:
    """A service without Kafka: words are told to its books directly."""

    books: Books
    bookkeeper: Bookkeeper
    stub: CarbonServiceStub

    async def rows(self, query: str, *more: Any) -> list[Any]:
        return await self.books.database.rows(query, (self.books.park_id, *more))

    async def differences(self) -> list[str]:
        """What `verify` finds."""
        async with open_books(self.books.database, self.books.park_id) as books:
            rules = await self.books.rules.of(books.connection)
            return (await compared(books, rules)).differences


@pytest.fixture
async def running(fresh_database: str) -> AsyncIterator[Running]:
    """A park whose steel took 25 kWh from the grid in each quarter of the first hour of 2025."""
    await migrate("carbon_accounting", fresh_database)
    database = Database("carbon_accounting", fresh_database)
    await database.start()
    site, clock, news = a_site("two", matching="hourly"), clock_at(NEXT_DAY), News()
    rules = rules_of(site)
    books, bookkeeper = Books(database, rules), Bookkeeper(database, rules, clock, news)
    await books.tell_all(NEW_YEAR, steel=[25 * KWH] * 4, cloth=[0] * 4)
    attributes = attributes_of(database, rules, clock, bookkeeper.wake)
    rpc = the_rpc(database, rules, clock, news, attributes)
    tasks = [asyncio.create_task(one) for one in (bookkeeper.follow(), attributes.matcher.run())]
    async with serving(rpc) as stub:
        yield Running(books, bookkeeper, stub)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await database.stop()


async def put(running: Running, **more: Any) -> factors.PutFactorsResponse:
    request = factors.PutFactorsRequest(
        park_id="two", content=a_text(BETTER), user="li.wei", reason="a letter", **more
    )
    answer: factors.PutFactorsResponse = await running.stub.PutFactors(request)
    return answer


async def test_a_new_factor_restates_what_it_is_used_for_as_the_dry_run_said(
    running: Running,
) -> None:
    (told,) = (await put(running, dry_run=True)).restatements
    await put(running)

    async def restated() -> bool:
        return len(await running.rows(POSTINGS)) == 4

    await until(restated, "four quarters restated")
    assert await running.rows(MARKET, "location_based") == [
        ("grid:grid.in", 100 * KWH, 100 * KWH * 500_000_000)
    ]
    assert (told.reversed_entry_count, told.booked_entry_count) == (4, 4)
    assert (told.change.g, told.change.ng) == (-3_060, 0)  # 100 kWh x 30.6 g/kWh
    ((because,),) = {row[1:] for row in await running.rows(POSTINGS)}
    assert "location_based/grid-electricity/CN/2023 v1" in because
    assert "location_based/grid-electricity/CN/2023 v2" in because
    assert await running.differences() == []


async def test_a_claim_moves_its_energy_to_the_certificates_rate(running: Running) -> None:
    before = await running.rows(MARKET, "market_based")
    request = certificates.ImportCertificatesRequest(park_id="two", content=f"{HEADER}\n{GREEN}\n")
    await running.stub.ImportCertificates(request)

    async def restated() -> bool:
        return len(await running.rows(POSTINGS)) == 4

    await until(restated, "four quarters restated")
    ((_, wh, emissions_ng),) = before
    assert await running.rows(MARKET, "market_based") == [
        ("certificate:GC1/GEC/1", 60 * KWH, 0),
        ("grid:grid.in", 40 * KWH, emissions_ng * 40 // 100),
    ]
    assert wh == 100 * KWH
    assert {row[1] for row in await running.rows(POSTINGS)} == {"certificates cover it otherwise"}
    assert await running.rows("SELECT count(*) FROM coverage_changed WHERE park_id = %s") == [(0,)]
    assert await running.differences() == []


async def test_a_reading_corrected_below_its_coverage_is_covered_as_far_as_it_goes(
    running: Running,
) -> None:
    request = certificates.ImportCertificatesRequest(park_id="two", content=f"{HEADER}\n{GREEN}\n")
    await running.stub.ImportCertificates(request)

    async def covered() -> bool:
        return await running.rows(POSTINGS) != []

    await until(covered, "the claim is booked")
    await running.books.tell_all(NEW_YEAR + QUARTER, steel=[10 * KWH], cloth=[0])

    found = {row[0]: row[1] for row in await running.rows(MARKET, "market_based")}
    assert found == {
        "certificate:GC1/GEC/1": 55 * KWH,  # 15 + 10 + 15 + 15
        "grid:grid.in": 30 * KWH,
    }
    assert await running.differences() == []


async def test_a_word_that_cannot_be_booked_loses_no_other_and_all_follow_once_it_is_corrected(
    running: Running,
) -> None:
    books, later = running.books, NEW_YEAR + 4 * QUARTER
    beyond = books.words(later, steel=[10**12 * KWH], cloth=[0])  # its ng are beyond 64 bits
    innocent = books.words(later + QUARTER, steel=[25 * KWH], cloth=[0])
    corrected = books.words(later, steel=[25 * KWH], cloth=[0])

    for words in (beyond, innocent):
        await running.bookkeeper.take_words(words)
    kept = await running.rows("SELECT count(*) FROM register_quarter WHERE park_id = %s")
    booked = await running.rows("SELECT count(*) FROM quarter WHERE park_id = %s")
    await running.bookkeeper.take_words(corrected)
    after = await running.rows("SELECT count(*) FROM quarter WHERE park_id = %s")

    assert (kept, booked, after) == ([(24,)], [(4,)], [(6,)])
    assert await running.differences() == []
