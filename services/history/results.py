"""Forecasts, plans, ledger entries, incidents and dead letters as rows of `result`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from google.protobuf.json_format import MessageToDict
from psycopg.types.json import Jsonb

from services.runtime.database import Connection
from services.runtime.received import Received
from services.runtime.topics import DEAD_LETTERS, ENTRIES, FORECASTS, INCIDENTS, PLANS, Topic


@dataclass(frozen=True, slots=True)
class Kept:
    """How messages of one topic are named and dated."""

    topic: Topic
    id_of: Callable[[Any], str]
    time_of: Callable[[Any], Any]
    park_of: Callable[[Any], str] = lambda message: str(message.park_id)


KEPT = {
    kept.topic.name: kept
    for kept in (
        Kept(FORECASTS, lambda m: m.issue_time.ToJsonString(), lambda m: m.issue_time),
        Kept(PLANS, lambda m: m.plan_id, lambda m: m.issue_time),
        Kept(ENTRIES, lambda m: m.posting_id, lambda m: m.interval.start),
        Kept(INCIDENTS, lambda m: f"{m.incident_id}/{m.revision}", lambda m: m.raised_at),
        Kept(DEAD_LETTERS, lambda m: m.dead_letter_id, lambda m: m.arrival_time, lambda m: ""),
    )
}
_INSERT = """
    INSERT INTO result (topic, id, park_id, event_time, body) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (topic, id) DO NOTHING
"""


async def write_results(connection: Connection, messages: list[Received[Any]]) -> None:
    """Write messages of the kept topics; a repeated one changes nothing."""
    rows = [_row(KEPT[received.topic], received.message) for received in messages]
    async with connection.cursor() as cursor:
        await cursor.executemany(_INSERT, rows)


def _row(kept: Kept, message: Any) -> tuple[Any, ...]:
    body = MessageToDict(message, preserving_proto_field_name=True)
    when = kept.time_of(message).ToDatetime(tzinfo=UTC)
    park_id = kept.park_of(message)
    identity = kept.id_of(message)
    scoped = identity if identity.startswith(park_id) or not park_id else f"{park_id}/{identity}"
    return kept.topic.name, scoped, park_id, when, Jsonb(body)
