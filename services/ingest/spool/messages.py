"""How the disk buffer stands, for the wire."""

from typing import Any

from parkflow.telemetry.v1.telemetry_service_pb2 import GetSpoolResponse
from services.ingest.spool.shelf import Shelf


def spool_message(shelf: Shelf | None) -> GetSpoolResponse:
    """Return how the disk buffer stands; None: there is none."""
    if shelf is None:
        return GetSpoolResponse(enabled=False)
    policy: Any = f"SPOOL_POLICY_{shelf.rules.policy.name}"
    return GetSpoolResponse(
        enabled=True,
        policy=policy,
        frame_count=shelf.frames,
        stored_bytes=shelf.size_bytes,
        limit_bytes=shelf.limit_bytes,
        oldest_age_seconds=shelf.oldest_age.total_seconds(),
        longest_age_seconds=shelf.rules.longest_age.total_seconds(),
        dropped_frame_count=shelf.dropped_frames,
    )
