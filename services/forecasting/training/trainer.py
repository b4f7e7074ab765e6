"""Trains what is due, for ever: reads a series, lets a worker learn, keeps what came of it."""

import asyncio
import time
from datetime import datetime
from uuid import uuid4

from services.energy.site import Park
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.plans import Planned
from services.forecasting.domain.series import quarter_number
from services.forecasting.domain.series_record import task_of
from services.forecasting.issue_store import IssueStore
from services.forecasting.registry.cards import Card, Status
from services.forecasting.registry.models import ModelStore
from services.forecasting.registry.standings import StandingStore
from services.forecasting.training.histories import Histories
from services.forecasting.training.known_plans import KnownPlans
from services.forecasting.training.known_weather import KnownWeather
from services.forecasting.training.schedule import Due, Schedule
from services.forecasting.training.work import Made, Serving, Work, failed, of_the_plan
from services.forecasting.training.workers import Workers
from services.runtime import metrics, spans
from services.runtime.clock import ParkClock
from services.runtime.patience import patiently, waits
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
        histories: Histories,
        issues: IssueStore,
        models: ModelStore,
        standings: StandingStore,
        weather: KnownWeather,
        plans: KnownPlans,
        workers: Workers,
        stage: Stage,
    ) -> None:
        self._park = park
        self._clock = clock
        self._effort = effort
        self._schedule = schedule
        self._histories = histories
        self._issues = issues
        self._models = models
        self._standings = standings
        self._weather = weather
        self._plans = plans
        self._workers = workers
        self._turns = asyncio.Semaphore(workers.count)
        self._stage = stage

    async def run(self, look_every_s: float) -> None:
        """Wait until forecasts are issued (they go first), then train whatever is due."""
        waits.set(self._stage.move)
        while await patiently(self._issues.newest, "database") is None:
            self._stage.move()
            await asyncio.sleep(look_every_s)
        while True:
            self._stage.move()
            cards = await self.train_due()
            # Whatever is found due, a look that changed nothing is followed by a rest.
            if not any(card.status is Status.CHAMPION for card in cards):
                await asyncio.sleep(look_every_s)

    async def train_due(self) -> list[Card]:
        """Train the most urgent of what is due now; return what came of it."""
        due = await patiently(self._schedule.due, "database")
        record(metrics.TRAININGS_DUE, len(due))
        async with asyncio.TaskGroup() as group:
            trainings = [group.create_task(self._in_turn(one)) for one in due[:A_ROUND]]
        return [training.result() for training in trainings]

    async def _in_turn(self, due: Due) -> Card:
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
            return card

    async def _train(self, due: Due) -> Card:
        """Train one point, keep what came of it and return it."""
        now = self._clock.now()
        work, planned = await patiently(lambda: self._work(due, now), "database")
        try:
            made = await self._workers.learn(of_the_plan(work, planned))
        except Exception as mistake:
            # Whatever one series does to our code, its libraries or its worker must not keep the
            # others from being trained; it is seen in the list of models, and tried again with the
            # data of another week. The world is not asked here, so it cannot be away.
            log.error("training_failed", point=due.target.point_id, exc_info=mistake)
            made = failed(work, mistake)
        card = self._card(due, now, made)
        await patiently(lambda: self._keep(card, made), "database")
        return card

    async def _work(self, due: Due, now: datetime) -> tuple[Work, Planned]:
        """Return a series as it was measured, and what had been planned of its device."""
        target, end = due.target, quarter_number(now)
        known = await self._histories.newest(target, now)
        planned = await self._plans.until(target, end)
        work = Work(
            target=target,
            task=task_of(target, self._park),
            power_w=known.power_w,
            first_quarter=known.first_quarter,
            effort=self._effort,
            serving=await self._serving(target.point_id),
            weather=await self._weather.for_shape(target.shape, end),
        )
        return work, planned

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
            training_id=uuid4(),
        )
