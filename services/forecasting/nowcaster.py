"""Makes a nowcast at each minute of park time: reads the minutes, nowcasts, keeps, publishes."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from parkflow.forecast.v1.nowcast_pb2 import NowcastIssue
from services.forecasting.board import Board
from services.forecasting.domain.availability import of_the_whole
from services.forecasting.domain.nowcast.available import nowcast_of_parts, whole_outlooks
from services.forecasting.domain.nowcast.leads import HEAD_QUARTERS, QUARTER_MIN
from services.forecasting.domain.nowcast.learning import Trust, taught
from services.forecasting.domain.nowcast.memory import REMEMBERED_MIN, REMEMBERED_QUARTERS, Memory
from services.forecasting.domain.nowcast.moment import (
    due,
    minute_number,
    minute_start,
    next_border,
    taught_now,
)
from services.forecasting.domain.nowcast.nowcast import FRESH_MIN, Based, Nowcast
from services.forecasting.domain.series import Floats, Ints, quarter_number, quarter_start
from services.forecasting.domain.targets import Shape, Target
from services.forecasting.issue_store import IssueStore
from services.forecasting.minute_store import MinuteStore
from services.forecasting.nowcast_messages import issued_shares, nowcast_message, quantiles_of
from services.forecasting.nowcast_store import NowcastStore
from services.forecasting.plan_store import PlanStore
from services.forecasting.planning import devices_of, shares_of
from services.forecasting.sparing import sparing_others
from services.forecasting.waiting import sleep_towards
from services.runtime import metrics, spans
from services.runtime.clock import ParkClock
from services.runtime.patience import patiently, waits
from services.runtime.progress import Stage
from services.runtime.publishing import Publishes
from services.runtime.telemetry import log_for, record, span
from services.runtime.topics import NOWCASTS

READ_AGAIN_MIN = 20
"""Minutes read anew each time: readings come late, and are corrected."""
POINTS_AT_ONCE = 50
TAUGHT_EVERY_MIN = 240
log = log_for(__name__)


class Nowcaster:
    """Nowcasts one park for ever."""

    def __init__(
        self,
        *,
        park_id: str,
        zone: ZoneInfo,
        targets: tuple[Target, ...],
        minutes: MinuteStore,
        plans: PlanStore,
        issues: IssueStore,
        nowcasts: NowcastStore,
        outlooks: Board[ForecastIssue],
        board: Board[NowcastIssue],
        publisher: Publishes,
        clock: ParkClock,
        stage: Stage,
    ) -> None:
        self._park_id = park_id
        self._zone = zone
        self._targets = targets
        self._minutes = minutes
        self._plans = plans
        self._issues = issues
        self._nowcasts = nowcasts
        self._outlooks = outlooks
        self._board = board
        self._publisher = publisher
        self._clock = clock
        self._stage = stage
        self._names = [target.point_id for target in targets]
        self._trust = Trust.untaught(len(targets))
        self._memory = Memory(len(targets), quarter_number(clock.now()) + 1)
        self._shares: Floats = np.ones((len(targets), REMEMBERED_QUARTERS))
        self._heads: datetime | None = None

    async def restore(self) -> None:
        """Show the newest nowcast made so far."""
        if (newest := await patiently(self._nowcasts.newest, "database")) is not None:
            await self._board.show(newest)

    async def run(self) -> None:
        """Publish the newest nowcast again, remember the last days, then nowcast each minute."""
        waits.set(self._stage.move)
        if self._board.newest is not None:
            await self._publisher.publish(NOWCASTS, self._park_id, self._board.newest)
        await patiently(self._remember, "database")
        while True:
            self._stage.move()
            await patiently(self._nowcast_due, "database")
            await sleep_towards(self._clock, next_border(self._clock.now()))

    async def _nowcast_due(self) -> None:
        """Nowcast the newest minute, unless that was done: after an outage none but that."""
        minute = due(self._clock.now(), self._board.issue_time)
        if minute is not None:
            await self.nowcast(minute)

    async def _remember(self) -> None:
        """Read the minutes and issues of the last two days, and learn from them."""
        minute = minute_number(self._clock.now())
        self._memory.reach_to(minute)
        await self._read_plans(minute)
        for first in range(0, len(self._targets), POINTS_AT_ONCE):
            some = range(first, min(first + POINTS_AT_ONCE, len(self._targets)))
            await self._read_minutes(some, minute - REMEMBERED_MIN, minute)
            self._stage.move()
        await self._read_heads()
        await self._teach(range(len(self._targets)), minute)

    async def _read_plans(self, minute: int) -> None:
        """Read how much of each device could run in the quarters that are remembered."""
        first = self._memory.first_quarter
        end = first + REMEMBERED_QUARTERS
        given = (devices_of(self._targets), first, end, minute_start(minute))
        planned = await self._plans.known(*given, since=end)
        self._shares = shares_of(planned, self._targets, first, REMEMBERED_QUARTERS)

    def _share(self, point: Ints, minute: Ints) -> Floats:
        """Return how much of points could run in minutes."""
        at = minute // QUARTER_MIN - self._memory.first_quarter
        share: Floats = self._shares[point, np.clip(at, 0, REMEMBERED_QUARTERS - 1)]
        return share

    async def _read_minutes(self, points: range, begin: int, end: int) -> None:
        some = [self._targets[i] for i in points]
        sources = [target.source_point_id for target in some]
        place, minute, mean = await self._minutes.means(
            sources, minute_start(begin), minute_start(end)
        )
        sign, point = np.array([target.sign for target in some]), place + points.start
        whole = of_the_whole(sign[place] * mean, self._share(point, minute))
        self._memory.put_minutes(point, minute, whole)

    async def _read_heads(self) -> None:
        """Remember what the issues since the last look said, one after the other."""
        oldest = quarter_start(self._memory.first_quarter)
        for made_at in await self._issues.times_after(max(oldest, self._heads or oldest)):
            for issue in await self._issues.made_at([made_at]):
                said = await asyncio.to_thread(self._head, issue)
                if said.shape[2] == HEAD_QUARTERS:
                    self._memory.put_head(quarter_number(made_at), said)
            self._heads = made_at
            self._stage.move()

    def _head(self, issue: ForecastIssue) -> Floats:
        """Return the beginning of an issue as it would be of the whole devices."""
        share = issued_shares(issue, self._names, HEAD_QUARTERS)
        return whole_outlooks(quantiles_of(issue, self._names, HEAD_QUARTERS), share)

    async def nowcast(self, at: datetime) -> None:
        """Make, keep, show and publish one nowcast; none while there is no issue to lean on."""
        began = time.monotonic()
        minute = minute_number(at)
        self._memory.reach_to(minute)
        if self._outlooks.issue_time != self._heads:
            await self._read_heads()
        everyone = range(len(self._targets))
        await self._read_plans(minute)
        await self._read_minutes(everyone, minute - READ_AGAIN_MIN, minute)
        if (leant := await self._leant_on(at)) is None:
            return
        with span(spans.NOWCAST, issue_time=at.isoformat()):
            with sparing_others("nowcast", self._park_id) as turn:
                made = await asyncio.to_thread(self._made, minute, leant)
            if turn.failed:
                return
            outlook_time = leant.issue_time.ToDatetime(tzinfo=UTC)
            message = nowcast_message(self._park_id, made, outlook_time, self._names)
            kept = await self._nowcasts.keep(message, self._clock.now())
            await self._board.show(kept)
            await self._publisher.publish(NOWCASTS, self._park_id, kept)
        record(metrics.NOWCAST_TIME, time.monotonic() - began)
        await self._teach(taught_now(minute, len(everyone), TAUGHT_EVERY_MIN), minute)

    async def _leant_on(self, at: datetime) -> ForecastIssue | None:
        """Return the newest issue before `at` that still reaches far enough."""
        issue = self._outlooks.newest
        if issue is not None and issue.issue_time.ToDatetime(tzinfo=UTC) >= at:
            issue = await self._issues.newest(at - timedelta(microseconds=1))
        if issue is None or not issue.series:
            return None
        steps = max(len(series.p50_w) for series in issue.series)
        begun = quarter_number(issue.issue_time.ToDatetime(tzinfo=UTC))
        used = (minute_number(at) - 1) // QUARTER_MIN - begun
        return issue if used + HEAD_QUARTERS <= steps else None

    def _made(self, minute: int, issue: ForecastIssue) -> Nowcast:
        begun = quarter_number(issue.issue_time.ToDatetime(tzinfo=UTC))
        used = (minute - 1) // QUARTER_MIN - begun
        quantiles = quantiles_of(issue, self._names, HEAD_QUARTERS, first=used)
        based = Based(
            begun + used,
            quantiles,
            np.array([target.lowest_w for target in self._targets]),
            np.array([target.highest_w for target in self._targets]),
            np.array([target.shape is Shape.SUN for target in self._targets]),
            self._zone,
        )
        share = issued_shares(issue, self._names, HEAD_QUARTERS, first=used)
        recent = minute - FRESH_MIN + np.arange(FRESH_MIN)
        ran = self._share(np.arange(len(self._targets))[:, None], recent[None])
        newest = self._memory.before(minute, FRESH_MIN)
        return nowcast_of_parts(minute, based, share, newest, ran, self._trust)

    async def _teach(self, points: range, minute: int) -> None:
        """Renew how far each way on is trusted, for some points."""
        for point in points:
            lessons = self._memory.lessons(point, minute)
            with sparing_others("teach", self._names[point]):
                renewed = await asyncio.to_thread(taught, *lessons)
                self._trust = self._trust.with_point(point, renewed)
            self._stage.move()
