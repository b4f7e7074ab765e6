"""One signal's forecast as it is issued: what was published, and an outlook from there on."""

from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.outlook.answering import Outlook
from services.forecasting.domain.point_forecast import ENOUGH_DAYS, FRESH_QUARTERS, members
from services.forecasting.domain.series import Floats, Series, quarter_start
from services.forecasting.domain.series_record import HORIZONS
from services.forecasting.domain.signals import Signal

RESOLUTION_DIGITS = 6
"""Prices are published in millionths."""
LEVELS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """A signal as it was published by an issue: `(quarters,)`, NaN where nothing was.

    It reaches from the past over the HORIZONS quarters from `issue_quarter` on.
    """

    issue_quarter: int
    value: Floats

    @property
    def ahead(self) -> Floats:
        """The quarters from the issue on."""
        return self.value[-HORIZONS:]

    @property
    def until(self) -> int:
        """The first quarter from the issue on that was not published."""
        gaps = np.flatnonzero(~np.isfinite(self.ahead))
        return self.issue_quarter + (int(gaps[0]) if len(gaps) else HORIZONS)

    @property
    def known(self) -> Series:
        """What an outlook may rest on: it ends where publication does, or at the issue.

        Holes of the past stay holes. What stands behind a hole ahead is told, and rested on once
        the hole is past.
        """
        first = self.issue_quarter + HORIZONS - len(self.value)
        return Series(first, self.value[: self.until - first])


@dataclass(frozen=True, slots=True, eq=False)
class SignalForecast:
    """Values of the quarters from `start_quarter` on in the signal's unit; p10 <= p50 <= p90.

    All three are what was published where something was.
    """

    signal: Signal
    start_quarter: int
    published_until: int
    p10: Floats
    p50: Floats
    p90: Floats
    method: str
    history_days: float
    caveat: str


def signal_forecast(
    signal: Signal, published: Published, outlook: Outlook, *, model: str, weakness: str
) -> SignalForecast:
    """Return the forecast of the HORIZONS quarters from the issue on.

    The outlook's first horizon is the first quarter that was not published.
    """
    known, told = published.known, published.until - published.issue_quarter
    said = np.empty((LEVELS, HORIZONS))
    said[:, told:] = outlook.quantiles[:, : HORIZONS - told].round(RESOLUTION_DIGITS) + 0.0
    low, middle, high = np.where(np.isfinite(published.ahead), published.ahead, said)
    return SignalForecast(
        signal=signal,
        start_quarter=published.issue_quarter,
        published_until=published.until,
        p10=low,
        p50=middle,
        p90=high,
        method="published" if told == HORIZONS else f"{members(outlook)}; {model}",
        history_days=round(known.history_days, 2),
        caveat="; ".join(filter(None, (_caveat(known), weakness))),
    )


def _caveat(known: Series) -> str:
    reasons = []
    if known.history_days < ENOUGH_DAYS:
        reasons.append(f"only {known.history_days:.1f} days of history")
    if (age := known.newest_age_quarters) >= FRESH_QUARTERS:
        ended = quarter_start(known.end_quarter - age)
        reasons.append(f"nothing published from {ended:%Y-%m-%dT%H:%MZ} on")
    return "; ".join(reasons)
