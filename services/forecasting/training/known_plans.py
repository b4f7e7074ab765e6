"""The plans that training learns from."""

from collections.abc import Mapping

from services.forecasting.domain.plans import Planned
from services.forecasting.domain.series import QUARTERS_A_DAY, quarter_start
from services.forecasting.domain.series_record import HORIZONS
from services.forecasting.domain.targets import Target
from services.forecasting.domain.weather_columns import is_covered
from services.forecasting.plan_store import PlanStore
from services.forecasting.training.known_weather import HISTORY_QUARTERS


class KnownPlans:
    """What is planned of the quarters that models learn from; how many are is held for a day."""

    def __init__(self, store: PlanStore) -> None:
        self._store = store
        self._end = 0
        self._covered: frozenset[str] = frozenset()

    async def until(self, target: Target, end_quarter: int) -> Planned:
        """Return the plans of HISTORY_QUARTERS and HORIZONS as known where the first end."""
        first, end = end_quarter - HISTORY_QUARTERS, end_quarter + HORIZONS
        device = target.point_id.rpartition(".")[0]
        return await self._store.known([device], first, end, quarter_start(end_quarter))

    async def productions_lately(
        self, end_quarter: int, learnt: Mapping[str, int]
    ) -> frozenset[str]:
        """Return the points whose production was known of most of as many quarters as they learnt.

        Read within the last day: enough to tell what they could be taught with.
        """
        if not 0 <= end_quarter - self._end < QUARTERS_A_DAY:
            begins = {point.rpartition(".")[0]: end_quarter - n for point, n in learnt.items()}
            known = await self._store.productions(begins, end_quarter)
            told = {point: known.get(point.rpartition(".")[0], 0) for point in learnt}
            self._covered = frozenset(p for p, n in learnt.items() if is_covered(told[p], n))
            self._end = end_quarter
        return self._covered
