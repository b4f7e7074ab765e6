"""Makes an issue at each quarter border: waits for the readings, forecasts, keeps, publishes."""

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from services.energy.site import Park
from services.energy.time_grid import QUARTER
from services.forecasting.board import Board
from services.forecasting.domain.issuing import Awaited, Patience, due, next_border
from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.point_forecast import PointForecast, point_forecast
from services.forecasting.domain.series import QUARTERS_A_DAY, Series, quarter_number
from services.forecasting.domain.targets import Target
from services.forecasting.domain.weather import Foreseen
from services.forecasting.foreseeing import foreseen_at_issue
from services.forecasting.issue_store import IssueStore
from services.forecasting.joint import Joint
from services.forecasting.messages import issue_message
from services.forecasting.past import Past
from services.forecasting.states import States
from services.forecasting.store import QuarterStore
from services.forecasting.weather_store import WeatherStore
from services.runtime import metrics, spans
from services.runtime.clock import ParkClock
from services.runtime.patience import patiently
from services.runtime.progress import Stage
from services.runtime.publishing import Publisher
from services.runtime.telemetry import log_for, record, span
from services.runtime.topics import FORECASTS

# How long an issue waits for sources that stand still: park time, but never longer in wall time.
STANDING = timedelta(minutes=5)
LONGEST_STANDING_S = 10.0
# After a start the log is read, at first three weeks of it: that takes wall time.
CATCHING_UP_S = 60.0
LOOK_S = 0.2
RETRY_S = 1.0
LONGEST_SLEEP_S = 20.0
log = log_for(__name__)


class Issuer:
    """Issues forecasts of one park for ever."""

    def __init__(
        self,
        *,
        park: Park,
        targets: tuple[Target, ...],
        quarters: QuarterStore,
        states: States,
        joint: Joint,
        issues: IssueStore,
        weather: WeatherStore,
        board: Board[ForecastIssue],
        publisher: Publisher,
        clock: ParkClock,
        stage: Stage,
    ) -> None:
        self._park = park
        self._targets = targets
        self._quarters = quarters
        self._past = Past(quarters, targets)
        self._states = states
        self._joint = joint
        self._issues = issues
        self._weather = weather
        self._board = board
        self._publisher = publisher
        self._clock = clock
        self._stage = stage
        self._moving = frozenset(target.source_point_id for target in targets)
        longest = timedelta(seconds=LONGEST_STANDING_S * clock.speed)
        catching_up = timedelta(seconds=CATCHING_UP_S * clock.speed)
        self._patience = Patience(longest, max(QUARTER, catching_up))  # until the first issue
        self._usual_patience = Patience(min(STANDING, longest))

    async def restore(self) -> None:
        """Show the newest issue made so far."""
        if (newest := await patiently(self._issues.newest, "database")) is not None:
            await self._board.show(newest)

    async def run(self) -> None:
        """Publish the newest issue again (it may not have got out), then issue at every border."""
        if self._board.newest is not None:
            await self._publisher.publish(FORECASTS, self._park.id, self._board.newest)
        await self._states.read()
        while True:
            self._stage.move()
            issue_time = due(self._clock.now(), self._board.issue_time)
            if issue_time is None:
                await self._sleep_towards(next_border(self._clock.now()))
            elif not await self._issue_when_ready(issue_time):
                await asyncio.sleep(RETRY_S)

    async def _sleep_towards(self, moment: datetime) -> None:
        left_s = self._clock.wall_seconds(moment - self._clock.now())
        await asyncio.sleep(min(max(left_s, 0.01), LONGEST_SLEEP_S))

    async def _issue_when_ready(self, issue_time: datetime) -> bool:
        """Wait for the quarter's readings and issue; False when there is nothing to forecast."""
        awaited = Awaited.at(issue_time, self._moving, self._clock.now(), self._patience)
        while True:
            reached = await patiently(lambda: self._quarters.reached(issue_time), "database")
            awaited = awaited.seen(reached, self._clock.now())
            if awaited.ready(self._clock.now()):
                break
            self._stage.move()
            await asyncio.sleep(LOOK_S)
        self._moving = awaited.complete or self._moving
        issued = await patiently(lambda: self.issue(issue_time), "database")
        if issued:
            self._patience = self._usual_patience
        return issued

    async def issue(self, issue_time: datetime) -> bool:
        """Make, keep, publish and show one issue; False when no series has any history."""
        began = time.monotonic()
        with span(spans.FORECAST, issue_time=issue_time.isoformat()):
            series = await self._past.until(quarter_number(issue_time))
            await self._states.learn_missing(series, self._stage.move)
            weather = await foreseen_at_issue(self._weather, issue_time)
            forecasts = await asyncio.to_thread(self._forecasts, series, weather)
            if not forecasts:
                log.info("nothing_to_forecast", issue_time=issue_time.isoformat())
                return False
            made = issue_message(self._park.id, issue_time, forecasts)
            known = await self._joint.known_for(issue_time, self._states.errors())
            await asyncio.to_thread(self._joint.add_sums, made, known)
            kept = await self._issues.keep(made, self._clock.now())
            await self._publisher.publish(FORECASTS, self._park.id, kept)
            await self._board.show(kept)
            self._tell(kept, time.monotonic() - began)
        await self._states.reckon_some(series, weather)
        await self._tidy(issue_time)
        return True

    def _forecasts(self, series: Mapping[str, Series], weather: Foreseen) -> list[PointForecast]:
        """Return the forecast of every target that something serves, in the order of the targets.

        A series sees only quarters that end at or before the issue time, and weather as it was
        known then.
        """
        made = [self._forecast(series[one.point_id], one, weather) for one in self._targets]
        return [one for one in made if one is not None]

    def _forecast(self, known: Series, target: Target, weather: Foreseen) -> PointForecast | None:
        serving = self._states.serving(target.point_id)
        if serving is None or not np.isfinite(known.power_w).any():
            return None
        foreseen = serving.foreseen(weather)
        outlook = answer(self._states.record(known, target.point_id, foreseen), serving.state)
        caveats = (serving.weakness, foreseen.caveat if foreseen else "")
        weakness = "; ".join(filter(None, caveats))
        return point_forecast(outlook, known, target, model=serving.model, weakness=weakness)

    async def _tidy(self, issue_time: datetime) -> None:
        """Once a park day, drop samples that no reading can change any more."""
        if quarter_number(issue_time) % QUARTERS_A_DAY == 0:
            oldest = issue_time - self._park.telemetry.oldest - timedelta(days=1)
            await self._quarters.forget_samples_before(quarter_number(oldest))

    def _tell(self, issue: ForecastIssue, took_s: float) -> None:
        record(metrics.FORECAST_TIME, took_s)
        for series in issue.series:
            record(metrics.FORECASTS, method=series.method.rpartition("; ")[2].split()[0])
        caveats = {series.point_id: series.caveat for series in issue.series if series.caveat}
        log.info(
            "issued",
            issue_time=issue.issue_time.ToJsonString(),
            series=len(issue.series),
            took_s=round(took_s, 3),
            caveats=caveats,
        )
