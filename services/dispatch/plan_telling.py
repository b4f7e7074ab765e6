"""Every plan reaches the topic of plans, in order, however long Kafka is away."""

import asyncio
from collections import deque

from opentelemetry import context as otel_context

from parkflow.dispatch.v1.plan_pb2 import Plan
from services.dispatch.journal import Journal
from services.dispatch.store import Store
from services.runtime.patience import patiently
from services.runtime.publishing import Outgoing, Publisher
from services.runtime.topics import PLANS

# At one plan a quarter hour this is weeks; beyond it the oldest would only fill the memory, and
# stand in the database all the same.
MOST_WAITING = 2_000


class PlanTeller:
    """Publishes plans behind the planner. One that was kept but not told is told at the start.

    After a crash a plan may be told twice; its idempotency key is its plan_id.
    """

    def __init__(self, park_id: str, store: Store, journal: Journal, publisher: Publisher) -> None:
        self._park_id, self._store = park_id, store
        self._journal, self._publisher = journal, publisher
        self._waiting: deque[tuple[str, Outgoing]] = deque(maxlen=MOST_WAITING)
        self._more = asyncio.Event()

    def tell(self, plan: Plan) -> None:
        """Queue a plan, in the trace it is made in; returns at once."""
        self._waiting.append((plan.plan_id, self._outgoing(plan)))
        self._more.set()

    async def run(self) -> None:
        """Tell for ever, first what was kept and not told before the last end."""
        self._tell_first(await patiently(self._store.untold_plans, "database"))
        while True:
            await self._more.wait()
            self._more.clear()
            await self.flush()

    def _tell_first(self, plans: list[Plan]) -> None:
        """Queue what is older than all that waits; the planner may have been quicker."""
        newer = {plan_id for plan_id, _ in self._waiting}
        for plan in reversed([plan for plan in plans if plan.plan_id not in newer]):
            self._waiting.appendleft((plan.plan_id, self._outgoing(plan)))
        self._more.set()

    def _outgoing(self, plan: Plan) -> Outgoing:
        return Outgoing(self._park_id, plan, otel_context.get_current())

    async def flush(self) -> None:
        """Tell what waits now."""
        while self._waiting:
            batch = list(self._waiting)
            await self._publisher.publish_each(PLANS, [outgoing for _, outgoing in batch])
            self._mark_told([plan_id for plan_id, _ in batch])
            for told in batch:  # those that had to give way to newer ones are gone already
                if self._waiting and self._waiting[0] is told:
                    self._waiting.popleft()

    def _mark_told(self, plan_ids: list[str]) -> None:
        self._journal.add(lambda db: self._store.mark_plans_told(db, plan_ids))
