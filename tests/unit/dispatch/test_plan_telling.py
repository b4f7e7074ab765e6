"""Plans reach their topic in order, however long Kafka is away."""

import asyncio

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
