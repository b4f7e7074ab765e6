"""Between the wire and the domain: curves in, forecasts of signals out."""

from collections.abc import Iterator
from datetime import UTC

import numpy as np

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from parkflow.forecast.v1.forecast_pb2 import SignalForecast as SignalMessage
from parkflow.market.v1.intensity_pb2 import IntensityCurve
from parkflow.market.v1.price_pb2 import PriceCurve
from services.energy.time_grid import QUARTER
from services.forecasting.domain.series import quarter_number, quarter_start
from services.forecasting.domain.signal_forecast import SignalForecast
from services.forecasting.domain.signal_scoring import SignalSaid
from services.forecasting.domain.signals import Signal
from services.forecasting.domain.words import Curve

MICROS = 1_000_000


def curve_from(message: PriceCurve | IntensityCurve, currency: str) -> Curve:
    """Return a curve in the unit of its signal; ValueError where it cannot be used."""
    if not message.HasField("known_at"):
        raise ValueError(f"curve of {message.source_id!r} does not say since when it is known")
    if isinstance(message, PriceCurve):
        if message.currency_code != currency:
            raise ValueError(f"prices in {message.currency_code!r}; the park counts in {currency}")
        micros = message.import_price_micros_per_kwh
        signal, values = Signal.IMPORT_PRICE, [price / MICROS for price in micros]
    else:
        signal, values = Signal.CARBON_INTENSITY, list(message.intensity_g_per_kwh)
    return Curve(
        signal,
        message.source_id,
        message.known_at.ToDatetime(tzinfo=UTC),
        message.start.ToDatetime(tzinfo=UTC),
        message.step.ToTimedelta(),
        values,
    )


def signal_message(forecast: SignalForecast, currency: str) -> SignalMessage:
    """Return a signal's forecast as it is issued."""
    message = SignalMessage(
        signal_id=forecast.signal.value,
        unit=forecast.signal.unit(currency),
        p10=forecast.p10,
        p50=forecast.p50,
        p90=forecast.p90,
        method=forecast.method,
        history_days=forecast.history_days,
        caveat=forecast.caveat,
    )
    message.start.FromDatetime(quarter_start(forecast.start_quarter))
    message.step.FromTimedelta(QUARTER)
    message.published_until.FromDatetime(quarter_start(forecast.published_until))
    return message


def signals_said(issue: ForecastIssue, issue_quarter: int) -> Iterator[SignalSaid]:
    """Yield what an issue said of each signal that this code knows."""
    for one in issue.signals:
        if one.signal_id in set(Signal) and one.step.ToTimedelta() == QUARTER:
            yield SignalSaid(
                one.signal_id,
                issue_quarter,
                quarter_number(one.published_until.ToDatetime(tzinfo=UTC)),
                np.array(one.p10),
                np.array(one.p50),
                np.array(one.p90),
            )
