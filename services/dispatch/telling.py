"""Final states of set-points: kept first, then published, then marked as told."""

import asyncio
from collections.abc import Iterable

from parkflow.dispatch.v1.setpoint_pb2 import SetpointOutcome
from services.dispatch.domain.outcomes import Ended
from services.dispatch.journal import Journal
from services.dispatch.messages import outcome_message
from services.dispatch.store import Store
from services.runtime import metrics
from services.runtime.patience import patiently
from services.runtime.publishing import Publisher
from services.runtime.telemetry import record
from services.runtime.topics import OUTCOMES

REST_S = 0.25


class Teller:
    """Collects final states and tells them in batches."""

    def __init__(self, park_id: str, store: Store, journal: Journal, publisher: Publisher) -> None:
        self._park_id, self._store = park_id, store
        self._journal, self._publisher = journal, publisher
        self._waiting: list[SetpointOutcome] = []
        self._more = asyncio.Event()

    def tell(self, ended: Iterable[Ended]) -> None:
        """Queue final states; returns at once."""
        for state in ended:
            self._waiting.append(outcome_message(self._park_id, state))
            record(metrics.OUTCOMES, outcome=state.outcome.name.lower())
        if self._waiting:
            self._more.set()

    async def run(self) -> None:
        """Tell for ever."""
        await self._publish(await patiently(self._store.untold_outcomes, "database"))
        while True:
            await self._more.wait()
            self._more.clear()
            await self.flush()
            await asyncio.sleep(REST_S)

    async def flush(self) -> None:
        """Tell what waits now."""
        batch, self._waiting = self._waiting, []
        if not batch:
            return
        await self._journal.flush()  # the set-points themselves stand first
        await patiently(lambda: self._store.keep_outcomes(batch), "database")
        await self._publish(batch)

    async def _publish(self, outcomes: list[SetpointOutcome]) -> None:
        if not outcomes:
            return
        keyed = [(f"{self._park_id}/{o.device_id}", o) for o in outcomes]
        await self._publisher.publish_all(OUTCOMES, keyed)
        ids = [o.setpoint_id for o in outcomes]
        await patiently(lambda: self._store.mark_told(ids), "database")
