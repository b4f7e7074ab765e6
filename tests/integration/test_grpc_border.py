"""The border of every service: what is served, what is refused and how, deadlines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pool
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2 as reflection
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub

from parkflow.dispatch.v1.dispatch_service_pb2 import GetPlanRequest
from parkflow.dispatch.v1.dispatch_service_pb2_grpc import DispatchServiceStub
from parkflow.history.v1.history_service_pb2 import GetLatestRequest
from parkflow.history.v1.history_service_pb2_grpc import HistoryServiceStub
from tests.support.builders import REPOSITORY
from tests.support.calls import CALL_S, CALLS, SERVED, Call, named_fields, not_found
from tests.support.parks import PARK_ID, RunningPark, a_running_park
from tests.support.patience import quickly_now, until_now
from tests.support.stack import frozen

SERVING = health_pb2.HealthCheckResponse.SERVING
AWAY = (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE)


@pytest.fixture(scope="module")
def park() -> Iterator[RunningPark]:
    with a_running_park(speed=1, sample_period_s=1) as running:
        yield running


@pytest.fixture(scope="module")
def channels(park: RunningPark) -> Iterator[dict[str, grpc.Channel]]:
    opened = {server: grpc.insecure_channel(park.run.ports.address_of(server)) for server in SERVED}
    yield opened
    for channel in opened.values():
        channel.close()


def refusal(call: Call, channel: grpc.Channel, request: Any) -> Any:
    """Return the error a request is answered with."""
    with pytest.raises(grpc.RpcError) as refused:
        next(call.answers(channel, request, CALL_S))
    return refused.value


def test_the_table_of_calls_is_complete() -> None:
    pool = descriptor_pool.Default()
    all_calls = {
        (service, method.name)
        for services in SERVED.values()
        for service in services
        for method in pool.FindServiceByName(service).methods
    }

    assert {(call.service, call.method) for call in CALLS} == all_calls
    protos = (REPOSITORY / "protos" / "parkflow").glob("*/v1/*_service.proto")
    assert len(list(protos)) == sum(len(services) for services in SERVED.values())


@pytest.mark.parametrize("server", sorted(SERVED))
def test_a_server_says_of_itself_and_of_each_service_that_it_serves(
    channels: dict[str, grpc.Channel], server: str
) -> None:
    health = health_pb2_grpc.HealthStub(channels[server])

    for name in ["", *SERVED[server]]:
        answer = health.Check(health_pb2.HealthCheckRequest(service=name), timeout=CALL_S)
        assert answer.status == SERVING
    with pytest.raises(grpc.RpcError) as unknown:
        health.Check(health_pb2.HealthCheckRequest(service="nobody"), timeout=CALL_S)
    assert unknown.value.code() is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("server", sorted(SERVED))
def test_reflection_lists_every_service_and_gives_its_contract(
    channels: dict[str, grpc.Channel], server: str
) -> None:
    stub = ServerReflectionStub(channels[server])
    asked = [
        reflection.ServerReflectionRequest(list_services=""),
        *(
            reflection.ServerReflectionRequest(file_containing_symbol=name)
            for name in sorted(SERVED[server])
        ),
    ]

    listed, *files = list(stub.ServerReflectionInfo(iter(asked), timeout=CALL_S))

    names = {service.name for service in listed.list_services_response.service}
    assert names == SERVED[server] | {
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    }
    assert all(file.file_descriptor_response.file_descriptor_proto for file in files)


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_request_without_a_park_is_told_so(channels: dict[str, grpc.Channel], call: Call) -> None:
    refused = refusal(call, channels[call.server], call.bare(""))

    assert refused.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert call.missing - call.missing_beside_park <= named_fields(refused)


@pytest.mark.parametrize("call", [c for c in CALLS if c.missing_beside_park], ids=str)
def test_a_request_with_nothing_but_a_park_is_told_all_it_lacks(
    channels: dict[str, grpc.Channel], call: Call
) -> None:
    refused = refusal(call, channels[call.server], call.bare(PARK_ID))

    assert refused.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert call.missing_beside_park <= named_fields(refused)


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_an_unknown_park_is_not_found(channels: dict[str, grpc.Channel], call: Call) -> None:
    refused = refusal(call, channels[call.server], call.of_park("elsewhere"))

    assert refused.code() is grpc.StatusCode.NOT_FOUND
    assert not_found(refused) == ("park", "elsewhere")


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_text_with_nul_is_refused_and_no_fault_of_ours(
    channels: dict[str, grpc.Channel], call: Call
) -> None:
    refused = refusal(call, channels[call.server], call.of_park("demo\x00park"))

    assert refused.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND)


def test_an_instant_beyond_the_calendar_is_refused_by_field(
    channels: dict[str, grpc.Channel],
) -> None:
    stub = DispatchServiceStub(channels["dispatch"])

    with pytest.raises(grpc.RpcError) as refused:
        stub.GetPlan(
            GetPlanRequest(park_id=PARK_ID, in_force_at=Timestamp(seconds=10**13)), timeout=CALL_S
        )

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert named_fields(refused.value) == {"in_force_at"}


@pytest.mark.parametrize(
    "path",
    [
        "/parkflow.history.v1.HistoryService/DropAll",
        "/parkflow.dispatch.v1.DispatchService/GetPlan",
    ],
)
def test_what_a_server_does_not_have_is_unimplemented(
    channels: dict[str, grpc.Channel], path: str
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        channels["history"].unary_unary(path)(b"", timeout=CALL_S)

    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_bytes_that_are_no_request_are_refused(channels: dict[str, grpc.Channel]) -> None:
    raw = channels["history"].unary_unary("/parkflow.history.v1.HistoryService/GetLatest")

    with pytest.raises(grpc.RpcError) as refused:
        raw(b"\xff\xff\xff", timeout=CALL_S)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.value.details() == "the request cannot be decoded"


@pytest.mark.parametrize("call", [c for c in CALLS if c.method.startswith("Watch")], ids=str)
def test_a_watch_ends_at_its_deadline(channels: dict[str, grpc.Channel], call: Call) -> None:
    def watched(_: int) -> None:
        with pytest.raises(grpc.RpcError) as ended:
            for _ in call.answers(channels[call.server], call.request, 1.0):
                pass
        assert ended.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED

    quickly_now(watched, 3.0)


def test_a_call_that_waits_for_the_database_ends_at_its_deadline_and_works_afterwards(
    park: RunningPark, channels: dict[str, grpc.Channel]
) -> None:
    stub = HistoryServiceStub(channels["history"])
    request = GetLatestRequest(park_id=PARK_ID)

    def asked_in_vain(_: int) -> None:
        with pytest.raises(grpc.RpcError) as ended:
            stub.GetLatest(request, timeout=1.0)
        assert ended.value.code() in AWAY

    def answered() -> list[Any]:
        try:
            return list(stub.GetLatest(request, timeout=CALL_S).readings)
        except grpc.RpcError as refused:
            if refused.code() in AWAY:
                return []
            raise

    with frozen(park.run.postgres):
        quickly_now(asked_in_vain, 2.0)

    until_now(answered, "history answers again")
