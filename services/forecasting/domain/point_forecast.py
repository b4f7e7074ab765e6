"""One series' forecast as it is issued: what its outlook says, by which members, and how weak."""

from dataclasses import dataclass

from services.forecasting.domain.outlook.answering import Outlook
from services.forecasting.domain.series import Floats, Series, quarter_start
from services.forecasting.domain.series_record import published_w
from services.forecasting.domain.targets import Target

ENOUGH_DAYS = 8.0
FRESH_QUARTERS = 4
TELLING_SHARE = 0.05
RESOLUTION_DIGITS = 1


@dataclass(frozen=True, slots=True, eq=False)
class PointForecast:
    """Mean powers of the quarters from `start_quarter` on; p10 <= p50 <= p90.

    `share` is how much of the device can run in each quarter by plan; None: all of it always.
    """

    point_id: str
    start_quarter: int
    p10_w: Floats
    p50_w: Floats
    p90_w: Floats
    method: str
    history_days: float
    caveat: str
    share: Floats | None = None


def point_forecast(
    outlook: Outlook, series: Series, target: Target, *, model: str, weakness: str
) -> PointForecast:
    """Return the forecast that begins where the series ends.

    `model` names what serves, `weakness` says why it is not what should; empty when it is.
    """
    low, middle, high = published_w(outlook.quantiles, target).round(RESOLUTION_DIGITS) + 0.0
    return PointForecast(
        point_id=target.point_id,
        start_quarter=series.end_quarter,
        p10_w=low,
        p50_w=middle,
        p90_w=high,
        method=f"{members(outlook)}; {model}",
        history_days=round(series.history_days, 2),
        caveat="; ".join(filter(None, (_caveat(series), weakness))),
    )


def members(outlook: Outlook) -> str:
    """Return the members that count, the heaviest first, with their mean weights."""
    ranked = sorted(outlook.weight.items(), key=lambda member: -member[1])
    telling = [f"{name} {share:.0%}" for name, share in ranked if share >= TELLING_SHARE]
    return " + ".join(telling or [name for name, _ in ranked[:1]])


def _caveat(series: Series) -> str:
    reasons = []
    if series.history_days < ENOUGH_DAYS:
        reasons.append(f"only {series.history_days:.1f} days of history")
    if (age := series.newest_age_quarters) >= FRESH_QUARTERS:
        begun = quarter_start(series.end_quarter - age)
        reasons.append(f"no readings since {begun:%Y-%m-%dT%H:%MZ}")
    return "; ".join(reasons)
