"""Which forecaster serves each point now: the registry's champion, or the plain models.

Champions are read at the start and followed every few seconds. Held in memory is what answers need;
ledgers are read for the daily reckoning only. A champion that this code cannot read, or that fails,
is set aside until another one serves: a training is asked for.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from services.energy.site import Park
from services.forecasting.domain.joint.past_errors import PastErrors
from services.forecasting.domain.outlook.cleaning import cleaned
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.state import State
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Series
from services.forecasting.domain.series_record import record_of, task_of
from services.forecasting.domain.targets import Target
from services.forecasting.domain.weather import Foreseen
from services.forecasting.registry.codec import UnreadableBody
from services.forecasting.registry.models import ModelStore
from services.forecasting.registry.requests import RequestStore
from services.forecasting.registry.standings import StandingStore
from services.forecasting.renewals import renewal
from services.forecasting.serving import Serving, restored
from services.runtime.clock import ParkClock
from services.runtime.patience import patiently, waits
from services.runtime.progress import Stage
from services.runtime.telemetry import log_for

LOOK_EVERY_S = 5.0
SAY_EVERY_S = 1.0
READ_AT_ONCE = 50
UNREADABLE, FAILED = "cannot be read", "failed to answer"
log = log_for(__name__)


@dataclass(frozen=True, slots=True)
class Aside:
    """A champion that does not serve though it is one, and what is wrong with it."""

    version: int
    fault: str


class States:
    """Holds what serves each target."""

    def __init__(
        self,
        targets: tuple[Target, ...],
        park: Park,
        models: ModelStore,
        standings: StandingStore,
        requests: RequestStore,
        clock: ParkClock,
    ) -> None:
        self._targets = {target.point_id: target for target in targets}
        self._tasks = {target.point_id: task_of(target, park) for target in targets}
        self._models = models
        self._standings = standings
        self._requests = requests
        self._clock = clock
        self._serving: dict[str, Serving] = {}
        self._aside: dict[str, Aside] = {}
        self._read = asyncio.Event()

    def target(self, point_id: str) -> Target:
        """Return the target of a point."""
        return self._targets[point_id]

    def serving(self, point_id: str) -> Serving | None:
        """Return what answers for a point, None before anything was learnt of it."""
        return self._serving.get(point_id)

    def errors(self) -> dict[str, PastErrors]:
        """Return the past errors of every point that has reckoned here."""
        found = ((point_id, held.errors) for point_id, held in self._serving.items())
        return {point_id: errors for point_id, errors in found if errors is not None}

    async def read(self, moved: Callable[[], None]) -> None:
        """Return once the registry has been read; `moved` is called while that takes."""
        while not self._read.is_set():
            moved()
            with suppress(TimeoutError):
                async with asyncio.timeout(SAY_EVERY_S):
                    await self._read.wait()

    async def follow(self, stage: Stage) -> None:
        """Take over new champions for ever."""
        waits.set(stage.move)
        while True:
            stage.move()
            await patiently(self.refresh, "database")
            await asyncio.sleep(LOOK_EVERY_S)

    async def refresh(self) -> None:
        """Take over the champions that are not served yet, and let go of those that are gone."""
        champions = await self._models.champions(list(self._targets))
        for point_id in [p for p, held in self._serving.items() if held.version is not None]:
            if point_id not in champions:
                del self._serving[point_id]
        wanted = [p for p, version in champions.items() if self._lacks(p, version)]
        for first in range(0, len(wanted), READ_AT_ONCE):
            await self._take_over(wanted[first : first + READ_AT_ONCE], champions)
        self._read.set()

    def _lacks(self, point_id: str, version: int) -> bool:
        held = self._serving.get(point_id)
        served = held is not None and held.version == version
        aside = self._aside.get(point_id)
        return not served and not (aside is not None and aside.version == version)

    async def _take_over(self, point_ids: list[str], champions: Mapping[str, int]) -> None:
        bodies = await self._models.bodies([champions[point_id] for point_id in point_ids])
        standings = await self._standings.of(point_ids)
        for point_id in point_ids:
            version = champions[point_id]
            if version not in bodies:
                continue  # replaced since; the next look has it
            try:
                kept = await asyncio.to_thread(
                    restored, bodies[version], version, standings.get(point_id)
                )
                self._check(point_id, kept.state)
            except Exception as unreadable:  # whatever is wrong with it, the others are served
                why = f"{type(unreadable).__name__}: {unreadable}"
                log.warning("model_unreadable", point=point_id, version=version, why=why)
                await self.set_aside(point_id, version, UNREADABLE)
            else:
                self._serving[point_id] = Serving(kept.state, version, weather=kept.weather)
                self._aside.pop(point_id, None)
                log.info("model_serves", point=point_id, version=version)

    def _check(self, point_id: str, state: State) -> None:
        """Refuse a state that was taught another task than is asked now."""
        if state.task != self._tasks[point_id]:
            raise UnreadableBody("it was learnt for another task (bounds, horizons or time zone)")

    async def set_aside(self, point_id: str, version: int, fault: str) -> None:
        """Let plain models serve a point whose champion is of no use here, and ask for another.

        The request is kept first: whoever is cut off after it asks again, which changes nothing.
        """
        await self._requests.ask(renewal(point_id, version, fault, self._clock.now()))
        self._aside[point_id] = Aside(version, fault)
        self._serving.pop(point_id, None)
        log.error("model_set_aside", point=point_id, version=version, why=fault)

    async def set_failed_aside(self, point_ids: list[str]) -> None:
        """Let plain models serve from the next issue on where a champion failed to answer."""
        for point_id in point_ids:
            serving = self.serving(point_id)
            if serving is not None and serving.version is not None:
                await self.set_aside(point_id, serving.version, FAILED)

    def serve(self, point_id: str, serving: Serving) -> None:
        """Let this answer for a point, unless a champion came that it does not know of."""
        held = self._serving.get(point_id)
        if held is None or held.version in (None, serving.version):
            self._serving[point_id] = serving

    def weakness(self, point_id: str) -> str:
        """Return why no champion serves where one should, empty where none should."""
        aside = self._aside.get(point_id)
        return f"model {aside.version} {aside.fault}: plain models serve" if aside else ""

    def task(self, point_id: str) -> Task:
        """Return what is asked of a point."""
        return self._tasks[point_id]

    def record(self, series: Series, point_id: str, foreseen: Foreseen | None = None) -> Record:
        """Return a series as this point's forecaster knows it, with the weather it looks at."""
        task, target = self._tasks[point_id], self._targets[point_id]
        columns = None if foreseen is None else foreseen.value
        known = record_of(series.power_w, series.first_quarter, target, task, columns)
        return cleaned(known, task)
