"""Push a reading and read it back: what an integrator's first program looks like.

Run it while `make demo` runs: `.venv/bin/python docs/examples/push_and_read.py`
"""

import os
import time
from datetime import datetime, timedelta
from uuid import uuid4

import grpc

from parkflow.history.v1.history_service_pb2 import GetLatestRequest, GetRangeRequest
from parkflow.history.v1.history_service_pb2_grpc import HistoryServiceStub
from parkflow.telemetry.v1.telemetry_service_pb2 import PushRequest
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import TelemetryServiceStub

PARK, POINT = "demo-park", "weather.temperature_c"
INGEST = os.environ.get("PARKFLOW_INGEST_ADDRESS", "127.0.0.1:7101")
HISTORY = os.environ.get("PARKFLOW_HISTORY_ADDRESS", "127.0.0.1:7102")


def latest(channel: grpc.Channel) -> datetime:
    """Return the event time of the newest reading of the point."""
    request = GetLatestRequest(park_id=PARK, point_ids=[POINT])
    (reading,) = HistoryServiceStub(channel).GetLatest(request, timeout=5).readings
    print(f"history has {reading.value} at {reading.event_time.ToJsonString()}")
    return reading.event_time.ToDatetime()


def push(channel: grpc.Channel, value: float, event_time: datetime) -> None:
    """Push one reading; the answer comes after Kafka has it."""
    request = PushRequest(park_id=PARK, source_id="example", idempotency_key=str(uuid4()))
    reading = request.readings.add(point_id=POINT, value=value)
    reading.event_time.FromDatetime(event_time)
    answer = TelemetryServiceStub(channel).Push(iter([request]), timeout=10)
    print(f"believed {answer.believed_count}, rejected {answer.rejected_count}")
    for doubted in answer.doubted:
        print(f"  {doubted.point_id}: {doubted.detail}")


def read_back(channel: grpc.Channel, event_time: datetime) -> None:
    """Print what history has of one moment, once it has something: usually within a second."""
    request = GetRangeRequest(park_id=PARK, point_ids=[POINT])
    request.interval.start.FromDatetime(event_time)
    request.interval.end.FromDatetime(event_time + timedelta(seconds=1))
    while not (readings := HistoryServiceStub(channel).GetRange(request, timeout=5).readings):
        time.sleep(0.2)
    for reading in readings:
        print(f"history has {reading.value} at {reading.event_time.ToJsonString()}")


if __name__ == "__main__":
    with grpc.insecure_channel(HISTORY) as history, grpc.insecure_channel(INGEST) as ingest:
        newest = latest(history)
        push(ingest, 21.5, newest + timedelta(seconds=1))
        push(ingest, 2150.0, newest + timedelta(seconds=2))  # rejected: out of range
        read_back(history, newest + timedelta(seconds=1))
