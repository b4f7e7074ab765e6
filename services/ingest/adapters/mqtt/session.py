"""A persistent MQTT session, 3.1.1 or 5, whose messages are acknowledged by hand.

paho's network thread talks to the broker, reconnects with back-off and keeps the session alive
whatever the event loop does; messages and changes of the connection cross into the loop. aiomqtt is
not used: it acknowledges before the reading is safe.
"""

import asyncio
import contextlib
import contextvars
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from services.ingest.adapters.security import is_loopback
from services.runtime.telemetry import log_for

QOS = 1
VERSIONS = {"3.1.1": MQTTProtocolVersion.MQTTv311, "5": MQTTProtocolVersion.MQTTv5}
NEVER_EXPIRES = 0xFFFF_FFFF  # MQTT 5, 3.1.2.11.2
KEEP_ALIVE_S = 15
LONGEST_WAIT_S = 5
MOST_UNACKNOWLEDGED = 1_000  # asked for in MQTT 5; a broker of 3.1.1 has its own bound
log = log_for(__name__)


@dataclass(frozen=True, slots=True)
class Received:
    """One message; `connection` numbers the connection it came on, `number` its packet there.

    Of `is_kept` ones the broker keeps a copy until they are acknowledged (QoS 1).
    """

    topic: str
    payload: bytes
    number: int
    connection: int
    is_kept: bool = True


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is (`mqtt://…` or `mqtts://…`) and who we are to it."""

    url: str
    user: str | None = None
    password: str | None = None
    ca_file: str | None = None
    certificate: tuple[Path, Path] | None = None  # and its key: who we are where TLS asks


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says for us, retained, when we are gone without a word."""

    topic: str
    payload: bytes


class _Client(paho.Client):
    """paho's client, whose network thread outlives what a broken broker sends."""

    def loop_forever(
        self, timeout: float = 1.0, retry_first_connection: bool = False
    ) -> MQTTErrorCode:
        """Talk to the broker until told to stop; bytes that are no MQTT cost the connection."""
        while True:
            try:
                return super().loop_forever(timeout, retry_first_connection)
            except Exception as mistake:
                log.error("mqtt_garbled", error=repr(mistake))
                time.sleep(LONGEST_WAIT_S)
                with contextlib.suppress(OSError):  # it goes on trying by itself
                    self.reconnect()


class MqttSession:
    """Connected for as long as it runs; the callbacks are called in the event loop."""

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        filters: list[str],
        on_message: Callable[[Received], None],
        on_connection: Callable[[bool], None],
        *,
        version: str = "3.1.1",
        will: Will | None = None,
    ) -> None:
        self._broker, self._filters = broker, filters
        self._on_message, self._on_connection = on_message, on_connection
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context = contextvars.copy_context()
        self._connection = 0
        self._version = VERSIONS[version]
        self._client = _Client(
            CallbackAPIVersion.VERSION2,
            client_id,
            clean_session=None if self._is_5 else False,
            protocol=self._version,
            manual_ack=True,
        )
        if will is not None:
            self._client.will_set(will.topic, will.payload, QOS, retain=True)
        self._client.reconnect_delay_set(1, LONGEST_WAIT_S)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_message = self._arrived
        self._client.on_subscribe = self._subscribed
        if broker.user is not None:
            self._client.username_pw_set(broker.user, broker.password)

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.copy_context()  # the network thread has none of our own
        address = urlsplit(self._broker.url)
        secure = address.scheme == "mqtts"
        if secure:
            context = ssl.create_default_context(cafile=self._broker.ca_file)
            if self._broker.certificate is not None:
                context.load_cert_chain(*self._broker.certificate)
            self._client.tls_set_context(context)
        elif not is_loopback(address.hostname or ""):
            log.warning("mqtt_in_the_open", broker=self._broker.url)
        port = address.port or (8883 if secure else 1883)
        self._client.connect_async(
            address.hostname or "", port, KEEP_ALIVE_S, **self._persistence()
        )
        self._client.loop_start()

    async def stop(self) -> None:
        """Leave in good order; the broker keeps the session."""
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    def acknowledge(self, message: Received) -> None:
        """Tell the broker that it may forget the message.

        Of an earlier connection nothing is acknowledged: its packet numbers may mean other messages
        by now, and the broker sends what is open again.
        """
        if message.is_kept and message.connection == self._connection:
            self._client.ack(message.number, QOS)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Send a message; False when there is no connection (nothing is kept for later)."""
        if not self._client.is_connected():
            return False
        return self._client.publish(topic, payload, QOS, retain).rc == paho.MQTT_ERR_SUCCESS

    @property
    def _is_5(self) -> bool:
        return self._version is MQTTProtocolVersion.MQTTv5

    def _persistence(self) -> dict[str, Any]:
        """Return how MQTT 5 is asked for what 3.1.1 calls "clean session off"."""
        if not self._is_5:
            return {}
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = NEVER_EXPIRES
        properties.ReceiveMaximum = MOST_UNACKNOWLEDGED
        return {"clean_start": False, "properties": properties}

    def _connected(self, client: paho.Client, _: Any, __: Any, code: Any, ___: Any) -> None:
        if code.is_failure:
            log.warning("mqtt_refused", broker=self._broker.url, reason=str(code))
            return
        self._connection += 1
        client.subscribe([(topic, QOS) for topic in self._filters])

    def _subscribed(self, _: Any, __: Any, ___: Any, codes: list[Any], ____: Any) -> None:
        """Count as connected from here on: what is published now comes, or never will."""
        refused = [f for f, code in zip(self._filters, codes, strict=False) if code.is_failure]
        if refused:
            log.error("mqtt_subscription_refused", broker=self._broker.url, filters=refused)
        self._call(self._on_connection, not refused)

    def _disconnected(self, _: Any, __: Any, ___: Any, code: Any, ____: Any) -> None:
        self._call(self._on_connection, False)
        if code.is_failure:
            log.warning("mqtt_away", broker=self._broker.url, reason=str(code))

    def _arrived(self, _: Any, __: Any, message: paho.MQTTMessage) -> None:
        received = Received(
            message.topic, bytes(message.payload), message.mid, self._connection, message.qos > 0
        )
        self._call(self._on_message, received)

    def _call(self, callback: Callable[[Any], None], argument: Any) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback, argument, context=self._context)
