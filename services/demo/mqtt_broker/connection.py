"""One client's connection: reads packets, tells the broker, until either side has enough."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import replace
from uuid import uuid4

from services.demo.mqtt_broker import packets
from services.demo.mqtt_broker.broker import Broker
from services.demo.mqtt_broker.delivery import Delivery
from services.demo.mqtt_broker.filters import is_valid
from services.demo.mqtt_broker.packets import Connect, Kind, ProtocolViolation

CONNECT_PATIENCE_S = 10.0
ACCEPTED, WRONG_LEVEL, WRONG_IDENTIFIER = 0, 1, 2
REFUSED_SUBSCRIPTION = 0x80


class Connection:
    """Serves one client from CONNECT to the end."""

    def __init__(
        self, broker: Broker, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._broker = broker
        self._reader = reader
        self._writer = writer

    async def serve(self) -> None:
        """Return when the connection is over; the client's will is published if it broke."""
        async with asyncio.timeout(CONNECT_PATIENCE_S):
            kind, _, body = await self._packet()
        if kind != Kind.CONNECT:
            raise ProtocolViolation("the first packet is not CONNECT")
        wish = packets.decode_connect(body)
        if refusal := _refusal(wish):
            self._send(Kind.CONNACK, bytes([0, refusal]))
            return
        wish = wish if wish.client_id else replace(wish, client_id=f"nameless-{uuid4()}")
        # Nothing is delivered before the commit, so CONNACK is the first packet out (3.2).
        delivery, present = self._broker.connect(wish, self._writer.write, self._writer.close)
        self._send(Kind.CONNACK, bytes([present, ACCEPTED]))
        said_goodbye = False
        try:
            said_goodbye = await self._converse(wish, delivery)
        finally:
            self._broker.disconnect(wish.client_id, delivery)
            if wish.will and not said_goodbye:
                self._broker.publish(wish.will)
                self._broker.after_commit()
            if wish.clean_session:
                self._broker.end_session(wish.client_id)

    async def _converse(self, wish: Connect, delivery: Delivery) -> bool:
        """Return whether the client said DISCONNECT."""
        patience_s = wish.keep_alive_s * 1.5 or None  # 3.1.2.10
        while True:
            async with asyncio.timeout(patience_s):
                kind, flags, body = await self._packet()
            match kind:
                case Kind.PUBLISH:
                    self._publish(flags, body)
                case Kind.PUBACK:
                    delivery.acknowledge(packets.Fields(body).number())
                    self._broker.acknowledged(wish.client_id)
                case Kind.SUBSCRIBE:
                    self._subscribe(wish.client_id, body)
                case Kind.UNSUBSCRIBE:
                    self._unsubscribe(wish.client_id, body)
                case Kind.PINGREQ:
                    self._send(Kind.PINGRESP, b"")
                case Kind.DISCONNECT:
                    return True
                case _:
                    raise ProtocolViolation(f"{kind.name} is not for a broker")
            await self._writer.drain()

    def _publish(self, flags: int, body: bytes) -> None:
        incoming = packets.decode_publish(flags, body)
        self._broker.publish(incoming.message)
        if incoming.message.qos:
            self._answer(Kind.PUBACK, struct.pack(">H", incoming.packet_id))
        else:
            self._broker.after_commit()

    def _subscribe(self, client: str, body: bytes) -> None:
        packet_id, wishes = packets.decode_subscribe(body)
        codes = [qos if is_valid(wish) else REFUSED_SUBSCRIPTION for wish, qos in wishes]
        self._answer(Kind.SUBACK, struct.pack(">H", packet_id) + bytes(codes))
        for wish, qos in wishes:
            if is_valid(wish):
                self._broker.subscribe(client, wish, qos)

    def _unsubscribe(self, client: str, body: bytes) -> None:
        packet_id, filters = packets.decode_unsubscribe(body)
        for topic_filter in filters:
            self._broker.unsubscribe(client, topic_filter)
        self._answer(Kind.UNSUBACK, struct.pack(">H", packet_id))

    def _answer(self, kind: Kind, body: bytes) -> None:
        """Send once all that came before is committed."""
        self._broker.after_commit(lambda: self._send(kind, body))

    def _send(self, kind: Kind, body: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(packets.encode(kind, 0, body))

    async def _packet(self) -> tuple[Kind, int, bytes]:
        (first,) = await self._reader.readexactly(1)
        length = shift = 0
        while True:
            (group,) = await self._reader.readexactly(1)
            length |= (group & 0x7F) << shift
            shift += 7
            if group < 0x80:
                break
            if shift > 21:
                raise ProtocolViolation("a packet's length has more than four bytes")
        if length > packets.LARGEST_PACKET_BYTES:
            raise ProtocolViolation(f"a packet has {length} bytes")
        try:
            kind = Kind(first >> 4)
        except ValueError as error:
            raise ProtocolViolation(f"packet type {first >> 4} is not offered") from error
        return kind, first & 0x0F, await self._reader.readexactly(length)


def _refusal(wish: Connect) -> int:
    if wish.level != packets.PROTOCOL_LEVEL:
        return WRONG_LEVEL
    if not wish.client_id and not wish.clean_session:
        return WRONG_IDENTIFIER
    return ACCEPTED
