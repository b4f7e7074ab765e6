"""One conversation with an OPC UA server: connected, subscribed, acknowledged only when carried.

The session outlives a lost connection: the server keeps what its monitored items sample meanwhile
(up to the queue), and the next conversation takes the session up again, asks for what was sent but
not acknowledged, and goes on. A server that has forgotten us (it was restarted) is asked anew.
"""

import asyncio
import logging
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from cryptography.exceptions import InvalidSignature

from services.ingest.adapters.opc_ua import NodeName, OpcUaSettings
from services.ingest.adapters.opc_ua.values import ended_by

REQUEST_WITHIN_S = 4.0
ALIVE_EVERY_S = 5.0
SESSION_KEPT_MS = 3_600_000
MOST_ITEMS_A_CALL = 1_000  # servers refuse more than they have room for
NAMESPACES = ua.NodeId(ua.Int32(ua.ObjectIds.Server_NamespaceArray))
AWAY: tuple[type[Exception], ...] = (ua.UaError, OSError, TimeoutError, asyncio.IncompleteReadError)
Carry = Callable[[ua.NotificationMessage], Awaitable[None]]
logging.getLogger("asyncua").setLevel(logging.CRITICAL)  # a lost server is our event, not its stack


class Lost(ConnectionError):
    """The server is gone, or has ended the subscription."""


class NoNamespace(ValueError):
    """The server has no namespace of this URI (now)."""


