"""A flood of the most expensive questions, and the writer that goes on beside it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from parkflow.history.v1 import history_service_pb2 as wire
from services.history.admission import AT_ONCE, IN_LINE
from tests.support.history import START, Reading, a_frame, minutes
from tests.support.history_service import History, interval, running_history, stamp
from tests.support.patience import PATIENCE_S

POINTS, HOURS = 200, 12
CLIENTS = AT_ONCE + IN_LINE + 12
ROWS_A_BATCH = 5_000
TURN_S = 3.0
TURNS = 3
"""A machine that stops for seconds spoils a turn; a flood that starves the writer spoils all."""
LEAST_SHARE = 0.2
"""Two cores, four questions at once and the writer: its fair share is two fifths."""
DAY = interval(START, START + timedelta(days=1))
ALL = [f"point_{number}" for number in range(POINTS)]


@pytest.fixture
async def history(fresh_database: str) -> AsyncIterator[History]:
    async with running_history(fresh_database) as running:
        for hour in range(HOURS):
            readings = [
                Reading(point, minutes(60 * hour + minute), float(minute))
                for point in range(POINTS)
                for minute in range(60)
            ]
            await running.write(a_frame(readings, number=hour))
        yield running


def greedy_questions() -> list[tuple[str, Any]]:
    """Return what costs history most: everything as it was known then, and whole pages."""
    then = stamp(START + timedelta(days=2))
    aggregate = wire.GetAggregateRequest(
        park_id="demo-park",
        point_ids=ALL,
        interval=DAY,
        aggregation=wire.AGGREGATION_INTEGRAL,
        known_at=then,
    )
    aggregate.step.FromTimedelta(timedelta(minutes=5))
    page = wire.GetRangeRequest(
        park_id="demo-park", point_ids=ALL, interval=DAY, page_size=50_000, known_at=then
    )
    return [("GetAggregate", aggregate), ("GetRange", page)]


@dataclass
class Flood:
    """Clients that ask again as soon as they may."""

    history: History
    answered: int = 0
    refused: Counter[grpc.StatusCode] = field(default_factory=Counter)
    hints_s: set[float] = field(default_factory=set)

    async def ask_for_ever(self, number: int) -> None:
        """Ask one question after another; a refused one waits as long as the hint says."""
        method, request = greedy_questions()[number % 2]
        while True:
            try:
                await getattr(self.history.stub, method)(request, timeout=20)
                self.answered += 1
            except grpc.aio.AioRpcError as refusal:
                self.refused[refusal.code()] += 1
                await asyncio.sleep(self._hinted_s(refusal))

    def _hinted_s(self, refusal: grpc.aio.AioRpcError) -> float:
        if refusal.code() is not grpc.StatusCode.RESOURCE_EXHAUSTED:
            return 0.1
        retry = error_details_pb2.RetryInfo()
        (detail,) = rpc_status.from_call(refusal).details
        assert detail.Unpack(retry), "a refusal says when to ask again"
        hint_s = retry.retry_delay.ToTimedelta().total_seconds()
        self.hints_s.add(hint_s)
        return hint_s


class Load:
    """A writer that writes fresh rows, batch after batch."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._batches = 0

    async def write_for(self, seconds: float) -> tuple[float, float]:
        """Return rows a second, and the longest that a batch took in seconds."""
        began, rows, longest_s = time.monotonic(), 0, 0.0
        while time.monotonic() - began < seconds:
            batch_began = time.monotonic()
            rows += await self._write_batch()
            longest_s = max(longest_s, time.monotonic() - batch_began)
        return rows / (time.monotonic() - began), longest_s

    async def _write_batch(self) -> int:
        self._batches += 1
        at = START + timedelta(days=3, seconds=self._batches)
        readings = [Reading(1_000 + point, at, 1.0) for point in range(ROWS_A_BATCH)]
        await self._history.write(a_frame(readings))
        return ROWS_A_BATCH


@dataclass(frozen=True)
class Turn:
    """Rows a second alone and beside the flood, and the longest that a batch took beside it."""

    before: float
    beside: float
    after: float
    longest_s: float

    @property
    def is_fair(self) -> bool:
        """Whether the writer had its share."""
        share = self.beside / min(self.before, self.after)
        return share >= LEAST_SHARE and self.longest_s < 5.0


async def a_turn(load: Load, flood: Flood) -> Turn:
    """Measure the writer alone, beside the flood, and alone again."""
    before, _ = await load.write_for(TURN_S)
    answered = flood.answered
    asking = [asyncio.create_task(flood.ask_for_ever(number)) for number in range(CLIENTS)]
    await asyncio.sleep(1.0)  # all of them are there
    beside, longest_s = await load.write_for(2 * TURN_S)
    async with asyncio.timeout(PATIENCE_S):
        while flood.answered == answered:  # noqa: ASYNC110  they are greedy: it takes a while
            await asyncio.sleep(0.1)
    for one in asking:
        one.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    after, _ = await load.write_for(TURN_S)
    return Turn(before, beside, after, longest_s)


async def test_a_flood_of_greedy_questions_leaves_the_writer_its_share(history: History) -> None:
    load, flood = Load(history), Flood(history)
    await load.write_for(1.0)

    turns = [await a_turn(load, flood)]
    while not turns[-1].is_fair and len(turns) < TURNS:
        turns.append(await a_turn(load, flood))

    assert turns[-1].is_fair, turns
    assert flood.refused[grpc.StatusCode.RESOURCE_EXHAUSTED] > 0
    assert flood.hints_s == {1.0}
    assert set(flood.refused) <= {
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
    }
