"""What ForecastService answers about the scores of prices and intensities."""

from datetime import datetime, timedelta

from parkflow.forecast.v1 import score_pb2 as wire
from services.forecasting.domain.scoring import NAIVES, SCORES_KEPT, HorizonClass
from services.forecasting.domain.signals import Signal
from services.forecasting.requests import instants_mistakes
from services.forecasting.score_messages import CLASSES, NAME_OF
from services.forecasting.score_requests import USUAL_SPAN
from services.forecasting.signal_score_store import SignalScoreStore, SignalTally
from services.runtime.clock import ParkClock
from services.runtime.refusals import FieldMistake, check_park
from services.runtime.requests import moment_of


class SignalScoreDesk:
    """Looks scores up; judges nothing itself."""

    def __init__(
        self, park_id: str, currency: str, scores: SignalScoreStore, clock: ParkClock
    ) -> None:
        self._park_id = park_id
        self._currency = currency
        self._scores = scores
        self._clock = clock

    async def scores(self, request: wire.ListSignalScoresRequest) -> wire.ListSignalScoresResponse:
        """Return a score for each signal and class that was forecast and has come true."""
        check_park(request.park_id, self._park_id, instants_mistakes(request, "since", "until"))
        until = moment_of(request, "until") or self._clock.now()
        since = moment_of(request, "since") or until - USUAL_SPAN
        check_park(request.park_id, self._park_id, _mistakes(request, since, until))
        signals = [Signal(name) for name in request.signal_ids] or list(Signal)
        classes = [CLASSES[number] for number in request.horizons] or list(HorizonClass)
        found = await self._scores.tallies(signals, classes, since, until)
        messages = [score_message(one, one.signal.unit(self._currency)) for one in found]
        return wire.ListSignalScoresResponse(scores=messages)


def score_message(found: SignalTally, unit: str) -> wire.SignalScore:
    """Return the message of the sums of one signal and class."""
    tally = found.tally
    return wire.SignalScore(
        signal_id=found.signal.value,
        unit=unit,
        horizon=NAME_OF[found.horizon],
        issue_count=tally.issues,
        case_count=tally.cases,
        mean_error=tally.mean(tally.error_w),
        bias=tally.mean(tally.excess_w),
        p10_loss=tally.mean(tally.low_loss_w),
        p50_loss=tally.mean(tally.error_w) / 2,  # by definition
        p90_loss=tally.mean(tally.high_loss_w),
        coverage_share=tally.coverage,
        mean_size=tally.mean(tally.size_w),
        naives=[
            wire.SignalNaiveScore(
                method=wire.NaiveMethod.Name(place + 1),
                case_count=count,
                mean_error=tally.naive_w[place] / count,
                our_error=tally.rival_w[place] / count,
            )
            for place in range(len(NAIVES))
            if (count := tally.naive_cases[place])
        ],
        best_naive=wire.NaiveMethod.Name(0 if tally.best is None else tally.best + 1),
        skill_share=tally.skill,
    )


def _mistakes(
    request: wire.ListSignalScoresRequest, since: datetime, until: datetime
) -> list[FieldMistake]:
    mistakes = []
    known = ", ".join(Signal)
    if unknown := [name for name in request.signal_ids if name not in set(Signal)]:
        mistakes.append(FieldMistake("signal_ids", f"{unknown[0]!r} is none; use {known}"))
    if wrong := [number for number in request.horizons if number not in CLASSES]:
        mistakes.append(FieldMistake("horizons", f"{wrong[0]} is none; use 1 to 6"))
    if not timedelta(0) < until - since <= SCORES_KEPT:
        text = f"{since} to {until} is no span of at most {SCORES_KEPT.days} days"
        mistakes.append(FieldMistake("since", text))
    return mistakes
