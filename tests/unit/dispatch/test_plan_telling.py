"""Plans reach their topic in order, however long Kafka is away."""

import asyncio
from typing import Any

import pytest

from parkflow.dispatch.v1.plan_pb2 import Plan
from services.dispatch.journal import Journal
from services.dispatch.plan_telling import PlanTeller
from services.dispatch.store import Store
from services.runtime.database import Database
from services.runtime.publishing import Publisher
from tests.support.kafka_client import Client

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


def a_teller(client: Client) -> tuple[PlanTeller, Journal]:
    publisher = Publisher("dispatch", "nowhere:9", {})
    publisher._connecting = asyncio.get_running_loop().create_future()
    publisher._connecting.set_result(client)  # type: ignore[arg-type]
    database = Database("dispatch", NOWHERE)
    journal = Journal(database)
    return PlanTeller("park", Store(database, "park"), journal, publisher), journal


def told(client: Client) -> list[str]:
    return [Plan.FromString(value).plan_id for value in client.values_of("park")]


@pytest.mark.asyncio
async def test_plans_made_while_kafka_is_away_are_told_in_order_when_it_is_back() -> None:
    client = Client()
    teller, journal = a_teller(client)
    client.goes_away()
    teller.tell(Plan(plan_id="first", park_id="park"))
    telling = asyncio.create_task(teller.flush())
    await asyncio.sleep(0)
    teller.tell(Plan(plan_id="second", park_id="park"))
    assert told(client) == []

    client.comes_back()
    await telling

    assert told(client) == ["first", "second"]
    assert journal.waiting == 2  # each batch is marked as told, behind the plans themselves


class Marks:
    """A connection that notes which plans are marked as told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def execute(self, _: str, parameters: tuple[list[str]]) -> None:
        self.told += parameters[0]


async def test_each_plan_that_was_told_is_marked_however_late_the_journal_writes() -> None:
    client, marks = Client(), Marks()
    teller, journal = a_teller(client)
    client.goes_away()
    teller.tell(Plan(plan_id="first", park_id="park"))
    telling = asyncio.create_task(teller.flush())
    await asyncio.sleep(0)
    teller.tell(Plan(plan_id="second", park_id="park"))
    client.comes_back()
    await telling

    for write in journal._waiting:
        await write(marks)  # type: ignore[arg-type]

    assert marks.told == ["first", "second"]


async def test_what_was_kept_and_not_told_comes_before_a_new_plan_and_once() -> None:
    client = Client()
    teller, _ = a_teller(client)

    async def untold() -> list[Plan]:
        teller.tell(Plan(plan_id="third", park_id="park"))  # made and kept while we look
        return [Plan(plan_id=name, park_id="park") for name in ("first", "second", "third")]

    store: Any = teller._store
    store.untold_plans = untold
    running = asyncio.create_task(teller.run())
    for _ in range(20):
        await asyncio.sleep(0)
    running.cancel()

    assert told(client) == ["first", "second", "third"]


async def test_what_gives_way_to_newer_plans_takes_none_of_them_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.dispatch.plan_telling.MOST_WAITING", 2)
    client = Client()
    teller, _ = a_teller(client)
    client.goes_away()
    teller.tell(Plan(plan_id="0", park_id="park"))
    telling = asyncio.create_task(teller.flush())
    await asyncio.sleep(0)
    for number in (1, 2):
        teller.tell(Plan(plan_id=str(number), park_id="park"))

    client.comes_back()
    await telling

    assert told(client) == ["0", "1", "2"]
