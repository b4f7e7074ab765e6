"""A central system on a port of its own: charge points connect, report and are told limits."""

import asyncio
import ssl
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from services.ingest.adapters.adapter import Answer, Command, Tools
from services.ingest.adapters.connection import Connection
from services.ingest.adapters.ocpp import OcppSettings
from services.ingest.adapters.ocpp.conversation import Conversation
from services.ingest.adapters.ocpp.desk import ReadingDesk
from services.ingest.adapters.ocpp.door import SUBPROTOCOLS, TurnedAway, door_of
from services.ingest.adapters.ocpp.limits import Limits
from services.ingest.adapters.ocpp.v16 import ChargePoint16
from services.ingest.adapters.ocpp.v201 import ChargePoint201
from services.runtime.telemetry import log_for

LARGEST_MESSAGE = 256 * 1024
PING_EVERY_S = 20.0
VERSIONS: dict[str, type[Conversation]] = {
    "ocpp1.6": ChargePoint16,
    "ocpp2.0.1": ChargePoint201,
}
PROTOCOL_ERROR, REPLACED = 1002, 1008
log = log_for(__name__)


class OcppAdapter:
    """The charge points of one source."""

    def __init__(self, source_id: str, settings: OcppSettings, tools: Tools) -> None:
        devices = {device.id: device for device in tools.park.devices_from(source_id)}
        self.source_id = source_id
        self.device_ids = frozenset(devices)
        self._settings = settings
        self.connection = Connection(source_id)
        self._identity_of = {c.device_id: c.charge_point for c in settings.connectors}
        self._door = door_of(set(self._identity_of.values()), settings.password_file)
        self._desk = ReadingDesk(source_id, settings, tools)
        connectors = {c.device_id: c for c in settings.connectors}
        self._limits = Limits(connectors, devices, tools.clock)
        self._talking: dict[str, tuple[ServerConnection, Conversation]] = {}
        self._telling: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Be there for charge points for ever; a port that is taken is tried again."""
        await self.connection.keep(self._serve, (OSError,))

    async def hand_over(self, command: Command) -> Answer:
        """Tell a charge point a limit and read it back."""
        identity = self._identity_of.get(command.device_id, "")
        _, conversation = self._talking.get(identity, (None, None))
        return await self._limits.hand_over(command, conversation)

    async def _serve(self) -> None:
        async with self._server() as server:
            log.info("ocpp_listening", source=self.source_id, port=self._settings.port)
            await server.serve_forever()

    def _server(self) -> Any:
        return serve(
            self._welcome,
            self._settings.host,
            self._settings.port,
            process_request=self._at_the_door,
            select_subprotocol=_first_known,
            ssl=self._certificate(),
            max_size=LARGEST_MESSAGE,
            ping_interval=PING_EVERY_S,
            ping_timeout=PING_EVERY_S,
        )

    def _certificate(self) -> ssl.SSLContext | None:
        """Return how to be wss; None without a certificate."""
        if (held := self._settings.certificate) is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(held.certificate, held.key)
        return context

    def _at_the_door(self, connection: ServerConnection, request: Request) -> Response | None:
        admitted = self._door.admit(request.path, request.headers.get("Authorization"))
        if not isinstance(admitted, TurnedAway):
            return None
        log.warning("charge_point_turned_away", source=self.source_id, why=admitted.why)
        response = connection.respond(HTTPStatus(admitted.status), f"{admitted.why}\n")
        if admitted.status == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = 'Basic realm="ocpp"'
        return response

    async def _welcome(self, connection: ServerConnection) -> None:
        if connection.subprotocol is None:
            await connection.close(PROTOCOL_ERROR, f"offer one of {', '.join(SUBPROTOCOLS)}")
            return
        assert connection.request is not None  # noqa: S101  the handshake is over
        identity = self._door.admit(
            connection.request.path, connection.request.headers.get("Authorization")
        )
        assert isinstance(identity, str)  # noqa: S101  the door let it in
        await self._talk(identity, connection)

    async def _talk(self, identity: str, connection: ServerConnection) -> None:
        conversation = VERSIONS[str(connection.subprotocol)](identity, connection, self._desk)
        if (earlier := self._talking.get(identity)) is not None:
            self._keep(asyncio.create_task(earlier[0].close(REPLACED, "connected again")))
        self._talking[identity] = (connection, conversation)
        self._note(identity, str(connection.subprotocol))
        alive = False

        def on_life() -> None:
            nonlocal alive
            if not alive:
                alive = True
                self._tell_again(identity, conversation)

        try:
            await conversation.talk(on_life)
        finally:
            if self._talking.get(identity) == (connection, conversation):
                del self._talking[identity]
            self._note(identity, "")

    def _tell_again(self, identity: str, conversation: Conversation) -> None:
        self._keep(asyncio.create_task(self._limits.tell_again(identity, conversation)))

    def _keep(self, task: "asyncio.Task[None]") -> None:
        """Hold on to a task until it is done: the loop alone does not."""
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    def _note(self, identity: str, version: str) -> None:
        """Say who is here; the source is up while anyone is."""
        event = "charge_point_connected" if version else "charge_point_gone"
        log.info(event, source=self.source_id, charge_point=identity, version=version)
        if self._talking:
            self.connection.up()
        else:
            self.connection.down("no charge point is connected")


def _first_known(_: ServerConnection, offered: Any) -> Any:
    """Return the first version the charge point offers that is spoken here; None: none of them."""
    return next((name for name in offered if name in VERSIONS), None)
