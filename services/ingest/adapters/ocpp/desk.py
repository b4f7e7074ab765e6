"""What charge points report becomes samples of their devices, or a dead letter that says why."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.energy.quantities import Quantity
from services.energy.readings import FieldQuality
from services.energy.time_grid import to_microseconds
from services.ingest.adapters.adapter import Tools, carry
from services.ingest.adapters.ocpp import Connector, OcppSettings
from services.ingest.adapters.ocpp.connectors import plugged
from services.ingest.adapters.ocpp.conversation import Conversation
from services.ingest.adapters.ocpp.meter_values import (
    Measured,
    Unreadable,
    instant_us,
    measured_of,
    number_of,
)
from services.ingest.adapters.sample import Sample, sample_of

MOST_MISTAKES = 10
MICROS = 1_000_000
MOST_TRANSACTIONS, LONGEST_TRANSACTION = 10_000, 64


class ReadingDesk:
    """One for all charge points of a source (`conversation.Desk`)."""

    def __init__(self, source_id: str, settings: OcppSettings, tools: Tools) -> None:
        self.heartbeat = settings.heartbeat
        self._evse_of: dict[tuple[str, str], Any] = {}  # by charge point and transaction
        self._source_id, self._tools = source_id, tools
        self._known = frozenset(point.id for point in tools.park.points)
        self._connectors = {(c.charge_point, c.connector): c for c in settings.connectors}

    def now(self) -> datetime:
        """Return park time."""
        return self._tools.clock.now()

    def evse_of(self, who: Conversation, transaction: Any, evse: Any) -> Any:
        """Return the EVSE of a transaction: its later events need not name it again.

        After a restart of ours only that of a charge point with a single one is known.
        """
        place = (who.identity, str(transaction)[:LONGEST_TRANSACTION])
        if evse is None:
            return self._evse_of.get(place, self._only_connector(who.identity))
        self._evse_of[place] = evse
        if len(self._evse_of) > MOST_TRANSACTIONS:
            del self._evse_of[next(iter(self._evse_of))]
        return evse

    def _only_connector(self, identity: str) -> int | None:
        known = [connector for name, connector in self._connectors if name == identity]
        return known[0] if len(known) == 1 else None

    async def measured(self, who: Conversation, connector: Any, values: Any) -> None:
        """Take meter values of a connector."""
        found, mistakes = measured_of(values)
        await self._take(who, connector, ((m, FieldQuality.GOOD) for m in found), mistakes)

    async def counted(self, who: Conversation, connector: Any, stamp: Any, wh: Any) -> None:
        """Take the imported energy register of a connector."""
        entry = {"timestamp": stamp, "sampled_value": [{"value": wh}]}
        await self.measured(who, connector, [entry])

    async def plugged(self, who: Conversation, connector: Any, stamp: Any, state: Any) -> None:
        """Take the state of a connector.

        Without a time of its own (1.6 allows that) it is as of its arrival, and questionable: it
        may have waited in the charge point.
        """
        try:
            time_us = to_microseconds(who.arrived) if stamp is None else instant_us(stamp)
        except Unreadable as mistake:
            await self.unusable(who, "unreadable", str(mistake))
            return
        said = Measured(Quantity.CONNECTED, time_us, plugged(state))
        quality = FieldQuality.QUESTIONABLE if stamp is None else FieldQuality.GOOD
        await self._take(who, connector, [(said, quality)], [])

    async def needed(self, who: Conversation, connector: Any, wh: Any, departure: Any) -> None:
        """Take what the vehicle at a connector wants, as of its arrival: it has no time."""
        came_us, mistakes = to_microseconds(who.arrived), []
        wanted: list[Measured] = []
        if wh is not None:
            wanted.append(Measured(Quantity.REQUESTED_ENERGY, came_us, number_of(wh)))
        if departure is not None:
            try:
                leaves_s = instant_us(departure) / MICROS
                wanted.append(Measured(Quantity.DEPARTURE, came_us, leaves_s))
            except Unreadable as mistake:
                mistakes.append(str(mistake))
        await self._take(who, connector, ((m, FieldQuality.GOOD) for m in wanted), mistakes)

    async def unusable(self, who: Conversation, reason: str, detail: str) -> None:
        """Take note that the message at hand cannot be used."""
        await self._tools.dead_letters.bury(
            origin=f"ocpp:{who.identity}", reason=reason, detail=detail, payload=who.at_hand
        )

    async def _take(
        self,
        who: Conversation,
        connector: Any,
        measured: Iterable[tuple[Measured, FieldQuality]],
        mistakes: list[str],
    ) -> None:
        place = self._place(who.identity, connector)
        if place is None:
            detail = f"the park file has no connector {str(connector)[:40]!r} of {who.identity}"
            await self.unusable(who, "unreadable", detail)
            return
        samples = [self._sample(place, m, quality) for m, quality in measured]
        samples = [sample for sample in samples if sample.point_id in self._known]
        if mistakes:
            reason = "partly unreadable" if samples else "unreadable"
            await self.unusable(who, reason, "; ".join(mistakes[:MOST_MISTAKES]))
        await carry(self._tools, self._source_id, samples)

    def _place(self, identity: str, connector: Any) -> Connector | None:
        if isinstance(connector, bool) or not isinstance(connector, int):
            return None
        return self._connectors.get((identity, connector))

    def _sample(self, place: Connector, measured: Measured, quality: FieldQuality) -> Sample:
        point_id = f"{place.device_id}.{measured.quantity}"
        return sample_of(point_id, measured.event_time_us, measured.value, quality)
