"""Sessions, subscriptions and undelivered messages in SQLite, written in groups.

The write-ahead log is handed to the operating system at each commit, so a kill -9 keeps all that
was committed; only a crash of the machine can lose the last moments.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from services.demo.mqtt_broker.packets import Message

SCHEMA = """
CREATE TABLE IF NOT EXISTS session (client TEXT PRIMARY KEY, clean INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS subscription (
    client TEXT NOT NULL, filter TEXT NOT NULL, qos INTEGER NOT NULL, PRIMARY KEY (client, filter)
);
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, client TEXT NOT NULL,
    topic TEXT NOT NULL, payload BLOB NOT NULL, retain INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS message_of_client ON message (client, id);
CREATE TABLE IF NOT EXISTS retained (
    topic TEXT PRIMARY KEY, payload BLOB NOT NULL, qos INTEGER NOT NULL
);
"""


class Store:
    """What the broker must not forget. Nothing is safe before `commit`."""

    def __init__(self, file: Path) -> None:
        self._db = sqlite3.connect(file)
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + SCHEMA)
        for (client,) in self._db.execute("SELECT client FROM session WHERE clean").fetchall():
            self.forget(client)
        self.commit()

    def commit(self) -> None:
        """Make all changes so far last."""
        self._db.commit()

    def remember(self, client: str, *, clean: bool) -> bool:
        """Open a session; returns whether it was there before."""
        known = self._db.execute("SELECT 1 FROM session WHERE client = ?", [client]).fetchone()
        self._db.execute("INSERT OR REPLACE INTO session VALUES (?, ?)", [client, clean])
        return known is not None

    def forget(self, client: str) -> None:
        """Remove a session and all that waits for it."""
        for table in ("session", "subscription", "message"):
            self._db.execute(f"DELETE FROM {table} WHERE client = ?", [client])  # noqa: S608

    def subscribe(self, client: str, topic_filter: str, qos: int) -> None:
        """Add or change a subscription."""
        self._db.execute(
            "INSERT OR REPLACE INTO subscription VALUES (?, ?, ?)", [client, topic_filter, qos]
        )

    def unsubscribe(self, client: str, topic_filter: str) -> None:
        """Remove a subscription."""
        self._db.execute(
            "DELETE FROM subscription WHERE client = ? AND filter = ?", [client, topic_filter]
        )

    def subscriptions(self) -> list[tuple[str, str, int]]:
        """Return every (client, filter, QoS)."""
        return self._db.execute("SELECT client, filter, qos FROM subscription").fetchall()

    def put(self, client: str, message: Message) -> None:
        """Keep a QoS-1 message until `client` has acknowledged it."""
        self._db.execute(
            "INSERT INTO message (client, topic, payload, retain) VALUES (?, ?, ?, ?)",
            [client, message.topic, message.payload, message.retain],
        )

    def waiting(self, client: str, after: int, limit: int) -> list[tuple[int, Message]]:
        """Return the oldest messages for `client` whose number is above `after`."""
        rows = self._db.execute(
            "SELECT id, topic, payload, retain FROM message WHERE client = ? AND id > ? "
            "ORDER BY id LIMIT ?",
            [client, after, limit],
        )
        return [
            (number, Message(topic, payload, 1, bool(kept)))
            for number, topic, payload, kept in rows
        ]

    def delivered(self, number: int) -> None:
        """Let go of an acknowledged message."""
        self._db.execute("DELETE FROM message WHERE id = ?", [number])

    def retain(self, message: Message) -> None:
        """Keep the last message of a topic for later subscribers; an empty one clears it."""
        self._db.execute("DELETE FROM retained WHERE topic = ?", [message.topic])
        if message.payload:
            self._db.execute(
                "INSERT INTO retained VALUES (?, ?, ?)",
                [message.topic, message.payload, message.qos],
            )

    def retained(self) -> list[Message]:
        """Return the last message of each topic that has one."""
        rows = self._db.execute("SELECT topic, payload, qos FROM retained").fetchall()
        return [Message(topic, payload, qos, retain=True) for topic, payload, qos in rows]
