"""Which forecaster serves each point now: the registry's champion, or the plain models.

Champions are read at the start and followed every few seconds. Held in memory is what answers need;
ledgers are read for the daily reckoning only. A point without a champion, or whose champion this
code cannot read, is served by plain models that are learnt here, anew every day, and kept nowhere.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from services.energy.site import Park
from services.forecasting.domain.joint.past_errors import PastErrors, past_errors_of
from services.forecasting.domain.outlook.cleaning import cleaned
from services.forecasting.domain.outlook.effort import PLAIN
from services.forecasting.domain.outlook.forecaster import due_to_reckon, learn, reckon
from services.forecasting.domain.outlook.ledger import Ledger
from services.forecasting.domain.outlook.packed import packed
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.state import State
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Series
from services.forecasting.domain.series_record import record_of, task_of
from services.forecasting.domain.targets import Target
from services.forecasting.domain.weather import Foreseen
from services.forecasting.registry.bodies import (
    Kept,
    kept_of,
    ledger_of,
    standing_of,
    with_ledger,
    with_standing,
)
from services.forecasting.registry.codec import UnreadableBody
from services.forecasting.registry.models import ModelStore
from services.forecasting.registry.standings import Standing, StandingStore
from services.runtime.patience import patiently
from services.runtime.progress import Stage
from services.runtime.telemetry import log_for

LOOK_EVERY_S = 5.0
READ_AT_ONCE = 50
TURNS_A_DAY = 48
"""Reckonings are spread: an issue does as many as let every point have its turn in half a day."""
GROWN = 1.5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
log = log_for(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Serving:
    """What answers for one point. `version` is the registry's, None of plain models.

    `values` is how many plain models were weighed on; `weakness` says why no champion serves
    where one should; `errors` are those of its past, once it has reckoned here; `weather` are the
    columns that it was taught with.
    """

    state: State
    version: int | None = None
    values: int = 0
    weakness: str = ""
    errors: PastErrors | None = None
    weather: tuple[str, ...] = ()

    def foreseen(self, weather: Foreseen) -> Foreseen | None:
        """Return what it looks at of the weather, None where it was taught without any."""
        return weather.of(self.weather) if self.weather else None

    @property
    def model(self) -> str:
        """What serves, for people."""
        return "plain models" if self.version is None else f"model {self.version}"


class States:
    """Holds what serves each target."""

    def __init__(
        self,
        targets: tuple[Target, ...],
        park: Park,
        models: ModelStore,
        standings: StandingStore,
    ) -> None:
        self._targets = {target.point_id: target for target in targets}
        self._tasks = {target.point_id: task_of(target, park) for target in targets}
        self._models = models
        self._standings = standings
        self._serving: dict[str, Serving] = {}
        self._unreadable: dict[str, int] = {}
        self._read = asyncio.Event()

    def of(self, point_id: str) -> State | None:
        """Return what answers for a point, None before anything was learnt of it."""
        found = self._serving.get(point_id)
        return found.state if found else None

    def serving(self, point_id: str) -> Serving | None:
        """Return what answers for a point and which version that is."""
        return self._serving.get(point_id)

    def errors(self) -> dict[str, PastErrors]:
        """Return the past errors of every point that has reckoned here."""
        found = ((point_id, held.errors) for point_id, held in self._serving.items())
        return {point_id: errors for point_id, errors in found if errors is not None}

    async def read(self) -> None:
        """Return once the registry has been read."""
        await self._read.wait()

    async def follow(self, stage: Stage) -> None:
        """Take over new champions for ever."""
        while True:
            stage.move()
            await patiently(self.refresh, "database")
            self._read.set()
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

    def _lacks(self, point_id: str, version: int) -> bool:
        held = self._serving.get(point_id)
        served = held is not None and held.version == version
        return not served and self._unreadable.get(point_id) != version

    async def _take_over(self, point_ids: list[str], champions: Mapping[str, int]) -> None:
        bodies = await self._models.bodies([champions[point_id] for point_id in point_ids])
        standings = await self._standings.of(point_ids)
        for point_id in point_ids:
            version = champions[point_id]
            if version not in bodies:
                continue  # replaced since; the next look has it
            try:
                kept = await asyncio.to_thread(
                    _restored, bodies[version], version, standings.get(point_id)
                )
                self._check(point_id, kept.state)
            except UnreadableBody as unreadable:
                self._set_aside(point_id, version, unreadable)
            else:
                self._serving[point_id] = Serving(kept.state, version, weather=kept.weather)
                log.info("model_serves", point=point_id, version=version)

    def _check(self, point_id: str, state: State) -> None:
        """Refuse a state that was taught another task than is asked now."""
        if state.task != self._tasks[point_id]:
            raise UnreadableBody("it was learnt for another task (bounds, horizons or time zone)")

    def _set_aside(self, point_id: str, version: int, why: UnreadableBody) -> None:
        self._unreadable[point_id] = version
        self._serving.pop(point_id, None)
        log.error("model_unreadable", point=point_id, version=version, why=str(why))

    def record(self, series: Series, point_id: str, foreseen: Foreseen | None = None) -> Record:
        """Return a series as this point's forecaster knows it, with the weather it looks at."""
        task, target = self._tasks[point_id], self._targets[point_id]
        columns = None if foreseen is None else foreseen.value
        known = record_of(series.power_w, series.first_quarter, target, task, columns)
        return cleaned(known, task)

    async def learn_missing(self, series: Mapping[str, Series], moved: Callable[[], None]) -> None:
        """Let plain models serve the points that nothing serves, or that know much more by now.

        `moved` is called for each: the first time of many points takes a while.
        """
        for point_id in series:
            held = self._serving.get(point_id)
            if held is None or held.version is None:
                known = series[point_id]
                values = int(np.isfinite(known.power_w).sum())
                if values and (held is None or values >= GROWN * held.values):
                    await self._learn_plainly(point_id, known, values)
                    moved()

    async def reckon_some(self, series: Mapping[str, Series], weather: Foreseen) -> None:
        """Reckon anew for some of the points whose day is over, the longest waiting first."""
        held = [(point_id, self._serving.get(point_id)) for point_id in series]
        due = [
            (serving.state.reckoned_at, point_id)
            for point_id, serving in held
            if serving is not None
            if serving.errors is None or due_to_reckon(serving.state, _end_minute(series[point_id]))
        ]
        turns = max(1, -(-len(series) // TURNS_A_DAY))
        for _, point_id in sorted(due)[:turns]:
            known, serving = series[point_id], self._serving.get(point_id)
            if serving is not None and serving.version is None:
                await self._learn_plainly(point_id, known, int(np.isfinite(known.power_w).sum()))
            else:
                await self._reckon(point_id, known, weather)

    async def _learn_plainly(self, point_id: str, known: Series, values: int) -> None:
        record, unreadable = self.record(known, point_id), self._unreadable.get(point_id)
        serving = await asyncio.to_thread(_plainly, record, self._tasks[point_id], unreadable)
        held = self._serving.get(point_id)
        if held is None or held.version is None:  # no champion came meanwhile
            self._serving[point_id] = replace(serving, values=values)

    async def _reckon(self, point_id: str, known: Series, weather: Foreseen) -> None:
        serving = self._serving.get(point_id)
        kept = await self._standings.ledger(point_id)
        if serving is None or serving.version is None or kept is None:
            return
        try:
            whole = with_ledger(serving.state, kept[0], (kept[1] - _EPOCH) // timedelta(minutes=1))
        except UnreadableBody:
            whole = replace(serving.state, ledger=Ledger.empty(serving.state.task))
        record = self.record(known, point_id, serving.foreseen(weather))
        state, errors = await asyncio.to_thread(_reckoned, record, whole)
        standing = Standing(
            point_id,
            serving.version,
            _EPOCH + timedelta(minutes=state.reckoned_at),
            standing_of(state),
        )
        if await self._standings.keep(standing, ledger_of(state)):
            self._serving[point_id] = replace(serving, state=_light(state), errors=errors)


def _end_minute(series: Series) -> int:
    return series.end_quarter * 15


def _restored(body: bytes, version: int, standing: Standing | None) -> Kept:
    """Return a champion as it had last reckoned."""
    kept = kept_of(body)
    state = replace(kept.state, fitted=packed(kept.state.fitted))
    if standing is None or standing.version != version or standing.body is None:
        return replace(kept, state=state)
    try:
        return replace(kept, state=with_standing(state, standing.body))
    except UnreadableBody:
        return replace(kept, state=state)  # its own weights; it will reckon anew


def _plainly(record: Record, task: Task, unreadable: int | None) -> Serving:
    """Return plain models, weighed on the last weeks."""
    state = learn(record, task, PLAIN, None)
    why = "" if unreadable is None else f"model {unreadable} cannot be read: plain models serve"
    return Serving(_light(state), None, 0, why, past_errors_of(record, state))


def _reckoned(record: Record, state: State) -> tuple[State, PastErrors]:
    newer = reckon(record, state)
    return newer, past_errors_of(record, newer)


def _light(state: State) -> State:
    """Return a state without its ledger, which is most of it and which no answer needs."""
    return replace(state, ledger=Ledger.empty(state.task))
