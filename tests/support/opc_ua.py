"""A plant on a real asyncua server, and a wire to it that can be cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asyncua import Server, ua
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.history import HistoryDict
from cryptography.x509.oid import ExtendedKeyUsageOID

URI, PV_NODE = "urn:parkflow:plant", 7
BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)
GOOD = ua.StatusCode(ua.StatusCodes.Good)


def at(second: float) -> datetime:
    """Return the moment so many seconds after the plant's beginning."""
    return BEGAN + timedelta(seconds=second)


def micros(second: float) -> int:
    return int(at(second).timestamp()) * 1_000_000


class Disk(HistoryDict):
    """What a server's historian has, whatever becomes of the server."""

    async def new_historized_node(self, node_id: Any, period: Any, count: int = 0) -> None:
        if node_id not in self._datachanges:
            await super().new_historized_node(node_id, period, count)


@dataclass
class Keys:
    """Certificates of both sides in a folder, and the one user the server knows."""

    folder: Path

    async def make(self) -> None:
        (self.folder / "password").write_text("secret\n", encoding="utf-8")
        for name, uri in (("client", "urn:parkflow:ingest"), ("server", "urn:test:server")):
            await setup_self_signed_certificate(
                self.folder / f"{name}.pem",
                self.folder / f"{name}.der",
                uri,
                "localhost",
                [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH],
                {},
            )

    async def guard(self, server: Server) -> None:
        server.set_security_policy([ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt])
        await server.set_application_uri("urn:test:server")
        await server.load_certificate(self.folder / "server.der")
        await server.load_private_key(self.folder / "server.pem")

    def get_user(
        self, _: Any, username: str | None = None, password: str | None = None, **__: Any
    ) -> User | None:
        known = (username, password) == ("parkflow", "secret")
        return User(role=UserRole.User) if known else None


@dataclass
class Plant:
    """Power of the PV (kW, generation positive) and the battery's target and held power (kW)."""

    port: int
    server: Server = field(init=False)
    nodes: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"opc.tcp://127.0.0.1:{self.port}"

    async def start(
        self, *, history: "Disk | None" = None, guarded_by: "Keys | None" = None
    ) -> None:
        self.server = Server(user_manager=guarded_by)
        await self.server.init()
        self.server.set_endpoint(self.url)
        self.server.set_force_server_timestamp(False)
        self.server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        if guarded_by is not None:
            await guarded_by.guard(self.server)
        if history is not None:
            self.server.iserver.history_manager.set_storage(history)
        index = await self.server.register_namespace(URI)
        for name in ("pv", "wind", "target", "held", "locked"):
            kind = ua.VariantType.Int32 if name == "target" else ua.VariantType.Double
            value = 0 if name == "target" else 0.0
            node = await self.server.nodes.objects.add_variable(
                ua.NodeId(PV_NODE if name == "pv" else name, index), name, value, kind
            )
            self.nodes[name] = node
        await self.nodes["target"].set_writable()
        await self.show("pv", 0.0, 0)
        if history is not None:
            await self.server.historize_node_data_change(self.nodes["pv"], period=None)
        await self.server.start()

    async def stop(self) -> None:
        await self.server.stop()

    async def show(
        self, name: str, value: Any, second: float | None, status: ua.StatusCode = GOOD
    ) -> None:
        """Let a node have a value of that second; None: the source gives no stamp."""
        stamped = None if second is None else at(second)
        await self.nodes[name].write_value(
            ua.DataValue(ua.Variant(value), status, SourceTimestamp=stamped)
        )


@asynccontextmanager
async def a_plant(port: int, **how: Any) -> AsyncIterator[Plant]:
    """A plant that serves until the block ends."""
    plant = Plant(port)
    await plant.start(**how)
    try:
        yield plant
    finally:
        with suppress(Exception):
            await plant.stop()


class Wire:
    """A TCP connection in between that tests cut and mend."""

    def __init__(self, port: int, to: int) -> None:
        self._port, self._to = port, to
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self.flowing = asyncio.Event()
        self.flowing.set()

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self._port)

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _join(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, out = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers += [back, out]
        await asyncio.gather(self._pump(near, out), self._pump(far, back))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while content := await reader.read(65536):
                await self.flowing.wait()
                writer.write(content)
                await writer.drain()
        writer.close()
