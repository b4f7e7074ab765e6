"""Kafka's client library as it behaves when the broker is away, without a broker."""

import asyncio

from services.runtime.publishing import Publisher


class Client:
    """Stands in for aiokafka's idempotent producer.

    What is sent while the broker is away is kept and delivered, in order, when it is back, whether
    or not anybody still waits for it.
    """

    def __init__(self) -> None:
        self.log: list[tuple[str, bytes]] = []
        self.held_key: str | None = None
        self._is_away = False
        self._kept: list[tuple[str, bytes, asyncio.Future[None]]] = []

    async def send(
        self, topic: str, value: bytes, *, key: bytes, headers: object
    ) -> "asyncio.Future[None]":
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._kept.append((key.decode(), value, done))
        self._deliver()
        return done

    def goes_away(self) -> None:
        self._is_away = True

    def comes_back(self) -> None:
        self._is_away, self.held_key = False, None
        self._deliver()

    def values_of(self, key: str) -> list[bytes]:
        return [value for name, value in self.log if name == key]

    def _deliver(self) -> None:
        kept, self._kept = self._kept, []
        for key, value, done in kept:
            if self._is_away or key == self.held_key:
                self._kept.append((key, value, done))
                continue
            self.log.append((key, value))
            if not done.done():
                done.set_result(None)


def a_publisher(client: Client) -> Publisher:
    """The publisher of ingest on this client."""
    publisher = Publisher("ingest", "nowhere:9", {})
    publisher._connecting = asyncio.get_running_loop().create_future()
    publisher._connecting.set_result(client)
    return publisher
