"""Makes an issue at each quarter border: waits for the readings, forecasts, keeps, publishes."""

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime, timedelta

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from services.energy.site import Park
from services.energy.time_grid import QUARTER
from services.forecasting.answers import Basis, answers
from services.forecasting.board import Board
from services.forecasting.charging import Charging
from services.forecasting.domain.charging.fleets import fleets_of
from services.forecasting.domain.issuing import Awaited, Patience, due, is_set_back, next_border
from services.forecasting.domain.series import quarter_number
from services.forecasting.domain.targets import Target
from services.forecasting.foreseeing import foreseen_at_issue
from services.forecasting.issue_store import IssueStore
from services.forecasting.joint import Joint
from services.forecasting.learner import Learner
from services.forecasting.messages import issue_message
from services.forecasting.past import Past
from services.forecasting.plan_store import PlanStore
from services.forecasting.planning import planned_at_issue
from services.forecasting.signal_issuer import SignalIssuer
from services.forecasting.sparing import sparing_others
from services.forecasting.states import States
from services.forecasting.store import QuarterStore
from services.forecasting.told import Told
from services.forecasting.waiting import sleep_towards
from services.forecasting.weather_store import WeatherStore
from services.runtime import metrics, spans
from services.runtime.clock import ParkClock
from services.runtime.patience import is_away, patiently, saying_so, waits
from services.runtime.progress import Stage
from services.runtime.publishing import Publishes
from services.runtime.telemetry import log_for, record, span
from services.runtime.topics import FORECASTS

