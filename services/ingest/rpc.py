"""TelemetryService: readings in, live readings out."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from parkflow.telemetry.v1.telemetry_service_pb2 import (
    Doubted,
    GetSpoolRequest,
    GetSpoolResponse,
    ListSourcesRequest,
    ListSourcesResponse,
    PushRequest,
    PushResponse,
    WatchRequest,
    WatchResponse,
)
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import TelemetryServiceServicer
from services.energy.site import Park
from services.ingest.adapters.connection import Connection
from services.ingest.domain.batch import Batch
from services.ingest.intake import Intake, content_of
from services.ingest.live import Live
from services.ingest.messages import connection_message, doubted_from, reading_message
from services.ingest.pacing import Pace
from services.ingest.pushed import batch_from
from services.ingest.spool.messages import spool_message
from services.ingest.spool.shelf import Shelf
from services.runtime import metrics
from services.runtime.deadline import before_deadline
from services.runtime.refusals import FieldMistake, InvalidFields, check_park, invalid_field
from services.runtime.telemetry import record

SERVICE_NAME = "parkflow.telemetry.v1.TelemetryService"
MOST_DOUBTED = 100
KEYS_REMEMBERED, DOUBTED_REMEMBERED = 20_000, 20_000


@dataclass(frozen=True, slots=True)
class Stored:
    """What could be told of one batch once Kafka had it."""

    content: bytes
    believed: int
    rejected: int
    doubted: list[Doubted] = field(default_factory=list)


class PushDesk:
    """Stores each idempotency key once; remembers the newest, as many as memory allows.

    A key that was forgotten (or a restart) publishes the batch again under the same frame id: its
    readings are duplicates then, which validation finds. No row is stored twice.
    """

    def __init__(self, intake: Intake, pace: Pace) -> None:
        self._intake, self._pace = intake, pace
        self._stored: OrderedDict[tuple[str, str], Stored] = OrderedDict()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._doubted = 0  # entries of all that is remembered

    async def store(self, batch: Batch, key: str, place: str) -> tuple[Stored, bool]:
        """Return what became of the batch and whether its key had been seen before."""
        turn = self._turns.setdefault(batch.source_id, asyncio.Lock())
        async with turn:
            content, name = content_of(batch), (batch.source_id, key)
            known = self._stored.get(name)
            if known is not None:
                if known.content != content:
                    raise invalid_field(
                        f"{place}.idempotency_key",
                        f"{key!r} was used before with other readings; choose a new key",
                    )
                return known, True
            stored = await self._store(batch, key, content)
            self._stored[name] = stored
            self._forget_the_oldest(len(stored.doubted))
            return stored, False

    def _forget_the_oldest(self, doubted: int) -> None:
        """Keep within memory what is told of batches: a sender may be wrong in every reading."""
        self._doubted += doubted
        while len(self._stored) > KEYS_REMEMBERED or self._doubted > DOUBTED_REMEMBERED:
            _, forgotten = self._stored.popitem(last=False)
            self._doubted -= len(forgotten.doubted)

    async def _store(self, batch: Batch, key: str, content: bytes) -> Stored:
        await self._pace.wait(batch)
        parts = await self._intake.take(batch, f"push|{key}")
        rejected = sum(int(np.count_nonzero(part.doubt)) for part in parts)
        doubted = [entry for part in parts for entry in doubted_from(part, MOST_DOUBTED)]
        return Stored(content, len(batch) - rejected, rejected, doubted[:MOST_DOUBTED])


class TelemetryRpc(TelemetryServiceServicer):
    """Push, Watch, the disk buffer and the connections of one park."""

    def __init__(
        self,
        park: Park,
        intake: Intake,
        live: Live,
        pace: Pace,
        shelf: Shelf | None = None,
        connections: Sequence[Connection] = (),
    ) -> None:
        self._park, self._live, self._shelf = park, live, shelf
        self._connections = connections
        self._desk = PushDesk(intake, pace)
        self._point_ids = park.readable_ids
        self._watchers = 0

    async def Push(  # noqa: N802
        self, requests: AsyncIterator[PushRequest], context: Any
    ) -> PushResponse:
        """Hand every batch to Kafka; batches before a refused one stay there."""
        response = PushResponse()
        number = 0
        async for request in requests:
            place = f"requests[{number}]"
            batch = batch_from(request, self._park.id, place)
            stored, repeated = await before_deadline(
                context, self._desk.store(batch, request.idempotency_key, place)
            )
            response.believed_count += stored.believed
            response.rejected_count += stored.rejected
            response.doubted.extend(stored.doubted[: MOST_DOUBTED - len(response.doubted)])
            response.repeated_batch_count += repeated
            number += 1
        return response

    async def Watch(self, request: WatchRequest, _: Any) -> AsyncIterator[WatchResponse]:  # noqa: N802
        """Send the newest believed reading of each point, then everything that is judged."""
        wanted = self._wanted(request)
        self._count_watchers(+1)
        try:
            with self._live.watch(wanted) as (newest, watcher):
                yield WatchResponse(snapshot=True, readings=map(reading_message, newest))
                while True:
                    readings, dropped = await watcher.burst()
                    yield WatchResponse(
                        readings=map(reading_message, readings), dropped_count=dropped
                    )
        finally:
            self._count_watchers(-1)

    async def GetSpool(self, request: GetSpoolRequest, _: Any) -> GetSpoolResponse:  # noqa: N802
        """Return what waits on disk."""
        check_park(request.park_id, self._park.id)
        return spool_message(self._shelf)

    async def ListSources(self, request: ListSourcesRequest, _: Any) -> ListSourcesResponse:  # noqa: N802
        """Return which sources are connected."""
        check_park(request.park_id, self._park.id)
        protocol_of = {source.id: source.protocol for source in self._park.sources}
        return ListSourcesResponse(
            sources=[
                connection_message(connection, protocol_of[connection.source_id])
                for connection in self._connections
            ]
        )

    def _wanted(self, request: WatchRequest) -> frozenset[str]:
        check_park(request.park_id, self._park.id)
        mistakes = [
            FieldMistake(f"point_ids[{number}]", f"the park has no point {name[:128]!r}")
            for number, name in enumerate(request.point_ids)
            if name not in self._point_ids
        ]
        if mistakes:
            raise InvalidFields(mistakes[:MOST_DOUBTED])
        return frozenset(request.point_ids)

    def _count_watchers(self, change: int) -> None:
        self._watchers += change
        record(metrics.WATCHERS, self._watchers, method="Watch")