class OpcUaSession:
    """What is known of one server across its connections."""

    def __init__(self, settings: OpcUaSettings, carry: Carry) -> None:
        self._settings, self._carry = settings, carry
        self._folder = tempfile.TemporaryDirectory(prefix="parkflow-opc-ua-")
        self._kept = Path(self._folder.name) / "session.json"
        self._client: Client | None = None
        self._token: ua.NodeId | None = None
        self._subscription: int | None = None
        self._lost: asyncio.Future[None] | None = None
        self._namespaces: list[str] = []

    @property
    def client(self) -> Client:
        """The connected client; Lost when there is none."""
        if self._client is None:
            raise Lost("not connected")
        return self._client

    async def connect(self) -> None:
        """Connect, taking up the session of the last connection where the server still has it."""
        self._lost = asyncio.get_running_loop().create_future()
        client = await self._new_client()
        client.connection_lost_callback = self._note_lost
        try:
            await client.connect()
        except (ValueError, InvalidSignature) as error:  # what it sent cannot be deciphered
            raise Lost(f"the server is not who it should be: {error!r}") from error
        self._client = client
        token = client.uaclient.session.authentication_token
        if token != self._token:
            self._token, self._subscription = token, None  # its number may be another's by now
        self._namespaces = await client.get_node(NAMESPACES).read_value()

    async def until_lost(self) -> None:
        """Wait until the connection or the subscription is lost, and raise why."""
        if self._lost is not None:
            await self._lost

    async def leave(self) -> None:
        """Let go of a lost connection; the server keeps session and subscription for the next."""
        client, self._client = self._client, None
        if client is not None:
            client.disconnect_socket()
            with suppress(Exception):
                await client.close_session()
        if self._lost is not None and self._lost.done() and not self._lost.cancelled():
            self._lost.exception()  # taken note of, also when something else ended the conversation

    async def end(self) -> None:
        """Say good-bye: the server forgets session and subscription."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                async with asyncio.timeout(REQUEST_WITHIN_S):
                    await client.disconnect()
        self._folder.cleanup()

    async def subscribe(self, nodes: list[NodeName]) -> list[ua.StatusCode]:
        """Monitor `nodes` (client handle = place in the list); return the status of each.

        The subscription of an earlier connection is gone on with, and then there is nothing to say.
        """
        if self._subscription is not None and await self._resume(self._subscription):
            return []
        try:
            return await self._subscribe_anew(nodes)
        except BaseException:
            self._kept.unlink(missing_ok=True)  # half a subscription is not worth going on with
            raise

    async def _subscribe_anew(self, nodes: list[NodeName]) -> list[ua.StatusCode]:
        session = self.client.uaclient.session
        made = await session.create_subscription(self._wanted(), self._published)
        known = [n for n, node in enumerate(nodes) if self._has_namespace_of(node)]
        statuses = [ua.StatusCode(ua.StatusCodes.BadNodeIdUnknown)] * len(nodes)
        for start in range(0, len(known), MOST_ITEMS_A_CALL):
            some = known[start : start + MOST_ITEMS_A_CALL]
            items = [self._item(number, nodes[number]) for number in some]
            said = await self._monitor(made.SubscriptionId, items)
            for number, status in zip(some, said, strict=True):
                statuses[number] = status
        self._subscription = made.SubscriptionId
        return statuses

    def _has_namespace_of(self, name: NodeName) -> bool:
        return not isinstance(name.namespace, str) or name.namespace in self._namespaces

    def node_id(self, name: NodeName) -> ua.NodeId:
        """Return the node of a name; NoNamespace when the server has no such namespace."""
        index = name.namespace
        if isinstance(index, str):
            if index not in self._namespaces:
                raise NoNamespace(f"the server has no namespace {index!r}: {self._namespaces}")
            index = self._namespaces.index(index)
        return ua.NodeId.from_string(f"ns={index};{name.id}")

    async def _new_client(self) -> Client:
        said, security = self._settings, self._settings.security
        client = Client(said.endpoint, timeout=REQUEST_WITHIN_S, watchdog_intervall=ALIVE_EVERY_S)
        client.name = client.description = "Parkflow ingest"
        client.application_uri = security.application_uri
        client.session_timeout = SESSION_KEPT_MS
        client.session_state_path = self._kept
        if security.user is not None and security.password_file is not None:
            client.set_user(security.user)
            client.set_password(security.password_file.read_text(encoding="utf-8").strip())
        if security.mode != "none":
            await client.set_security(
                SecurityPolicyBasic256Sha256,
                str(security.certificate),
                str(security.private_key),
                server_certificate=str(security.server_certificate),
                mode=ua.MessageSecurityMode.Sign
                if security.mode == "sign"
                else ua.MessageSecurityMode.SignAndEncrypt,
            )
        return client

    async def _monitor(
        self, subscription: int, items: list[ua.MonitoredItemCreateRequest]
    ) -> list[ua.StatusCode]:
        request = ua.CreateMonitoredItemsParameters()
        request.SubscriptionId = subscription
        request.TimestampsToReturn = ua.TimestampsToReturn.Both
        request.ItemsToCreate = items
        made = await self.client.uaclient.session.create_monitored_items(request)
        return [one.StatusCode for one in made]

    def _wanted(self) -> ua.CreateSubscriptionParameters:
        wanted = ua.CreateSubscriptionParameters()
        interval_ms = self._settings.sampling.total_seconds() * 1000
        wanted.RequestedPublishingInterval = interval_ms
        wanted.RequestedMaxKeepAliveCount = max(1, round(ALIVE_EVERY_S * 1000 / interval_ms))
        wanted.RequestedLifetimeCount = max(3, round(SESSION_KEPT_MS / interval_ms))
        wanted.MaxNotificationsPerPublish = 10_000
        wanted.PublishingEnabled = True
        return wanted

    def _item(self, handle: int, node: NodeName) -> ua.MonitoredItemCreateRequest:
        item = ua.MonitoredItemCreateRequest()
        item.ItemToMonitor = ua.ReadValueId(self.node_id(node), ua.AttributeIds.Value)
        item.MonitoringMode = ua.MonitoringMode.Reporting
        wanted = item.RequestedParameters
        wanted.ClientHandle = handle
        wanted.SamplingInterval = self._settings.sampling.total_seconds() * 1000
        wanted.QueueSize = self._settings.queue
        wanted.DiscardOldest = True
        # An unchanged value with a new stamp is news: the device has looked again.
        wanted.Filter = ua.DataChangeFilter(Trigger=ua.DataChangeTrigger.StatusValueTimestamp)
        return item

    async def _resume(self, subscription: int) -> bool:
        """Go on with a subscription of an earlier connection; False when the server has none."""
        session = self.client.uaclient.session
        wanted = ua.TransferSubscriptionsParameters()
        wanted.SubscriptionIds, wanted.SendInitialValues = [subscription], False
        (answer,) = await session.transfer_subscriptions(wanted)
        if not answer.StatusCode.is_good():
            return False
        for number in answer.AvailableSequenceNumbers or ():
            with suppress(ua.UaStatusCodeError):  # no longer there
                await self._carry(await session.republish(subscription, number))
        session._subscription_callbacks[subscription] = (
            self._published
        )  # asyncua has no call for it
        session.ensure_publish_loop()
        return True

    async def _published(self, result: ua.PublishResult) -> None:
        """Carry a message; asyncua acknowledges it once this returns, so a failure never does."""
        if (status := ended_by(result.NotificationMessage)) is not None:
            self._lose(Lost(f"the server ended the subscription: {status.name}"))
            return
        try:
            await self._carry(result.NotificationMessage)
        except Exception as bug:
            self._lose(bug)
            await asyncio.Event().wait()

    async def _note_lost(self, error: Exception) -> None:
        self._lose(Lost(str(error) or type(error).__name__))

    def _lose(self, error: Exception) -> None:
        if self._lost is not None and not self._lost.done():
            self._lost.set_exception(error)