# How long an issue waits for sources that stand still: park time, but never longer in wall time.
STANDING = timedelta(minutes=5)
LONGEST_STANDING_S = 10.0
# After a start the log is read, at first three weeks of it: that takes wall time.
CATCHING_UP_S = 60.0
LOOK_S = 0.2
RETRY_S = 1.0
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
        learner: Learner,
        joint: Joint,
        signals: SignalIssuer,
        issues: IssueStore,
        weather: WeatherStore,
        plans: PlanStore,
        charging: Charging,
        board: Board[ForecastIssue],
        publisher: Publishes,
        clock: ParkClock,
        stage: Stage,
    ) -> None:
        self._park = park
        self._targets = targets
        self._quarters = quarters
        self._past = Past(quarters, targets)
        self._states = states
        self._learner = learner
        self._joint = joint
        self._signals = signals
        self._issues = issues
        self._weather = weather
        self._plans = plans
        self._charging = charging
        self._board = board
        self._publisher = publisher
        self._clock = clock
        self._stage = stage
        self._fleets = frozenset(fleet.point_id for fleet in fleets_of(park))
        self._moving = frozenset(target.source_point_id for target in targets)
        longest = timedelta(seconds=LONGEST_STANDING_S * clock.speed)
        catching_up = timedelta(seconds=CATCHING_UP_S * clock.speed)
        self._patience = Patience(longest, max(QUARTER, catching_up))  # until the first issue
        self._clock_behind = Told()
        self._nothing_known = Told()
        self._usual_patience = Patience(min(STANDING, longest))

    async def restore(self) -> None:
        """Show the newest issue made so far."""
        if (newest := await patiently(self._issues.newest, "database")) is not None:
            await self._board.show(newest)

    async def run(self) -> None:
        """Publish the newest issue again (it may not have got out), then issue at every border."""
        waits.set(self._stage.move)
        await self._publish_newest()
        await self._states.read(self._stage.move)
        await self._signals.read()
        while True:
            self._stage.move()
            self._look_at_the_clock()
            border = due(self._clock.now(), self._board.issue_time)
            if border is None:
                await sleep_towards(self._clock, next_border(self._clock.now()))
            elif not await self._issue_when_ready(border):
                await asyncio.sleep(RETRY_S)

    def _look_at_the_clock(self) -> None:
        """Say once that nothing is issued until park time has come to where it was."""
        now, newest = self._clock.now(), self._board.issue_time
        if self._clock_behind.anew(is_set_back(now, newest)):
            log.error("park_clock_set_back", park_time=now.isoformat(), newest_issue=str(newest))

    async def _publish_newest(self) -> None:
        if self._board.newest is not None:
            await self._publisher.publish(FORECASTS, self._park.id, self._board.newest)

    async def _issue_when_ready(self, border: datetime) -> bool:
        """Issue once the quarter's readings are there; False when there is nothing to forecast."""
        await self._until_read(border)
        basis = await patiently(self._issue_newest, "database")
        if basis is None:
            return False
        self._patience = self._usual_patience
        await self._publish_newest()
        await self._reckon(basis)
        return True

    async def _until_read(self, border: datetime) -> None:
        """Wait until the sources that were moving have passed a border, or patience ends."""
        now = self._clock.now()
        awaited = Awaited.at(border, self._moving, now, self._patience, self._fleets)
        while True:
            reached = await patiently(lambda: self._quarters.reached(border), "database")
            awaited = awaited.seen(reached, self._clock.now())
            if awaited.ready(self._clock.now()):
                break
            self._stage.move()
            await asyncio.sleep(LOOK_S)
        self._moving = awaited.complete or self._moving

    async def _issue_newest(self) -> Basis | None:
        """Issue what is due by now: when the world was away that is a later border."""
        border = due(self._clock.now(), self._board.issue_time)
        return None if border is None else await self.issue(border)

    async def issue(self, issue_time: datetime) -> Basis | None:
        """Make, keep and show one issue; None when no series has any history.

        Doing it again changes nothing: what was kept first is shown.
        """
        began = time.monotonic()
        with span(spans.FORECAST, issue_time=issue_time.isoformat()):
            series = await self._past.until(quarter_number(issue_time))
            planned = await planned_at_issue(self._plans, self._targets, issue_time)
            weather = await foreseen_at_issue(self._weather, issue_time)
            sessions = await self._charging.at(issue_time, series)
            basis = Basis(series, weather, sessions, planned)
            await self._learner.learn_missing(basis.whole, self._stage.move)
            said = await asyncio.to_thread(answers, self._states, self._targets, basis)
            await self._states.set_failed_aside(said.faulty)
            if self._nothing_known.anew(not said.forecasts):
                log.info("nothing_to_forecast", series=len(series))
            if not said.forecasts:
                return None
            made = issue_message(self._park.id, issue_time, said.forecasts)
            made.signals.extend(await self._signals.issued(issue_time, self._stage.move))
            await self._add_sums(made, issue_time)
            with sparing_others("keep what was said", self._park.id):
                await self._charging.keep(sessions)
            kept = await self._issues.keep(made, self._clock.now())
            await self._board.show(kept)
            self._tell(kept, said.kinds, time.monotonic() - began)
        return basis

    async def _add_sums(self, made: ForecastIssue, issue_time: datetime) -> None:
        known = await self._joint.known_for(issue_time, self._states.errors())
        with sparing_others("add up", self._park.id):
            await asyncio.to_thread(self._joint.add_sums, made, known)

    async def _reckon(self, basis: Basis) -> None:
        """Reckon some points anew; what a database that is away cuts short comes another time."""
        try:
            with saying_so("database"):
                await self._learner.reckon_some(basis.whole, basis.weather, basis.planned)
                await self._signals.reckon()
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("reckoning_put_off", error=str(error))

    def _tell(self, issue: ForecastIssue, kinds: Mapping[str, int], took_s: float) -> None:
        record(metrics.FORECAST_TIME, took_s)
        for kind, count in kinds.items():
            record(metrics.FORECASTS, count, method=kind)
        caveats = {series.point_id: series.caveat for series in issue.series if series.caveat}
        log.info(
            "issued",
            issue_time=issue.issue_time.ToJsonString(),
            series=len(issue.series),
            took_s=round(took_s, 3),
            caveats=caveats,
        )
