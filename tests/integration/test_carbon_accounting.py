"""Carbon accounting as a process with a real Kafka and PostgreSQL, killed while it books."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest

from parkflow.carbon.v1 import carbon_service_pb2 as wire
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceStub
from parkflow.carbon.v1.entry_pb2 import LEDGER_LOCATION_BASED
from parkflow.telemetry.v1.interval_frame_pb2 import IntervalFrame
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.live.bookkeeping import take
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.live.store import open_books
from services.carbon_accounting.messages import words_of
from services.carbon_accounting.rules import rules_for
from services.demo.stack import Kafka, Postgres
from services.energy.site import Park
from services.runtime.consuming import read_back
from services.runtime.database import Database, migrate
from services.runtime.interval_frames import interval_frame_from
from services.runtime.publishing import Publisher
from services.runtime.topics import ENTRIES, INTERVALS
from tests.support.builders import MORNING, after
from tests.support.carbon_frames import Counted, frames, quarters
from tests.support.carbon_process import CarbonProcess
from tests.support.ingest import with_topics
from tests.support.park_process import ended
from tests.support.patience import quickly, until
from tests.support.reading_frames import a_park_named
from tests.support.serving import serves

CURRENT = (
    "SELECT * FROM current_entry ORDER BY ledger, interval_start, meter, enterprise,"
    " activity, origin, factors"
)


@dataclass
class Running:
    """The service as a child process, and its park."""

    park: Park
    process: CarbonProcess

    @property
    def rules(self) -> LiveRules:
        return rules_for(self.park, self.process.park_file, 2022)


@pytest.fixture
async def running(kafka: Kafka, fresh_database: str, tmp_path: Path) -> AsyncIterator[Running]:
    await with_topics(kafka)
    await migrate("carbon_accounting", fresh_database)
    process = CarbonProcess(tmp_path, kafka.address, fresh_database, origin=after(hours=4))
    with ended(process):
        yield Running(a_park_named(process.park_id, tmp_path)[1], process)


@asynccontextmanager
async def publishing(
    bootstrap: str,
) -> AsyncIterator[Callable[[list[IntervalFrame]], Awaitable[None]]]:
    publisher = Publisher("validation", bootstrap, {})
    await publisher.start()

    async def publish(some: list[IntervalFrame]) -> None:
        await publisher.publish_all(INTERVALS, [(f"{f.park_id}/{f.source_id}", f) for f in some])

    yield publish
    await publisher.stop()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database("carbon_accounting", url)
    await database.start()
    yield database
    await database.stop()


def guessed(
    park: Park, start: datetime, counted: Counted, chance: random.Random
) -> list[IntervalFrame]:
    """Words on a quarter; some were estimates before, and told again from a later place."""
    found = frames(park, start, counted, position=1)
    if chance.random() < 0.3:
        half = {point: wh // 2 for point, wh in counted.items()}
        found += frames(park, start, half, estimated=True)
    return found


async def undisturbed(
    rules: LiveRules, history: list[IntervalFrame], postgres: Postgres
) -> list[Any]:
    """What the books hold when everything comes once, in order, in one piece."""
    name = f"test_{uuid4().hex}"
    url = postgres.create_database(name)
    try:
        await migrate("carbon_accounting", url)
        async with opened(url) as database:
            for frame in history:
                words = list(words_of(interval_frame_from(frame)))
                async with open_books(database, rules.site.id) as books:
                    await take(books, words, rules, MORNING)
            return await database.rows(CURRENT)
    finally:
        postgres.drop_database(name)


async def test_kills_duplicates_and_late_words_leave_the_same_books(
    running: Running, kafka: Kafka, postgres: Postgres
) -> None:
    chance, park = random.Random(7), running.park
    told = [(start, counted) for start, counted in quarters(park, 64)]
    history = [f for start, counted in told for f in guessed(park, start, counted, chance)]
    kept_back = [f for f in history if chance.random() < 0.03]
    late = {f.frame_id for f in kept_back}
    order = [f for f in history if f.frame_id not in late]
    order += chance.sample(history, 100) + kept_back  # repeated, then late

    running.process.spawn()
    async with publishing(kafka.address) as publish:
        for first in range(0, len(order), 60):
            await publish(order[first : first + 60])
            await asyncio.sleep(chance.uniform(0.2, 1.5))
            if first % 240 == 0:
                running.process.kill()
                running.process.spawn()

    async with opened(running.process.database_url) as database:

        async def all_booked() -> bool:
            rows = await database.rows(
                "SELECT (SELECT count(*) FROM quarter WHERE is_measured),"
                " (SELECT count(*) FROM outbox)"
            )
            return rows == [(64, 0)]

        await until(all_booked, "64 quarters booked and delivered", 180)
        assert await database.rows(CURRENT) == await undisturbed(running.rules, history, postgres)
        assert running.process.verify().returncode == 0

        booked = {
            (Ledger(ledger), start, number): bytes(link)
            for ledger, start, number, link in await database.rows(
                "SELECT ledger, start, number, link FROM posting"
            )
        }
    delivered: dict[str, bytes] = {}
    links: dict[Any, bytes] = {}
    async for received in read_back(ENTRIES, bootstrap=kafka.address, security={}):
        if received.message.park_id == park.id:
            content = received.message.SerializeToString(deterministic=True)
            assert delivered.setdefault(received.message.posting_id, content) == content
            start = received.message.interval.start.ToDatetime(tzinfo=UTC)
            key = Ledger(received.message.ledger), start, received.message.number
            links[key] = received.message.link
    assert links == booked
    assert running.process.stop() == 0


async def test_the_rpcs_tell_what_is_booked(running: Running, kafka: Kafka) -> None:
    park = running.park
    hour = dict(quarters(park, 4))
    history = [f for start, counted in hour.items() for f in frames(park, start, counted)]
    running.process.spawn()
    async with (
        publishing(kafka.address) as publish,
        grpc.aio.insecure_channel(running.process.address) as channel,
    ):
        await until(lambda: serves(channel), "the ledger serves")
        service = CarbonServiceStub(channel)
        watch = service.WatchSummary(wire.WatchSummaryRequest(park_id=park.id))
        nothing = (await watch.read()).summary
        cut_short = IntervalFrame(park_id=park.id, source_id="odd", frame_id="1", start_us=b"123")
        await publish([cut_short, *history])
        asked = wire.GetSummaryRequest(park_id=park.id)
        asked.interval.start.FromDatetime(MORNING)
        asked.interval.end.FromDatetime(after(minutes=64))

        async def booked() -> Any:
            summary = (await service.GetSummary(asked)).summary
            done = summary.booked_until.ToDatetime(tzinfo=UTC) == after(minutes=60)
            return summary if summary.HasField("booked_until") and done else None

        summary = await until(booked, "an hour booked")
        seen = (await watch.read()).summary
        while seen.totals != summary.totals:  # the local day holds only this hour
            seen = (await watch.read()).summary

        assert nothing.totals[0].entry_count == 0
        assert nothing.indicator.missing_inputs
        assert summary.interval.end.ToJsonString() == "2019-06-03T23:00:00Z"
        assert summary.grid_import_wh + summary.green_self_use_wh == summary.consumption_wh
        assert 0 < summary.green_share < 1
        assert summary.indicator.t_co2_per_tce > 0.2
        assert summary.indicator.unverified
        assert [total.gas for total in summary.totals] == ["CO2", "CO2e", "CO2e"]
        assert not summary.open_items

        entries = await listed(service, park.id, page_size=7)
        assert len({entry.entry_id for entry in entries}) == len(entries)
        assert {entry.interval.start.seconds for entry in entries} == {
            int(start.timestamp()) for start in hour
        }
        keys = [(e.ledger, e.interval.start.seconds, e.meter, e.enterprise) for e in entries]
        assert keys == sorted(keys)
        for total in summary.totals:
            own = [e for e in entries if e.ledger == total.ledger]
            assert len(own) == total.entry_count
            exact = total.emissions.g * 10**9 + total.emissions.ng
            assert sum(e.emissions_ng for e in own) == exact
            used = sum(e.amount for e in own if e.carrier == "electricity")
            assert used == summary.consumption_wh  # no store was charged

        point, last = "labs_b_gas.consumption_energy_wh", after(minutes=45)
        more = {point: hour[last][point] + 5}
        await publish(frames(park, last, more, known_at=after(minutes=90), position=9))

        async def corrected() -> Any:
            total = (await service.GetSummary(asked)).summary.totals[0]
            return total.restated_entry_count

        assert await until(corrected, "the correction") == 1
        versions = await listed(
            service, park.id, page_size=1000, ledger=LEDGER_LOCATION_BASED, include_replaced=True
        )
        pair = [e for e in versions if e.meter == point][-2:]
        assert [(e.version, e.replaced) for e in pair] == [(1, True), (2, False)]
        assert pair[1].energy_wh == pair[0].energy_wh + 5
        assert pair[1].restated_because == (
            f"{point}: {pair[0].energy_wh} Wh became {pair[1].energy_wh} Wh"
        )
        assert list(pair[1].source_words) == [f"{point}@2019-06-03T23:30:00Z/9"]
        await refused(service, park.id)
    assert running.process.stop() == 0
    assert [letter["reason"] for letter in running.process.events("dead_letter")] == ["bug"]


async def listed(service: CarbonServiceStub, park_id: str, **how: Any) -> list[Any]:
    request = wire.ListEntriesRequest(park_id=park_id, **how)
    request.interval.start.FromDatetime(MORNING)
    request.interval.end.FromDatetime(after(hours=1))
    entries = []
    while True:
        answer = await service.ListEntries(request)
        entries += answer.entries
        if not answer.next_page_token:
            return entries
        request.page_token = answer.next_page_token


async def refused(service: CarbonServiceStub, park_id: str) -> None:
    """Wrong requests are refused, with every mistake named."""
    with pytest.raises(grpc.aio.AioRpcError) as wrong:
        await service.ListEntries(wire.ListEntriesRequest(page_size=-1, ledger=9))  # type: ignore[arg-type]
    assert wrong.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    for field in ("page_size", "ledger", "park_id", "interval"):
        assert field in wrong.value.details()
    request = wire.ListEntriesRequest(park_id=park_id, page_token="nonsense")
    request.interval.start.FromDatetime(MORNING)
    request.interval.end.FromDatetime(after(hours=1))
    with pytest.raises(grpc.aio.AioRpcError) as token:
        await service.ListEntries(request)
    assert token.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    request.page_token, request.park_id = "", "elsewhere"
    with pytest.raises(grpc.aio.AioRpcError) as park:
        await service.ListEntries(request)
    assert park.value.code() is grpc.StatusCode.NOT_FOUND


async def test_ten_days_of_backlog_are_booked_quickly(
    kafka_with_topics: Kafka, postgres: Postgres, tmp_path: Path
) -> None:
    async def booked(number: int) -> float:
        name = f"test_{uuid4().hex}"
        url = postgres.create_database(name)
        try:
            return await seconds_for_ten_days(kafka_with_topics, url, tmp_path)
        finally:
            postgres.drop_database(name)

    await quickly(booked, 30)


async def seconds_for_ten_days(kafka: Kafka, url: str, folder: Path) -> float:
    """Return how long a ledger of a park of its own takes for them, its start included."""
    await migrate("carbon_accounting", url)
    process = CarbonProcess(folder, kafka.address, url, origin=after(hours=4))
    park = a_park_named(process.park_id, folder)[1]
    history = [f for start, counted in quarters(park, 960) for f in frames(park, start, counted)]
    async with publishing(kafka.address) as publish:
        await publish(history)
    with ended(process):
        began = time.monotonic()
        process.spawn()
        async with opened(url) as database:

            async def all_delivered() -> bool:
                rows = await database.rows(
                    "SELECT (SELECT count(*) FROM quarter WHERE is_measured),"
                    " (SELECT count(*) FROM outbox)"
                )
                return rows == [(960, 0)]

            await until(all_delivered, "960 quarters", 120)
        took_s = time.monotonic() - began
        process.stop()
    print(f"{len(history)} frames booked and delivered in {took_s:.1f} s, start included")
    return took_s
