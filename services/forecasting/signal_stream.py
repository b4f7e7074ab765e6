"""Published curves into words: many curves a transaction, offsets afterwards."""

from parkflow.market.v1.intensity_pb2 import IntensityCurve
from parkflow.market.v1.price_pb2 import PriceCurve
from services.energy.site import Park
from services.forecasting.domain.words import words_of
from services.forecasting.signal_messages import curve_from
from services.forecasting.signal_store import SignalStore
from services.runtime.received import Received


class CurvesWriter:
    """Keeps what is published for one park; other parks' curves are not ours."""

    def __init__(self, park: Park, store: SignalStore) -> None:
        self._park = park
        self._store = store

    async def take(self, batch: list[Received[PriceCurve | IntensityCurve]]) -> None:
        """Write a batch; returns when the database has it. Repeating it changes nothing."""
        ours = [r.message for r in batch if r.message.park_id == self._park.id]
        curves = [curve_from(message, self._park.currency) for message in ours]
        words = [word for curve in curves for word in words_of(curve)]
        if words:
            await self._store.keep(words)
