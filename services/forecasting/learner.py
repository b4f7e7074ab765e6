"""Keeps what serves up to date: plain models where there is no champion, weights and bands daily.

Plain models are learnt here, anew every day, and kept nowhere. A fault of one series is told and
costs the others nothing but its turn.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from services.forecasting.domain.nowcast.moment import minute_start
from services.forecasting.domain.outlook.forecaster import due_to_reckon
from services.forecasting.domain.plans import NOTHING_PLANNED, Planned
from services.forecasting.domain.series import Series
from services.forecasting.domain.series_record import STEP_MIN
from services.forecasting.domain.turbines import with_curve
from services.forecasting.domain.weather import Foreseen
from services.forecasting.registry.bodies import ledger_of, standing_of
from services.forecasting.registry.standings import Standing, StandingStore
from services.forecasting.serving import Serving, light, plainly, reckoned, with_its_ledger
from services.forecasting.sparing import sparing_others
from services.forecasting.states import States

TURNS_A_DAY = 48
"""Reckonings are spread: an issue does as many as let every point have its turn in half a day."""
GROWN = 1.5


class Learner:
    """Learns and reckons for the points of one park, what is most urgent first."""

    def __init__(self, states: States, standings: StandingStore) -> None:
        self._states = states
        self._standings = standings
        self._faulty: set[str] = set()

    async def learn_missing(self, series: Mapping[str, Series], moved: Callable[[], None]) -> None:
        """Let plain models serve the points that nothing serves, or that know much more by now.

        `moved` is called for each: the first time of many points takes a while.
        """
        for point_id in series:
            held = self._states.serving(point_id)
            if held is None or held.version is None:
                known = series[point_id]
                values = _values(known)
                if values and (held is None or values >= GROWN * held.values):
                    with sparing_others("learn", point_id):
                        await self._learn_plainly(point_id, known)
                    moved()

    async def reckon_some(
        self,
        series: Mapping[str, Series],
        weather: Foreseen,
        planned: Planned = NOTHING_PLANNED,
    ) -> None:
        """Reckon anew for some of the points whose day is over, the longest waiting first."""
        held = [(point_id, self._states.serving(point_id)) for point_id in series]
        due = [
            (point_id in self._faulty, serving.state.reckoned_at, point_id)
            for point_id, serving in held
            if serving is not None and _is_due(serving, series[point_id])
        ]
        turns = max(1, -(-len(series) // TURNS_A_DAY))
        for _, _, point_id in sorted(due)[:turns]:
            with sparing_others("reckon", point_id) as turn:
                known = series[point_id]
                foreseen = planned.beside(weather, point_id, known.first_quarter)
                foreseen = with_curve(foreseen, self._states.target(point_id))
                await self._reckon(point_id, known, foreseen)
            (self._faulty.add if turn.failed else self._faulty.discard)(point_id)

    async def _reckon(self, point_id: str, known: Series, weather: Foreseen) -> None:
        serving = self._states.serving(point_id)
        if serving is None or serving.version is None:
            await self._learn_plainly(point_id, known)
        else:
            await self._reckon_champion(point_id, known, weather, serving, serving.version)

    async def _learn_plainly(self, point_id: str, known: Series) -> None:
        record, task = self._states.record(known, point_id), self._states.task(point_id)
        weakness = self._states.weakness(point_id)
        serving = await asyncio.to_thread(plainly, record, task, weakness)
        self._states.serve(point_id, replace(serving, values=_values(known)))

    async def _reckon_champion(
        self, point_id: str, known: Series, weather: Foreseen, serving: Serving, version: int
    ) -> None:
        if (kept := await self._standings.ledger(point_id)) is None:
            return
        whole = with_its_ledger(serving.state, *kept)
        record = self._states.record(known, point_id, serving.foreseen(weather))
        state, errors = await asyncio.to_thread(reckoned, record, whole)
        reckoned_at = minute_start(state.reckoned_at)
        standing = Standing(point_id, version, reckoned_at, standing_of(state))
        if await self._standings.keep(standing, ledger_of(state)):
            self._states.serve(point_id, replace(serving, state=light(state), errors=errors))


def _values(known: Series) -> int:
    return int(np.isfinite(known.power_w).sum())


def _is_due(serving: Serving, known: Series) -> bool:
    return serving.errors is None or due_to_reckon(serving.state, STEP_MIN * known.end_quarter)
