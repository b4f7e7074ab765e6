"""One connected client's outgoing side: a window of messages that wait for their PUBACK."""

from __future__ import annotations

from collections.abc import Callable

from services.demo.mqtt_broker.packets import Message, encode_publish
from services.demo.mqtt_broker.store import Store

WINDOW = 100
LARGEST_PACKET_ID = 0xFFFF


class Delivery:
    """Sends what waits in the store, oldest first, at most `WINDOW` unacknowledged."""

    def __init__(
        self, client: str, store: Store, write: Callable[[bytes], None], *, sent_before: int
    ) -> None:
        self._client = client
        self._store = store
        self._write = write
        self._sent_before = sent_before
        self._last_number = 0
        self._last_packet_id = 0
        self._in_flight: dict[int, int] = {}

    @property
    def last_sent(self) -> int:
        """The highest number ever sent to this client: what comes again is marked so."""
        return max(self._sent_before, self._last_number)

    def pump(self) -> None:
        """Fill the window."""
        room = WINDOW - len(self._in_flight)
        if room <= 0:
            return
        for number, message in self._store.waiting(self._client, self._last_number, room):
            packet_id = self._next_packet_id()
            self._in_flight[packet_id] = number
            self._last_number = number
            self._write(encode_publish(message, packet_id, again=number <= self._sent_before))

    def send_unacknowledged(self, message: Message) -> None:
        """Send a QoS-0 message."""
        self._write(encode_publish(message, 0, again=False))

    def acknowledge(self, packet_id: int) -> None:
        """Let go of what the client has taken; an unknown number is an echo of the past."""
        number = self._in_flight.pop(packet_id, None)
        if number is not None:
            self._store.delivered(number)

    def _next_packet_id(self) -> int:
        while True:
            self._last_packet_id = self._last_packet_id % LARGEST_PACKET_ID + 1
            if self._last_packet_id not in self._in_flight:
                return self._last_packet_id
