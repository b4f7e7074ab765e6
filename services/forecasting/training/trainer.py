"""Trains what is due, for ever: reads a series, lets a worker learn, keeps what came of it."""

import asyncio
import time
from concurrent.futures import Executor
from datetime import datetime

from services.energy.site import Park
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.series import quarter_number
from services.forecasting.domain.series_record import task_of
from services.forecasting.issue_store import IssueStore
from services.forecasting.registry.cards import Card, Status
from services.forecasting.registry.models import ModelStore
from services.forecasting.registry.standings import StandingStore
from services.forecasting.store import QuarterStore
from services.forecasting.training.known_weather import HISTORY_QUARTERS, KnownWeather
from services.forecasting.training.schedule import Due, Schedule
from services.forecasting.training.work import Made, Serving, Work, failed, made_of
from services.runtime import metrics, spans
from services.runtime.clock import ParkClock
from services.runtime.patience import patiently
from services.runtime.progress import Stage
from services.runtime.telemetry import log_for, record, span

A_ROUND = 32
"""Points trained before looking again what is most urgent."""
log = log_for(__name__)


class Trainer:
    """Trains the series of one park; what it knows is in the database."""

    def __init__(
        self,
        *,
        park: Park,
        clock: ParkClock,
        effort: Effort,
        schedule: Schedule,
        quarters: QuarterStore,
        issues: IssueStore,
        models: ModelStore,
        standings: StandingStore,
        weather: KnownWeather,
        workers: Executor,
        at_once: int,
        stage: Stage,
    ) -> None:
        self._park = park
        self._clock = clock
        self._effort = effort
        self._schedule = schedule
        self._quarters = quarters
        self._issues = issues
        self._models = models
        self._standings = standings
        self._weather = weather
        self._workers = workers
        self._turns = asyncio.Semaphore(at_once)
        self._stage = stage

    async def run(self, look_every_s: float) -> None:
        """Wait until forecasts are issued (they go first), then train whatever is due."""
        while await patiently(self._issues.newest, "database") is None:
            self._stage.move()
            await asyncio.sleep(look_every_s)
        while True:
            self._stage.move()
            if not await self.train_due():
                await asyncio.sleep(look_every_s)

    async def train_due(self) -> int:
        """Train the most urgent of what is due now; return how many points that were."""
        due = await patiently(self._schedule.due, "database")
        record(metrics.TRAININGS_DUE, len(due))
        async with asyncio.TaskGroup() as group:
            for one in due[:A_ROUND]:
                group.create_task(self._in_turn(one))
        return len(due)

    async def _in_turn(self, due: Due) -> None:
        async with self._turns:
            self._stage.move()
            began = time.monotonic()
            point = due.target.point_id
            with span(spans.TRAIN, point_id=point, cause=due.cause.value):
                card = await self._train(due)
            took_s = time.monotonic() - began
            record(metrics.TRAINING_TIME, took_s)
            record(metrics.TRAININGS, status=card.status.value)
            log.info(
                "trained",
                point=point,
                cause=due.cause.value,
                status=card.status.value,
                reason=card.reason,
                took_s=round(took_s, 2),
            )

    async def _train(self, due: Due) -> Card:
        """Train one point, keep what came of it and return it."""
        now = self._clock.now()
        work = await patiently(lambda: self._work(due, now), "database")
        loop = asyncio.get_running_loop()
        try:
            made = await loop.run_in_executor(self._workers, made_of, work)
        except (ValueError, ArithmeticError, LookupError) as mistake:
            # Our own mistake with this series must not keep the others from being trained; it is
            # seen in the list of models, and tried again with the data of another week.
            log.error("training_failed", point=due.target.point_id, exc_info=mistake)
            made = failed(work, mistake)
        card = self._card(due, now, made)
        await patiently(lambda: self._keep(card, made), "database")
        return card

    async def _work(self, due: Due, now: datetime) -> Work:
        end = quarter_number(now)
        first = end - HISTORY_QUARTERS
        series = await self._quarters.power_w((due.target,), first, end)
        return Work(
            target=due.target,
            task=task_of(due.target, self._park),
            power_w=series[due.target.point_id],
            first_quarter=first,
            effort=self._effort,
            serving=await self._serving(due.target.point_id),
            weather=await self._weather.until(end),
        )

    async def _serving(self, point_id: str) -> Serving | None:
        """Return what serves a point now, None where no model is kept."""
        version = (await self._models.champions([point_id])).get(point_id)
        if version is None:
            return None
        body = (await self._models.bodies([version])).get(version)
        standing = (await self._standings.of([point_id])).get(point_id)
        ledger = await self._standings.ledger(point_id)
        if body is None or standing is None or ledger is None:
            return None
        own = standing.body if standing.version == version else None
        return Serving(body, own, *ledger)

    async def _keep(self, card: Card, made: Made) -> None:
        if made.learnt is None:
            await self._models.reject(card)
        else:
            await self._models.promote(card, made.learnt)

    def _card(self, due: Due, now: datetime, made: Made) -> Card:
        return Card(
            point_id=due.target.point_id,
            created_at=now,
            trained_from=made.trained_from,
            trained_to=made.trained_to,
            rows=made.known_quarters,
            features=made.columns,
            cases=self._effort.cases,
            rounds=self._effort.rounds,
            cause=due.cause,
            scores=made.scores,
            status=Status.REJECTED if made.learnt is None else Status.CHAMPION,
            reason=made.verdict.reason,
        )
