"""The `helm test`: every service says SERVING, and what is pushed can be read back."""

import os
import sys
import time
import uuid

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from parkflow.history.v1.history_service_pb2 import GetLatestRequest
from parkflow.history.v1.history_service_pb2_grpc import HistoryServiceStub
from parkflow.telemetry.v1.telemetry_service_pb2 import PushedReading, PushRequest
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import TelemetryServiceStub
from services.runtime.clock import ParkClock

CALL_S = 10.0
READ_BACK_S = 60.0


def channel_to(service: str) -> grpc.Channel:
    """Return a mutual-TLS channel to a service."""
    files = [os.environ[f"PARKFLOW_TLS_{part}"] for part in ("CA", "KEY", "CERT")]
    ca, key, certificate = (open(file, "rb").read() for file in files)
    credentials = grpc.ssl_channel_credentials(ca, key, certificate)
    return grpc.secure_channel(os.environ[f"PARKFLOW_{service.upper()}_ADDRESS"], credentials)


def answers(service: str) -> bool:
    """Whether the service says SERVING within ten seconds."""
    stub = health_pb2_grpc.HealthStub(channel_to(service))
    try:
        reply = stub.Check(health_pb2.HealthCheckRequest(), timeout=CALL_S, wait_for_ready=True)
    except grpc.RpcError as error:
        sys.stdout.write(f"{service}: {error.code().name} {error.details()}\n")
        return False
    state = health_pb2.HealthCheckResponse.ServingStatus.Name(reply.status)
    sys.stdout.write(f"{service}: {state}\n")
    return bool(reply.status == health_pb2.HealthCheckResponse.SERVING)


def latest_value(park: str, point: str) -> float | None:
    """Return the newest believed value of a point; None where there is none."""
    request = GetLatestRequest(park_id=park, point_ids=[point] if point else [])
    reply = HistoryServiceStub(channel_to("history")).GetLatest(request, timeout=CALL_S)
    return reply.readings[0].value if reply.readings else None


def push_and_read_back(park: str) -> bool:
    """Whether a reading that was pushed comes out of history within a minute."""
    point, value = os.environ["TEST_POINT"], float(os.environ["TEST_VALUE"])
    reading = PushedReading(point_id=point, value=value)
    reading.event_time.FromDatetime(ParkClock.parse(os.environ["PARKFLOW_CLOCK"]).now())
    request = PushRequest(
        park_id=park,
        source_id=os.environ["TEST_SOURCE"],
        idempotency_key=f"helm-test-{uuid.uuid4()}",
        readings=[reading],
    )
    reply = TelemetryServiceStub(channel_to("ingest")).Push(iter([request]), timeout=CALL_S)
    if reply.believed_count + reply.suspect_count != 1:
        sys.stdout.write(f"the pushed reading was not believed: {reply}\n")
        return False
    began = time.monotonic()
    while time.monotonic() - began < READ_BACK_S:
        if latest_value(park, point) == value:
            sys.stdout.write(f"read {point} = {value} back\n")
            return True
        time.sleep(1)
    sys.stdout.write(f"{point} = {value} did not come back within {READ_BACK_S:.0f} s\n")
    return False


def main() -> int:
    """Ask every service that has an address; push only when told to."""
    names = [
        name.removeprefix("PARKFLOW_").removesuffix("_ADDRESS").lower()
        for name in os.environ
        if name.startswith("PARKFLOW_") and name.endswith("_ADDRESS")
    ]
    good = all([answers(name) for name in sorted(names)])
    if park := os.environ.get("TEST_PARK"):
        latest_value(park, "")  # raises when history cannot answer
        if os.environ.get("TEST_POINT"):
            good = push_and_read_back(park) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
