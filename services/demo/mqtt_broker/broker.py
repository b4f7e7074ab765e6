"""Who is connected, who gets what, and when it is safe to say so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from services.demo.mqtt_broker.delivery import Delivery
from services.demo.mqtt_broker.filters import matches
from services.demo.mqtt_broker.packets import Connect, Message
from services.demo.mqtt_broker.store import Store


class Broker:
    """Routes messages between connections; acknowledgements follow the commit."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._subscriptions: dict[str, dict[str, int]] = {}
        for client, topic_filter, qos in store.subscriptions():
            self._subscriptions.setdefault(client, {})[topic_filter] = qos
        self._connected: dict[str, tuple[Delivery, Callable[[], None]]] = {}
        self._last_sent: dict[str, int] = {}
        self._after_commit: list[Callable[[], None]] = []
        self._touched: set[str] = set()
        self._commit_planned = False

    def connect(
        self, wish: Connect, write: Callable[[bytes], None], close: Callable[[], None]
    ) -> tuple[Delivery, bool]:
        """Take a client in, in place of an older connection of its; says if its session is old."""
        client = wish.client_id
        if earlier := self._connected.get(client):
            earlier[1]()
            self.disconnect(client, earlier[0])
        if wish.clean_session:
            self._forget(client)
        present = self._store.remember(client, clean=wish.clean_session)
        delivery = Delivery(client, self._store, write, sent_before=self._last_sent.get(client, 0))
        self._connected[client] = (delivery, close)
        self._subscriptions.setdefault(client, {})
        self.after_commit(delivery.pump)
        return delivery, present and not wish.clean_session

    def disconnect(self, client: str, delivery: Delivery) -> None:
        """Note that a connection is gone; what it did not acknowledge stays."""
        if self._connected.get(client, (None,))[0] is delivery:
            del self._connected[client]
            self._last_sent[client] = delivery.last_sent

    def end_session(self, client: str) -> None:
        """Forget a clean session, unless the client is already back."""
        if client not in self._connected:
            self._forget(client)
            self.after_commit()

    def publish(self, message: Message) -> None:
        """Give a message to everyone who wants it."""
        if message.retain:
            self._store.retain(message)
        for client, wishes in self._subscriptions.items():
            qualities = [qos for wish, qos in wishes.items() if matches(wish, message.topic)]
            if qualities:
                self._give(client, replace(message, retain=False), max(qualities))

    def subscribe(self, client: str, topic_filter: str, qos: int) -> None:
        """Add a subscription and send it the retained messages it means."""
        self._store.subscribe(client, topic_filter, qos)
        self._subscriptions[client][topic_filter] = qos
        for message in self._store.retained():
            if matches(topic_filter, message.topic):
                self._give(client, message, qos)

    def unsubscribe(self, client: str, topic_filter: str) -> None:
        """Remove a subscription."""
        self._store.unsubscribe(client, topic_filter)
        self._subscriptions[client].pop(topic_filter, None)

    def acknowledged(self, client: str) -> None:
        """Let the window of a client move on."""
        self._touched.add(client)
        self.after_commit()

    def after_commit(self, *then: Callable[[], None]) -> None:
        """Commit soon, all that has gathered at once, and do `then` when it is safe."""
        self._after_commit.extend(then)
        if not self._commit_planned:
            self._commit_planned = True
            asyncio.get_running_loop().call_soon(self.commit)

    def commit(self) -> None:
        """Make what has gathered last, then say so and send it on."""
        self._commit_planned = False
        self._store.commit()
        then, self._after_commit = self._after_commit, []
        touched, self._touched = self._touched, set()
        for step in then:
            step()
        for client in touched & self._connected.keys():
            self._connected[client][0].pump()

    def _give(self, client: str, message: Message, granted_qos: int) -> None:
        if min(message.qos, granted_qos) == 1:
            self._store.put(client, message)
            self._touched.add(client)
        elif client in self._connected:
            self._connected[client][0].send_unacknowledged(replace(message, qos=0))

    def _forget(self, client: str) -> None:
        self._store.forget(client)
        self._subscriptions.pop(client, None)
        self._last_sent.pop(client, None)
