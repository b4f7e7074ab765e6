"""Forecasts prices and intensities for an issue, by what serves each of them."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

import numpy as np

from parkflow.forecast.v1.forecast_pb2 import SignalForecast as SignalMessage
from services.energy.site import Park
from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.series import QUARTERS_A_DAY, Series, quarter_number
from services.forecasting.domain.series_record import HORIZONS
from services.forecasting.domain.signal_forecast import (
    Published,
    SignalForecast,
    signal_forecast,
)
from services.forecasting.domain.signals import Signal
from services.forecasting.domain.weather import Foreseen
from services.forecasting.learner import Learner
from services.forecasting.past import KEPT_DAYS
from services.forecasting.serving import Serving
from services.forecasting.signal_messages import signal_message
from services.forecasting.signal_store import SignalStore
from services.forecasting.sparing import sparing_others
from services.forecasting.states import States
from services.runtime.patience import patiently

NO_WEATHER = Foreseen.none(0, 0)


class SignalIssuer:
    """Answers for the signals of one park; `states` are those of signals only."""

    def __init__(self, park: Park, store: SignalStore, states: States, learner: Learner) -> None:
        self._park = park
        self._store = store
        self._states = states
        self._learner = learner
        self._known: dict[str, Series] = {}

    async def read(self) -> None:
        """Learn what serves, before the first issue; whoever follows the registry does the rest."""
        await patiently(self._states.refresh, "database")

    async def issued(self, issue_time: datetime, moved: Callable[[], None]) -> list[SignalMessage]:
        """Return the forecast of each signal of which anything was published by the issue time.

        `moved` is called for each that is learnt on the way.
        """
        published = await self._published(issue_time)
        self._known = {signal.value: one.known for signal, one in published.items()}
        await self._learner.learn_missing(self._known, moved)
        forecasts, faulty = await asyncio.to_thread(self._forecasts, published)
        await self._states.set_failed_aside(faulty)
        return [signal_message(forecast, self._park.currency) for forecast in forecasts]

    async def reckon(self) -> None:
        """Weigh anew what is due after an issue, by what was known for it."""
        await self._learner.reckon_some(self._known, NO_WEATHER)

    async def _published(self, issue_time: datetime) -> dict[Signal, Published]:
        """Return what was published by the issue time of each signal that has a past."""
        border = quarter_number(issue_time)
        first, end = border - KEPT_DAYS * QUARTERS_A_DAY, border + HORIZONS
        found = await self._store.published(list(Signal), first, end, issue_time)
        whole = {signal: Published(border, value) for signal, value in found.items()}
        return {s: one for s, one in whole.items() if np.isfinite(one.known.power_w).any()}

    def _forecasts(
        self, published: Mapping[Signal, Published]
    ) -> tuple[list[SignalForecast], list[str]]:
        """Return the forecasts, and the signals whose answer failed."""
        made, faulty = list[SignalForecast](), list[str]()
        for signal, one in published.items():
            with sparing_others("answer", signal.value) as turn:
                if (serving := self._states.serving(signal.value)) is not None:
                    made.append(self._forecast(signal, one, serving))
            faulty += [signal.value] if turn.failed else []
        return made, faulty

    def _forecast(self, signal: Signal, published: Published, serving: Serving) -> SignalForecast:
        outlook = answer(self._states.record(published.known, signal.value), serving.state)
        given = {"model": serving.model, "weakness": serving.weakness}
        return signal_forecast(signal, published, outlook, **given)
