"""History before the story: quarter-hourly readings of the recorded meters, pushed once."""

from collections.abc import Iterator
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from parkflow.telemetry.v1.telemetry_service_pb2 import PushedReading, PushRequest, PushResponse
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import TelemetryServiceStub
from services.runtime.patience import patiently
from services.runtime.telemetry import log_for
from services.simulator.domain.recorded import QUARTER_S
from services.simulator.domain.samples import Values, recorded_values
from services.simulator.domain.world import World

DAY_S = 86_400
SOURCE = "backfill"
CALL_S = 60.0
log = log_for(__name__)

Chunk = dict[str, list[tuple[int, Values]]]


def history(world: World, start_s: int, end_s: int) -> Chunk:
    """Return what the recorded meters showed at the quarters of [start_s, end_s), by device."""
    chunk: Chunk = {}
    for at_s in range(start_s, end_s, QUARTER_S):
        for device_id, values in recorded_values(world, at_s).items():
            chunk.setdefault(device_id, []).append((at_s, values))
    return chunk


def requests(park_id: str, chunk: Chunk) -> Iterator[PushRequest]:
    """Yield one batch a device; its idempotency key is `backfill/<device>/<first second>`."""
    for device_id, shown in chunk.items():
        yield PushRequest(
            park_id=park_id,
            source_id=SOURCE,
            idempotency_key=f"{SOURCE}/{device_id}/{shown[0][0]}",
            readings=[
                PushedReading(
                    point_id=f"{device_id}.{quantity}",
                    event_time=Timestamp(seconds=at_s),
                    value=float(value),
                )
                for at_s, values in shown
                for quantity, value in values.items()
            ],
        )


async def push_history(
    world: World, stub: TelemetryServiceStub, *, story_start_s: int, days: int
) -> int:
    """Push the days before the story, day by day, as long as it takes; return how many readings."""
    end_s = story_start_s - story_start_s % QUARTER_S
    first_s = max(end_s - days * DAY_S, world.recordings.start_s)
    pushed = 0
    for start_s in range(first_s, end_s, DAY_S):
        chunk = history(world, start_s, min(start_s + DAY_S, end_s))
        answer = await patiently(lambda chunk=chunk: _push(world, stub, chunk), "ingest")  # type: ignore[misc]
        pushed += sum(len(values) for shown in chunk.values() for _, values in shown)
        log.info(
            "backfill",
            day=datetime.fromtimestamp(start_s, UTC).date().isoformat(),
            readings=pushed,
            believed=answer.believed_count,
            rejected=answer.rejected_count,
            left_days=(end_s - start_s) // DAY_S - 1,
        )
    return pushed


async def _push(world: World, stub: TelemetryServiceStub, chunk: Chunk) -> PushResponse:
    answer: PushResponse = await stub.Push(requests(world.park.id, chunk), timeout=CALL_S)
    return answer
