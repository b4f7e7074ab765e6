"""HistoryService: checks the request, asks, answers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from parkflow.history.v1 import history_service_pb2 as wire
from parkflow.history.v1.history_service_pb2_grpc import HistoryServiceServicer
from services.energy.time_grid import Interval, floor
from services.history.messages import after_token, page_token, reading_message
from services.history.queries import Queries, Slot
from services.runtime.refusals import FieldMistake, InvalidFields, NotFound

MAX_POINTS = 1_000
MAX_PAGE = 50_000
MAX_SLOTS = 200_000
BEGINNING = (-1, datetime(1970, 1, 1, tzinfo=UTC))
HOW = {
    wire.AGGREGATION_MEAN: "mean",
    wire.AGGREGATION_MIN: "min",
    wire.AGGREGATION_MAX: "max",
    wire.AGGREGATION_LAST: "last",
    wire.AGGREGATION_COUNT: "count",
}


class HistoryRpc(HistoryServiceServicer):
    """Answers from the database only."""

    def __init__(self, park_id: str, queries: Queries) -> None:
        self._park_id = park_id
        self._queries = queries

    async def GetLatest(  # noqa: N802
        self, request: wire.GetLatestRequest, context: Any
    ) -> wire.GetLatestResponse:
        """Return the newest usable reading of each point."""
        self._check(request, [])
        rows = await self._queries.latest(request.park_id, list(request.point_ids))
        return wire.GetLatestResponse(readings=[reading_message(row) for row in rows])

    async def GetRange(  # noqa: N802
        self, request: wire.GetRangeRequest, context: Any
    ) -> wire.GetRangeResponse:
        """Return one page of readings."""
        mistakes = _point_mistakes(request.point_ids)
        if not 0 <= request.page_size <= MAX_PAGE:
            mistakes.append(
                FieldMistake("page_size", f"{request.page_size} is not in 0..{MAX_PAGE}")
            )
        interval = _interval(request, mistakes)
        self._check(request, mistakes)
        after = after_token(request.page_token) if request.page_token else BEGINNING
        numbers = await self._numbers(request.point_ids)
        limit = request.page_size or 10_000
        rows = await self._queries.range(
            list(numbers.values()),
            interval,
            rejected=request.include_rejected,
            after=after,
            limit=limit,
        )
        token = page_token(rows[-1][7], rows[-1][1]) if len(rows) == limit else ""
        readings = [reading_message(row[:7]) for row in rows]
        return wire.GetRangeResponse(readings=readings, next_page_token=token)

    async def GetAggregate(  # noqa: N802
        self, request: wire.GetAggregateRequest, context: Any
    ) -> wire.GetAggregateResponse:
        """Return down-sampled points, each on the same grid."""
        mistakes = _point_mistakes(request.point_ids)
        if request.aggregation not in HOW:
            mistakes.append(FieldMistake("aggregation", "name one: mean, min, max, last or count"))
        step = request.step.ToTimedelta()
        if step < timedelta(seconds=1):
            mistakes.append(FieldMistake("step", f"{step} is below 1 s"))
        interval = _interval(request, mistakes)
        if not mistakes and (slots := (interval.duration / step) * len(request.point_ids)) > (
            MAX_SLOTS
        ):
            mistakes.append(
                FieldMistake("step", f"{slots:.0f} values; ask for at most {MAX_SLOTS} a call")
            )
        self._check(request, mistakes)
        numbers = await self._numbers(request.point_ids)
        found = await self._queries.slots(
            list(numbers.values()), interval, step, HOW[request.aggregation]
        )
        answer = wire.GetAggregateResponse()
        for name in request.point_ids:
            own = [slot for slot in found if slot.point_number == numbers[name]]
            _fill(answer.series.add(), name, interval, step, own)
        return answer

    def _check(self, request: Any, mistakes: list[FieldMistake]) -> None:
        if not request.park_id:
            mistakes = [FieldMistake("park_id", "is empty; name the park"), *mistakes]
        if mistakes:
            raise InvalidFields(mistakes)
        if request.park_id != self._park_id:
            raise NotFound("park", request.park_id)

    async def _numbers(self, names: Any) -> dict[str, int]:
        numbers = await self._queries.numbers(self._park_id, list(names))
        for name in names:
            if name not in numbers:
                raise NotFound("point", name)
        return numbers


def _point_mistakes(points: Any) -> list[FieldMistake]:
    if not 1 <= len(points) <= MAX_POINTS:
        return [FieldMistake("point_ids", f"name 1 to {MAX_POINTS} points, got {len(points)}")]
    return []


def _interval(request: Any, mistakes: list[FieldMistake]) -> Interval:
    try:
        return Interval(
            request.interval.start.ToDatetime(tzinfo=UTC),
            request.interval.end.ToDatetime(tzinfo=UTC),
        )
    except ValueError as mistake:
        mistakes.append(FieldMistake("interval", str(mistake)))
        return Interval(datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC))


def _fill(
    series: wire.AggregateSeries,
    name: str,
    interval: Interval,
    step: timedelta,
    slots: list[Slot],
) -> None:
    start = floor(interval.start, step)
    count = -((start - interval.end) // step)
    value = np.full(count, np.nan)
    readings = np.zeros(count, dtype=np.int64)
    for slot in slots:
        place = (slot.start - start) // step
        value[place], readings[place] = slot.value, slot.readings
    series.point_id = name
    series.start.FromDatetime(start)
    series.step.FromTimedelta(step)
    series.value.extend(value)
    series.reading_count.extend(readings)
