"""The planner's shell: plans when a plan is due, adopts it at once, then keeps and publishes it."""

import asyncio
import time
from datetime import datetime

from services.dispatch.domain.expected import Forecast
from services.dispatch.domain.explanation import reasons_of
from services.dispatch.domain.framed import Framed
from services.dispatch.domain.plan import Plan
from services.dispatch.domain.planning import framed_at, made
from services.dispatch.domain.readiness import Risk, ready, risk_of
from services.dispatch.domain.triggers import planned as has_planned
from services.dispatch.domain.triggers import reason_to_plan
from services.dispatch.domain.wishes.respecting import respecting
from services.dispatch.house import House
from services.dispatch.journal import Journal
from services.dispatch.messages import plan_message
from services.dispatch.plan_record import Explainable, packed
from services.dispatch.plan_telling import PlanTeller
from services.dispatch.scenarios import Scenarios
from services.dispatch.solving import SolverProcess
from services.dispatch.store import Store
from services.energy.quantities import Quantity
from services.runtime import metrics, spans
from services.runtime.progress import Stage
from services.runtime.telemetry import log_for, record, span

LOOK_EVERY_S = 0.2
log = log_for(__name__)


class Planner:
    """Keeps a plan in force."""

    def __init__(
        self,
        house: House,
        store: Store,
        journal: Journal,
        teller: PlanTeller,
        solver: SolverProcess,
        stage: Stage | None = None,
        scenarios: Scenarios | None = None,
    ) -> None:
        self._house, self._store, self._journal = house, store, journal
        self._teller, self._solver, self._stage = teller, solver, stage
        self._scenarios = scenarios

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
        with span(spans.PLAN, reason=reason):
            explainable = await self._made(now)
            self._house.adopt(explainable)
            self._keep(explainable)
            _report(explainable.plan, reason)
        desk = self._house.desk
        for book in (desk.import_prices, desk.export_prices, desk.intensities):
            book.forget(now)

    async def _made(self, now: datetime) -> Explainable:
        """Return the plan of this moment with what explains it."""
        desk, plant = self._house.desk, self._house.plant
        known, former = desk.knowledge(), desk.plan
        wishes = self._house.standing.wishes(plant, known.readings, now)
        free = framed_at(plant, known, now, former)
        framed = respecting(free, wishes)
        reasons = reasons_of(framed, known)  # now: what is known goes on while it is planned
        if (risk := risk_of(plant, free, framed, former)) is not None:
            framed = await self._ready(framed, known.forecast, risk)
        began = time.perf_counter()
        answer = await self._solver.solve(framed.park)
        seconds = time.perf_counter() - began
        new = made(plant, known, framed, answer, former=former, solve_seconds=seconds)
        for why in new.settled.caveats:
            log.warning("rung_not_taken", plan_id=new.plan.plan_id, why=why)
        kept = await asyncio.to_thread(packed, new.settled.planned)
        return Explainable(new.plan, reasons, kept)

    async def _ready(self, framed: Framed, forecast: Forecast | None, risk: Risk) -> Framed:
        """Return the problem with hedges; without a forecast that has its own caveat already."""
        if self._scenarios is None or forecast is None:
            return framed
        return ready(framed, forecast, await self._scenarios.of(forecast, risk.bounded), risk)

    def _keep(self, explainable: Explainable) -> None:
        """Write it behind the control cycle, and tell it."""
        message = plan_message(explainable.plan)
        counters = list(self._house.desk.counters.values())
        self._journal.add(lambda db: self._store.save_plan(db, message, explainable))
        self._journal.add(lambda db: self._store.save_counters(db, counters))
        self._teller.tell(message)


def _report(plan: Plan, reason: str) -> None:
    record(metrics.PLAN_TIME, plan.solve_seconds)
    record(metrics.PLANS, origin=plan.origin.name.lower())
    log.info(
        "planned",
        plan_id=plan.plan_id,
        reason=reason,
        origin=plan.origin.name.lower(),
        seconds=round(plan.solve_seconds, 3),
        violations=len(plan.violations),
        caveats=list(plan.caveats),
    )
