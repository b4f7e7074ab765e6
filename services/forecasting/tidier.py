"""Forgets what nobody needs any more: samples, nowcasts, scores, curves that later ones replaced.
Beside the work: no issue waits for it, and however much there is, it goes in slices that no
statement's time-out cuts off.
"""

from datetime import date, datetime, timedelta

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from services.energy.site import Park
from services.forecasting.board import Board
from services.forecasting.charging_store import ChargingStore
from services.forecasting.domain.charging.stays import LOOK_BACK_QUARTERS
from services.forecasting.domain.scoring import SCORES_KEPT
from services.forecasting.domain.series import quarter_number
from services.forecasting.new_issues import new_issues
from services.forecasting.nowcast_store import KEPT as NOWCASTS_KEPT
from services.forecasting.nowcast_store import NowcastStore
from services.forecasting.plan_store import PlanStore
from services.forecasting.score_store import ScoreStore
from services.forecasting.signal_score_store import SignalScoreStore
from services.forecasting.signal_store import SignalStore
from services.forecasting.store import QuarterStore
from services.runtime.patience import patiently, waits
from services.runtime.progress import Stage

SCORES_AT_ONCE = timedelta(hours=6)
"""Of issues: 144,000 scores of a thousand points."""
SAMPLES_KEPT = timedelta(days=1)
"""Longer than ingest lets anybody change them."""


class Tidier:
    """Tidies one park for ever."""

    def __init__(
        self,
        *,
        park: Park,
        quarters: QuarterStore,
        signals: SignalStore,
        plans: PlanStore,
        charging: ChargingStore,
        nowcasts: NowcastStore,
        scores: ScoreStore,
        signal_scores: SignalScoreStore,
        board: Board[ForecastIssue],
        stage: Stage,
    ) -> None:
        self._park = park
        self._quarters = quarters
        self._signals = signals
        self._plans = plans
        self._charging = charging
        self._nowcasts = nowcasts
        self._scores = scores
        self._signal_scores = signal_scores
        self._board = board
        self._stage = stage
        self._tidied_on: date | None = None

    async def run(self) -> None:
        """Tidy whenever an issue was made."""
        waits.set(self._stage.move)
        async for issue_time in new_issues(self._board, self._stage):
            await patiently(lambda: self.tidy(issue_time), "database")  # noqa: B023

    async def tidy(self, now: datetime) -> None:
        """Forget old nowcasts, and once a day what else is not asked for any more.

        From the second day on: while the log is read after a start, a quarter whose samples are
        coming in must not lose some of them.
        """
        await self._nowcasts.forget_before(now - NOWCASTS_KEPT)
        if now.date() != (self._tidied_on or now.date()):
            await self._forget_samples(now - self._park.telemetry.oldest - SAMPLES_KEPT)
            await self._forget_scores(now - SCORES_KEPT)
            await self._signals.forget_replaced(now, self._stage.move)
            await self._plans.forget_replaced(now, self._stage.move)
            await self._signal_scores.forget_before(now - SCORES_KEPT)
        self._tidied_on = now.date()

    async def _forget_samples(self, moment: datetime) -> None:
        for number in await self._quarters.every_number():
            self._stage.move()
            await self._quarters.forget_samples_before(number, quarter_number(moment))
        await self._charging.forget_before(quarter_number(moment) - LOOK_BACK_QUARTERS)

    async def _forget_scores(self, moment: datetime) -> None:
        while (oldest := await self._scores.oldest()) is not None and oldest < moment:
            self._stage.move()
            await self._scores.forget_before(min(moment, oldest + SCORES_AT_ONCE))
