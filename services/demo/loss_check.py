"""Proof that nothing was lost: what the devices published against what history holds."""

import csv
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc

from parkflow.history.v1 import history_service_pb2 as wire
from parkflow.history.v1.history_service_pb2_grpc import HistoryServiceStub
from parkflow.telemetry.v1.reading_pb2 import VERDICT_REJECTED, Reading

CALL_S = 30.0
PAGE = 50_000
MOMENT = timedelta(microseconds=1)
POINTS_A_CALL = 200
Key = tuple[str, datetime]


@dataclass(frozen=True)
class Losses:
    """What differs between the devices' journal and history."""

    published: int
    missing: tuple[Key, ...]
    different: tuple[Key, ...]

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        return bool(self.missing or self.different)


def journal_of(path: Path, until: datetime) -> dict[Key, float]:
    """Return what the devices published with event times before `until`."""
    published: dict[Key, float] = {}
    with path.open(newline="", encoding="utf-8") as file:
        whole = (line for line in file if line.endswith("\n"))  # the last may be half written
        for row in csv.reader(whole):
            if len(row) != 4 or row[0] == "device":
                continue  # a header, or the line at which a simulator was killed
            event_time = datetime.fromisoformat(row[2]).astimezone(UTC)
            if event_time < until:
                published[f"{row[0]}.{row[1]}", event_time] = float(row[3])
    return published


def losses(address: str, park_id: str, published: dict[Key, float]) -> Losses:
    """Compare `published` with what HistoryService returns, rejected readings included."""
    held = _held(address, park_id, published)
    missing = sorted(key for key in published if key not in held)
    different = sorted(
        key for key, value in published.items() if key in held and held[key] != value
    )
    return Losses(len(published), tuple(missing), tuple(different))


def losses_when_settled(
    address: str, park_id: str, published: dict[Key, float], patience_s: float
) -> Losses:
    """Compare again until nothing is missing or patience is over: history may still be writing."""
    deadline = time.monotonic() + patience_s
    while (found := losses(address, park_id, published)).any and time.monotonic() < deadline:
        time.sleep(0.5)
    return found


def _held(address: str, park_id: str, published: dict[Key, float]) -> dict[Key, float]:
    if not published:
        return {}
    times = defaultdict(list)
    for point, event_time in published:
        times[point].append(event_time)
    first = min(min(own) for own in times.values())
    last = max(max(own) for own in times.values())
    held: dict[Key, float] = {}
    options = [("grpc.max_receive_message_length", 64 * 1024 * 1024)]
    with grpc.insecure_channel(address, options=options) as channel:
        stub = HistoryServiceStub(channel)
        points = sorted(times)
        for place in range(0, len(points), POINTS_A_CALL):
            for reading in _pages(
                stub, park_id, points[place : place + POINTS_A_CALL], first, last
            ):
                if reading.verdict != VERDICT_REJECTED:
                    key = (reading.point_id, reading.event_time.ToDatetime(UTC))
                    held[key] = reading.value
    return held


def _pages(
    stub: HistoryServiceStub, park_id: str, points: list[str], first: datetime, last: datetime
) -> list[Reading]:
    request = wire.GetRangeRequest(park_id=park_id, point_ids=points, page_size=PAGE)
    request.interval.start.FromDatetime(first)
    request.interval.end.FromDatetime(last + MOMENT)
    readings: list[Reading] = []
    while True:
        try:
            page = stub.GetRange(request, timeout=CALL_S)
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.NOT_FOUND:
                return []  # a point history has never heard of: all its readings are missing
            raise
        readings.extend(page.readings)
        if not page.next_page_token:
            return readings
        request.page_token = page.next_page_token
