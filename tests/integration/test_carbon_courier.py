"""Entries leave the outbox at least once, each time with the same id and content."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from parkflow.carbon.v1.entry_pb2 import LedgerEntry
from services.carbon_accounting.bookkeeping import take
from services.carbon_accounting.store import open_books
from services.carbon_accounting.stream import Courier, News
from services.runtime.database import Database, migrate
from services.runtime.progress import Stage
from services.runtime.topics import ENTRIES, Topic
from tests.support.carbon import NOON, a_quarter, the_rules


class Recorder:
    """A publisher that keeps what it was given, and may die after Kafka has it."""

    def __init__(self) -> None:
        self.entries: list[LedgerEntry] = []
        self.dies = False

    async def publish_all(self, topic: Topic, messages: Any) -> None:
        assert topic is ENTRIES
        for key, message in messages:
            assert key == message.park_id
            self.entries.append(message)
        if self.dies:
            raise RuntimeError("killed after Kafka had it")


@pytest.fixture
async def database(fresh_database: str) -> AsyncIterator[Database]:
    await migrate("carbon_accounting", fresh_database)
    found = Database("carbon_accounting", fresh_database)
    await found.start()
    async with open_books(found, "park") as books:
        await take(books, a_quarter(grid_in=9, load_used=9), the_rules(), NOON)
    yield found
    await found.stop()


def a_courier(database: Database, recorder: Recorder) -> Courier:
    return Courier(database, recorder, "park", News(), Stage("test"))  # type: ignore[arg-type]


async def test_the_outbox_is_delivered_once_and_is_then_empty(database: Database) -> None:
    recorder = Recorder()
    courier = a_courier(database, recorder)

    assert [await courier.deliver(), await courier.deliver()] == [18, 0]

    first = recorder.entries[0]
    assert first.entry_id == "park/park_acceptance/grid-import/2019-06-04T04:00:00Z/v1"
    assert (first.energy_wh, first.emissions_mg, first.gas) == (9, 7492, "CO2")
    assert first.factor_g_per_kwh == 832.5
    assert list(first.source_point_ids) == ["grid.in@9 Wh"]
    assert list(first.source_words) == ["grid.in@2019-06-04T04:15:00Z/0"]
    assert first.interval.end.ToJsonString() == "2019-06-04T04:15:00Z"


async def test_a_crash_after_publishing_repeats_the_same_entries(database: Database) -> None:
    recorder = Recorder()
    recorder.dies = True
    with pytest.raises(RuntimeError, match="killed after Kafka had it"):
        await a_courier(database, recorder).deliver()
    recorder.dies = False

    again = await a_courier(database, recorder).deliver()

    assert again == 18
    assert recorder.entries[:18] == recorder.entries[18:]
