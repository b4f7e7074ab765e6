"""How long a pushed reading takes to be seen: by a watcher of all points, and as a row.

Publishing is the instant the generator stamps a round with, before it makes the request. The
watcher looks at its clock when it has a burst; rows of two points a source are asked for 40 times
a second.
"""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import grpc
import numpy as np
import psycopg

from parkflow.telemetry.v1.telemetry_service_pb2 import WatchRequest
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import TelemetryServiceStub
from tests.bench.measure import Result
from tests.bench.pipeline.generating import Generator, pushing
from tests.bench.pipeline.park_file import PARK_ID, fleet_points
from tests.bench.pipeline.pushing import Plan
from tests.bench.pipeline.running import Pipeline, a_pipeline
from tests.bench.pipeline.throughput import warm_up

POINTS_A_SOURCE = 2
ASK_EVERY_S = 0.025
SETTLE_S = 3.0
WATCH_ALLOWED_S, ROW_ALLOWED_S = 0.5, 1.5
_NUMBERS = "SELECT point_id FROM history.point WHERE name = ANY(%s)"
_NEW = (
    "SELECT point_id, event_time FROM history.reading WHERE point_id = ANY(%s) AND event_time > %s"
)


@dataclass
class Seen:
    """Seconds from publishing to being seen."""

    watched: list[float] = field(default_factory=list)
    rows: list[float] = field(default_factory=list)

    def percentile_s(self, which: str, percent: float) -> float:
        """Return a percentile of `watched` or `rows`."""
        return float(np.percentile(getattr(self, which), percent))


def run() -> tuple[list[Result], str]:
    """Return the p99s of 10,000 points that come once a second, for a minute."""
    seen = latencies(Plan(10_000, 20, seconds=60.0))
    return results("10,000 readings/s", seen, WATCH_ALLOWED_S, ROW_ALLOWED_S), ""


def latencies(plan: Plan) -> Seen:
    """Run a pipeline of its own under the plan's load and look."""
    with a_pipeline(plan.points) as pipeline:
        warm_up(pipeline, plan)
        with pushing(pipeline.push_address, plan) as generator:
            return seen_while(pipeline, plan, generator)


def seen_while(pipeline: Pipeline, plan: Plan, generator: Generator) -> Seen:
    """Look for as long as the generator pushes its live plan."""
    return asyncio.run(_look(pipeline, plan, generator))


async def _look(pipeline: Pipeline, plan: Plan, generator: Generator) -> Seen:
    seen, begin = Seen(), time.time()
    looks = [
        asyncio.create_task(_watch(pipeline.push_address, plan, begin, seen)),
        asyncio.create_task(_ask(pipeline.database_url, plan, begin, seen)),
    ]
    while generator.running:  # noqa: ASYNC110  another process
        await asyncio.sleep(0.2)
    await asyncio.sleep(SETTLE_S)
    for look in looks:
        look.cancel()
    for outcome in await asyncio.gather(*looks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome
    return seen


async def _watch(address: str, plan: Plan, begin: float, seen: Seen) -> None:
    names = fleet_points(plan.park_points or plan.points)[plan.first : plan.first + plan.points]
    async with grpc.aio.insecure_channel(address) as channel:
        request = WatchRequest(park_id=PARK_ID, point_ids=names)
        async for burst in TelemetryServiceStub(channel).Watch(request):
            now = time.time()
            stamps = [r.event_time.seconds + r.event_time.nanos / 1e9 for r in burst.readings]
            if not burst.snapshot:
                seen.watched += [now - stamp for stamp in stamps if stamp > begin]


async def _ask(url: str, plan: Plan, begin: float, seen: Seen) -> None:
    names = fleet_points(plan.park_points or plan.points)
    firsts = [plan.first + source * plan.count for source in range(plan.sources)]
    asked = [names[first + k] for first in firsts for k in range(POINTS_A_SOURCE)]
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(_NUMBERS, (asked,))
        numbers = [number for (number,) in await cursor.fetchall()]
        known: set[tuple[int, datetime]] = set()
        since = datetime.fromtimestamp(begin, UTC)
        while True:
            recent = max(since, datetime.now(UTC) - timedelta(seconds=30))
            cursor = await connection.execute(_NEW, (numbers, recent))
            now = time.time()
            fresh = set(await cursor.fetchall()) - known
            seen.rows += [now - moment.timestamp() for _, moment in fresh]
            known |= fresh
            await asyncio.sleep(ASK_EVERY_S)


def results(what: str, seen: Seen, watch_s: float, row_s: float) -> list[Result]:
    """Return the p99s against what is allowed."""
    return [
        Result(
            f"{what}: push to {name}, p99",
            seen.percentile_s(which, 99),
            allowed_s,
            "s",
            "the allowed time",
            f"p50 {seen.percentile_s(which, 50):.3f} s, longest {max(getattr(seen, which)):.3f} s, "
            f"{len(getattr(seen, which)):,} seen",
        )
        for name, which, allowed_s in (("Watch", "watched", watch_s), ("row", "rows", row_s))
    ]
