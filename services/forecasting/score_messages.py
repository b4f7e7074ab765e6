"""Between the wire and scores: what an issue said, in columns; what scores say, in messages."""

from datetime import UTC

import numpy as np

from parkflow.forecast.v1 import score_pb2 as wire
from parkflow.forecast.v1.forecast_pb2 import ForecastIssue, SeriesForecast
from services.energy.time_grid import QUARTER
from services.forecasting.domain.scoring import NAIVES, HorizonClass, Said
from services.forecasting.domain.series import Floats, quarter_number
from services.forecasting.domain.tally import Tally
from services.forecasting.score_store import Row

CLASSES = dict(zip(range(1, 7), HorizonClass, strict=True))
NAME_OF = {horizon: wire.HorizonClass.Name(number) for number, horizon in CLASSES.items()}


def said_from(issue: ForecastIssue, horizon: HorizonClass) -> Said | None:
    """Return what an issue said at the horizons of a class; None where it does not reach there.

    Series on another step or from another start than the issue's are not of this kind.
    """
    first, last = horizon.first - 1, int(horizon)
    series = [one for one in issue.series if _is_quarterly(one, issue) and len(one.p50_w) > first]
    if not series:
        return None
    return Said(
        quarter_number(issue.issue_time.ToDatetime(tzinfo=UTC)),
        tuple(one.point_id for one in series),
        np.arange(first + 1, last + 1, dtype=np.int64),
        _columns([one.p10_w[first:last] for one in series], last - first),
        _columns([one.p50_w[first:last] for one in series], last - first),
        _columns([one.p90_w[first:last] for one in series], last - first),
    )


def _is_quarterly(series: SeriesForecast, issue: ForecastIssue) -> bool:
    return bool(series.step.ToTimedelta() == QUARTER and series.start == issue.issue_time)


def _columns(rows: list[list[float]], width: int) -> Floats:
    """Return rows as an array `(rows, width)`; NaN where a row is shorter."""
    whole = np.full((len(rows), width), np.nan)
    for place, row in enumerate(rows):
        whole[place, : len(row)] = row
    return whole


def score_message(row: Row) -> wire.Score:
    """Return the message of one row of sums."""
    tally = row.tally
    return wire.Score(
        point_id=row.point_id,
        horizon=NAME_OF[row.horizon],
        issue_day=row.day.isoformat() if row.day else "",
        issue_hour=row.hour,
        issue_count=tally.issues,
        case_count=tally.cases,
        mean_error_w=tally.mean(tally.error_w),
        bias_w=tally.mean(tally.excess_w),
        p10_loss_w=tally.mean(tally.low_loss_w),
        p50_loss_w=tally.mean(tally.error_w) / 2,  # by definition
        p90_loss_w=tally.mean(tally.high_loss_w),
        coverage_share=tally.coverage,
        mean_size_w=tally.mean(tally.size_w),
        naives=[_naive(tally, place) for place in range(len(NAIVES)) if tally.naive_cases[place]],
        best_naive=wire.NaiveMethod.Name(0 if tally.best is None else tally.best + 1),
        skill_share=tally.skill,
    )


def _naive(tally: Tally, place: int) -> wire.NaiveScore:
    count = tally.naive_cases[place]
    return wire.NaiveScore(
        method=wire.NaiveMethod.Name(place + 1),
        case_count=count,
        mean_error_w=tally.naive_w[place] / count,
        our_error_w=tally.rival_w[place] / count,
    )


def past_message(
    lead_quarters: int, p10_w: Floats, p50_w: Floats, p90_w: Floats
) -> wire.PastForecast:
    """Return what was said at one distance."""
    message = wire.PastForecast(p10_w=p10_w, p50_w=p50_w, p90_w=p90_w)
    message.lead.FromTimedelta(lead_quarters * QUARTER)
    return message


def said_at(
    issue: ForecastIssue, point_id: str, lead: int
) -> tuple[int, float, float, float] | None:
    """Return the quarter `lead` quarters after an issue and what it said of it; None if nothing."""
    for one in issue.series:
        if one.point_id == point_id and _is_quarterly(one, issue) and lead < len(one.p50_w):
            quarter = quarter_number(issue.issue_time.ToDatetime(tzinfo=UTC)) + lead
            return quarter, one.p10_w[lead], one.p50_w[lead], one.p90_w[lead]
    return None
