"""Postings leave the outbox at least once, each time with the same id and content."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from parkflow.carbon.v1.posting_pb2 import LedgerPosting
from services.carbon_accounting.live.bookkeeping import take
from services.carbon_accounting.live.store import open_books
from services.carbon_accounting.stream import Courier, News
from services.runtime.database import Database, migrate
from services.runtime.progress import Stage
from services.runtime.topics import ENTRIES, Topic
from tests.support.carbon import LOAD, NOON, a_quarter, a_word, the_rules


class Recorder:
    """A publisher that keeps what it was given, and may die after Kafka has it."""

    def __init__(self) -> None:
        self.entries: list[LedgerPosting] = []
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
        await take(books, a_quarter(grid_in=900, load_used=900), the_rules(), NOON)
    yield found
    await found.stop()


def a_courier(database: Database, recorder: Recorder) -> Courier:
    return Courier(database, recorder, "park", News(), Stage("test"))  # type: ignore[arg-type]


async def test_the_outbox_is_delivered_once_and_is_then_empty(database: Database) -> None:
    recorder = Recorder()
    courier = a_courier(database, recorder)

    assert [await courier.deliver(), await courier.deliver()] == [3, 0]

    first, texts = recorder.entries[0], recorder.entries[0].texts
    assert first.posting_id == "park/park_acceptance/2019-06-04T04:00:00Z/1"
    assert [texts[place] for place in first.booked.meter] == ["load.used"]
    assert [texts[place] for place in first.booked.origin] == ["grid:grid.in"]
    assert [texts[place] for place in first.booked.unit] == ["Wh"]
    assert list(first.booked.amount) == [900]
    assert list(first.booked.emissions_ng) == [900 * 832_500_000]
    assert (first.number, first.place, first.month) == (1, 1, "2019-06")
    assert len(first.link) == len(first.basis_sha256) == 32
    assert first.interval.end.ToJsonString() == "2019-06-04T04:15:00Z"
    assert not first.reversed.meter


async def test_a_restatement_names_what_it_reverses_and_why(database: Database) -> None:
    recorder = Recorder()
    courier = a_courier(database, recorder)
    await courier.deliver()
    async with open_books(database, "park") as books:
        await take(books, [a_word(LOAD, 0, 800, known=40)], the_rules(), NOON)

    await courier.deliver()

    again = recorder.entries[3]
    assert again.posting_id == "park/park_acceptance/2019-06-04T04:00:00Z/2"
    assert again.restated_because == "load.used: 900 Wh became 800 Wh"
    assert [again.texts[place] for place in again.reversed.meter] == ["load.used"]
    assert list(again.booked.amount) == [800, 100]  # the rest came in without a consumer


async def test_a_crash_after_publishing_repeats_the_same_postings(database: Database) -> None:
    recorder = Recorder()
    recorder.dies = True
    with pytest.raises(RuntimeError, match="killed after Kafka had it"):
        await a_courier(database, recorder).deliver()
    recorder.dies = False

    again = await a_courier(database, recorder).deliver()

    assert again == 3
    assert recorder.entries[:3] == recorder.entries[3:]
