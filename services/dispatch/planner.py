"""The planner's shell: plans when a plan is due, adopts it at once, then keeps and publishes it."""

import asyncio
import time
from datetime import datetime

from parkflow.dispatch.v1.plan_pb2 import Plan
from services.dispatch.domain.explanation import reasons_of
from services.dispatch.domain.planning import framed_at, made
from services.dispatch.domain.triggers import planned as has_planned
from services.dispatch.domain.triggers import reason_to_plan
from services.dispatch.domain.wishes.respecting import respecting
from services.dispatch.house import House
from services.dispatch.journal import Journal
from services.dispatch.messages import plan_message
from services.dispatch.plan_record import Explainable, packed
from services.dispatch.solving import SolverProcess
from services.dispatch.store import Store
from services.energy.quantities import Quantity
from services.runtime import metrics, spans
from services.runtime.progress import Stage
from services.runtime.publishing import Publisher
from services.runtime.telemetry import log_for, record, span
from services.runtime.topics import PLANS

LOOK_EVERY_S = 0.2
log = log_for(__name__)


class Planner:
    """Keeps a plan in force."""

    def __init__(
        self,
        house: House,
        store: Store,
        journal: Journal,
        publisher: Publisher,
        solver: SolverProcess,
        stage: Stage | None = None,
    ) -> None:
        self._house, self._store, self._journal = house, store, journal
        self._publisher, self._solver, self._stage = publisher, solver, stage
        self._publishing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Plan for ever, whenever a plan is due and the park has been seen."""
        every = self._house.plant.park.dispatch.plan_every
        while True:
            now = self._house.clock.now()
            reason = reason_to_plan(self._house.watch, now, every)
            if reason is not None and self._park_was_seen():
                self._house.watch = has_planned(self._house.watch, now)
                await self.plan(now, reason)
            if self._stage is not None:
                self._stage.move()
            await asyncio.sleep(LOOK_EVERY_S)

    def _park_was_seen(self) -> bool:
        meter = self._house.plant.meter.point_id(Quantity.ACTIVE_POWER)
        return meter in self._house.desk.signals.by_point

    async def plan(self, now: datetime, reason: str) -> None:
        """Make one plan, put it in force, keep it and publish it."""
        house, began = self._house, time.perf_counter()
        with span(spans.PLAN, reason=reason):
            known, former = house.desk.knowledge(), house.desk.plan
            wishes = house.standing.wishes(house.plant, known.readings, now)
            framed = respecting(framed_at(house.plant, known, now, former), wishes)
            answer = await self._solver.solve(framed.park)
            seconds = time.perf_counter() - began
            new = made(house.plant, known, framed, answer, former=former, solve_seconds=seconds)
            reasons = reasons_of(framed, known)
            record_of_it = await asyncio.to_thread(packed, new.settled.planned)
            explained = Explainable(new.plan, reasons, record_of_it)
            house.adopt(explained)
            message = plan_message(new.plan)
            counters = list(house.desk.counters.values())
            self._journal.add(lambda db: self._store.save_plan(db, message, explained))
            self._journal.add(lambda db: self._store.save_counters(db, counters))
            record(metrics.PLAN_TIME, seconds)
            record(metrics.PLANS, origin=new.plan.origin.name.lower())
            log.info(
                "planned",
                plan_id=new.plan.plan_id,
                reason=reason,
                origin=new.plan.origin.name.lower(),
                seconds=round(seconds, 3),
                violations=len(new.plan.violations),
                caveats=list(new.plan.caveats),
            )
            await self._publish_soon(message)
        house.desk.import_prices.forget(now)
        house.desk.export_prices.forget(now)
        house.desk.intensities.forget(now)

    async def _publish_soon(self, message: Plan) -> None:
        """Publish without holding the planner up for longer than a healthy Kafka needs."""
        former = self._publishing
        if former is not None and not former.done():
            former.cancel()  # Kafka is away: the newest plan is the one that matters
        self._publishing = asyncio.create_task(self._publish(message))
        await asyncio.wait({self._publishing}, timeout=1.0)
        if self._publishing.done() and not self._publishing.cancelled():
            self._publishing.result()

    async def _publish(self, message: Plan) -> None:
        await self._publisher.publish(PLANS, self._house.plant.park.id, message)
