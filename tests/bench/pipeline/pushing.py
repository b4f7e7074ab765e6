"""The load generator, a process of its own: sources that push their points round by round.

`python -m tests.bench.pipeline.pushing ADDRESS PLAN` with a `Plan` as JSON; prints a `Pushed` as
JSON when all is answered. The event time of a live round is the instant of its push.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass

import grpc
import numpy as np
import numpy.typing as npt

from parkflow.telemetry.v1.telemetry_service_pb2 import (
    PushedColumns,
    PushedReading,
    PushRequest,
    PushResponse,
)
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import TelemetryServiceStub
from tests.bench.pipeline.park_file import PARK_ID, fleet_points, plausible_values

Times = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]
CALL_S = 60.0
AT_ONCE = 4
"""Backfill: so many sources push at the same time."""


@dataclass(frozen=True)
class Plan:
    """What to push: `points` of a park's points, from `first` on, shared out among the sources.

    A live source reads a round every `period_s` for `seconds` and pushes `rounds_a_push` of them at
    a time. A backfill (`step_s` above zero) pushes as fast as it is taken: the past from `seconds`
    ago on, every `step_s`.
    """

    points: int
    sources: int
    seconds: float
    period_s: float = 1.0
    step_s: float = 0.0
    name: str = "bench"
    first: int = 0
    park_points: int = 0
    form: str = "columns"
    rounds_a_push: int = 1

    @property
    def count(self) -> int:
        """How many points a source has."""
        return self.points // self.sources


@dataclass(frozen=True)
class Pushed:
    """What became of it.

    `behind_s` is how far the latest round was behind its schedule; `last_s` an instant (epoch
    seconds) by which every source has a reading of its last round or a later one.
    """

    readings: int
    believed: int
    began: float
    ended: float
    last_s: float
    behind_s: float
    longest_call_s: float
    cpu_s: float


class Source:
    """One source: its template of a request, and what it has pushed."""

    def __init__(self, plan: Plan, number: int, stub: TelemetryServiceStub) -> None:
        self.count = plan.count
        self.first = plan.first + number * self.count
        names = fleet_points(plan.park_points or plan.points)
        self._names = names[self.first : self.first + self.count]
        self._source_id = f"{plan.name}-{number}"
        self._plan, self._stub = plan, stub
        self._request = PushRequest(park_id=PARK_ID, source_id=self._source_id)
        self.readings = self.believed = 0
        self.behind_s = self.longest_call_s = self.last_s = 0.0

    async def live(self, begin: float) -> None:
        """Push in turn, one call after the other; what is late by the end, not.

        So a run that cannot keep up ends in time too, with fewer readings.
        """
        plan = self._plan
        every_s = plan.period_s * plan.rounds_a_push
        before = np.arange(plan.rounds_a_push - 1, -1, -1) * plan.period_s
        phase = (self.first - plan.first) / plan.points * every_s
        for number in range(int(plan.seconds / every_s)):
            due = begin + phase + number * every_s
            await asyncio.sleep(max(0.0, due - time.time()))
            if (now := time.time()) > begin + plan.seconds + every_s:
                return
            self.behind_s = max(self.behind_s, now - due)
            await self._push(f"{begin}/{number}", (now - before).tolist())

    async def backfill(self, begin: float) -> None:
        """Push the past, as many instants a call as a batch holds."""
        plan = self._plan
        instants = begin - plan.seconds + np.arange(int(plan.seconds / plan.step_s)) * plan.step_s
        a_call = max(1, 10_000 // self.count)
        for at in range(0, len(instants), a_call):
            part = instants[at : at + a_call].tolist()
            await self._push(f"{begin}/{at}", part)

    async def _push(self, key: str, instants: list[float]) -> None:
        request = self.filled(key, instants)
        began = time.time()
        answer: PushResponse = await self._stub.Push(iter([request]), timeout=CALL_S)
        self.longest_call_s = max(self.longest_call_s, time.time() - began)
        self.readings += self.count * len(instants)
        self.last_s = instants[-1]
        self.believed += answer.believed_count

    def filled(self, key: str, instants: list[float]) -> PushRequest:
        """Return the request of a push; it is filled anew for the next one."""
        request = self._request
        request.idempotency_key = f"{self._source_id}/{key}"
        steps = [plausible_values(self.first, self.count, at) for at in instants]
        values = np.concatenate(steps)
        times = np.repeat((np.array(instants) * 1e6).astype("<i8"), self.count)
        if self._plan.form == "columns":
            self._fill_columns(request.columns, len(steps), times, values)
        else:
            names = self._names * len(steps)
            del request.readings[:]
            request.readings.extend(map(_reading, names, times.tolist(), values.tolist()))
        return request

    def _fill_columns(
        self, columns: PushedColumns, steps: int, times: Times, values: Values
    ) -> None:
        if not columns.point_ids:
            columns.point_ids.extend(self._names)
        columns.point_index = np.tile(np.arange(self.count, dtype="<u4"), steps).tobytes()
        columns.event_time_us = times.tobytes()
        columns.value = values.astype("<f8").tobytes()


def _reading(name: str, time_us: int, value: float) -> PushedReading:
    reading = PushedReading(point_id=name, value=value)
    reading.event_time.FromMicroseconds(time_us)
    return reading


async def push(address: str, plan: Plan) -> Pushed:
    """Push what the plan says; returns when all of it is answered."""
    began_cpu, begin = time.process_time(), time.time()
    async with grpc.aio.insecure_channel(address) as channel:
        stub = TelemetryServiceStub(channel)
        sources = [Source(plan, number, stub) for number in range(plan.sources)]
        if plan.step_s:
            turns = asyncio.Semaphore(AT_ONCE)

            async def backfill(source: Source) -> None:
                async with turns:
                    await source.backfill(begin)

            await asyncio.gather(*map(backfill, sources))
        else:
            begin = time.time()
            await asyncio.gather(*(source.live(begin) for source in sources))
    return Pushed(
        sum(source.readings for source in sources),
        sum(source.believed for source in sources),
        begin,
        time.time(),
        min(source.last_s for source in sources),
        max(source.behind_s for source in sources),
        max(source.longest_call_s for source in sources),
        time.process_time() - began_cpu,
    )


if __name__ == "__main__":
    outcome = asyncio.run(push(sys.argv[1], Plan(**json.loads(sys.argv[2]))))
    sys.stdout.write(json.dumps(asdict(outcome)))
