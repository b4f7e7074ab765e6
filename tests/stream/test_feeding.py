"""Batches fed in bulk: culprits are buried one by one, and too many of them are our own fault."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from parkflow.dispatch.v1.plan_pb2 import Plan
from services.runtime.consuming import Feeding
from services.runtime.patience import is_away
from services.runtime.reacting import BUGS_IN_A_ROW, TooManyBugs
from services.runtime.received import Received
from services.runtime.topics import DEAD_LETTERS, PLANS, Topic
from tests.stream.test_reaction import Cemetery


def a_batch(size: int, topic: Topic = PLANS) -> list[tuple[Received[Any], bytes]]:
    return [
        (Received(Plan(plan_id=str(at)), topic.name, 0, at, "demo-park"), b"payload")
        for at in range(size)
    ]


def feeding(refuses: set[int], cemetery: Cemetery) -> Feeding:
    """Feed a handler that cannot use a batch with one of these offsets."""

    async def handler(batch: list[Received[Any]]) -> None:
        if refuses & {received.offset for received in batch}:
            raise ValueError("cannot be used")

    return Feeding(handler, cemetery)  # type: ignore[arg-type]


async def test_only_the_culprits_of_a_batch_are_buried() -> None:
    cemetery = Cemetery()

    await feeding({3, 5}, cemetery).feed(a_batch(8))

    assert [letter["origin"] for letter in cemetery.buried] == [
        "kafka:dispatch.plans.v1/0/3",
        "kafka:dispatch.plans.v1/0/5",
    ]


async def test_message_after_message_that_cannot_be_used_ends_the_process_before_the_commit() -> (
    None
):
    cemetery = Cemetery()

    with pytest.raises(TooManyBugs):
        await feeding(set(range(500)), cemetery).feed(a_batch(500))

    assert len(cemetery.buried) == BUGS_IN_A_ROW


async def test_one_good_message_between_them_begins_the_count_again() -> None:
    cemetery, batch = Cemetery(), a_batch(2 * BUGS_IN_A_ROW - 1)

    await feeding({at for at in range(len(batch)) if at != BUGS_IN_A_ROW - 1}, cemetery).feed(batch)

    assert len(cemetery.buried) == 2 * (BUGS_IN_A_ROW - 1)


async def test_a_dead_letter_that_cannot_be_used_is_not_buried_again() -> None:
    cemetery = Cemetery()

    await feeding({0}, cemetery).feed(a_batch(1, DEAD_LETTERS))

    assert cemetery.buried == []


def test_a_database_that_is_read_only_for_a_while_is_away() -> None:
    assert is_away(psycopg.errors.ReadOnlySqlTransaction())
    assert not is_away(psycopg.errors.UndefinedTable())
