"""Weather that is pushed by gRPC: checked, every mistake at once, and kept."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from parkflow.forecast.v1 import weather_pb2 as wire
from services.forecasting.domain.weather import POSSIBLE, WHOLE_PLACE, Weather, WeatherValue
from services.forecasting.weather_store import WeatherStore
from services.runtime.clock import ParkClock
from services.runtime.refusals import FieldMistake, check_park
from services.runtime.requests import moment_of

MOST_VALUES = 2_000
LONGEST_NAME = 100
SHORTEST_STEP, LONGEST_STEP = timedelta(minutes=1), timedelta(hours=6)
FURTHEST = timedelta(days=20)


class WeatherDesk:
    """Takes runs of weather models for one park."""

    def __init__(self, park_id: str, store: WeatherStore, clock: ParkClock) -> None:
        self._park_id = park_id
        self._store = store
        self._clock = clock

    async def push(self, request: wire.PushWeatherRequest) -> wire.PushWeatherResponse:
        """Keep a run; the answer says since when it is known."""
        now = self._clock.now()
        check_park(request.park_id, self._park_id, mistakes_of(request, now))
        kept = await self._store.keep(values_of(request, now))
        answer = wire.PushWeatherResponse(kept_count=kept)
        answer.known_at.FromDatetime(now)
        return answer


def mistakes_of(request: wire.PushWeatherRequest, now: datetime) -> list[FieldMistake]:
    """Return everything that is wrong with a run, but for its park."""
    return [*_time_mistakes(request, now), *_series_mistakes(request)]


def values_of(request: wire.PushWeatherRequest, now: datetime) -> list[WeatherValue]:
    """Return the values of a sound run; those it does not say are left out."""
    issue_time = request.issue_time.ToDatetime(tzinfo=UTC)
    start, step = request.start.ToDatetime(tzinfo=UTC), request.step.ToTimedelta()
    return [
        WeatherValue(
            WHOLE_PLACE,
            Weather(series.quantity),
            issue_time,
            start + place * step,
            value,
            now,
        )
        for series in request.series
        for place, value in enumerate(series.values)
        if not math.isnan(value)
    ]


def _time_mistakes(request: wire.PushWeatherRequest, now: datetime) -> Iterator[FieldMistake]:
    issue_time, start = (moment_of(request, field) for field in ("issue_time", "start"))
    if request.place_id not in ("", WHOLE_PLACE):
        text = f"{request.place_id[:LONGEST_NAME]!r}: weather is that of the whole park"
        yield FieldMistake("place_id", f"{text}; leave it empty")
    if issue_time is None:
        yield FieldMistake("issue_time", "is missing or no time; say when the model was run")
    elif issue_time > now:
        yield FieldMistake("issue_time", f"{issue_time} is after now, {now}")
    if start is None:
        yield FieldMistake("start", "is missing or no time; say when the first value is for")
    elif issue_time is not None and abs(start - issue_time) > FURTHEST:
        yield FieldMistake("start", f"{start} is more than {FURTHEST.days} days from the issue")
    step = timedelta(seconds=request.step.seconds)
    if request.step.nanos or not SHORTEST_STEP <= step <= LONGEST_STEP:
        yield FieldMistake("step", f"{step} is not in {SHORTEST_STEP}..{LONGEST_STEP}")


def _series_mistakes(request: wire.PushWeatherRequest) -> Iterator[FieldMistake]:
    if not request.series:
        yield FieldMistake("series", "is empty; send at least one quantity")
    seen: set[int] = set()
    for place, series in enumerate(request.series):
        field = f"series[{place}]"
        if int(series.quantity) not in set(Weather):
            yield FieldMistake(f"{field}.quantity", f"{series.quantity} is none; use 1 to 8")
            continue
        if series.quantity in seen:
            yield FieldMistake(f"{field}.quantity", f"{Weather(series.quantity).column} twice")
        seen.add(series.quantity)
        if not 0 < len(series.values) <= MOST_VALUES:
            text = f"{len(series.values)} values; send 1 to {MOST_VALUES}"
            yield FieldMistake(f"{field}.values", text)
        yield from _value_mistakes(field, Weather(series.quantity), series.values)


def _value_mistakes(field: str, quantity: Weather, values: Any) -> Iterator[FieldMistake]:
    low, high = POSSIBLE[quantity]
    bad = [i for i, value in enumerate(values) if not (low <= value <= high or math.isnan(value))]
    if bad:
        text = (
            f"{len(bad)} of {quantity.column} are not in {low:g}..{high:g}, "
            f"the first {values[bad[0]]:g}: is the unit right?"
        )
        yield FieldMistake(f"{field}.values[{bad[0]}]", text)
