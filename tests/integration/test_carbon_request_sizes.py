"""What a request of CarbonService may weigh: the largest right one passes, more does not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc
import pytest

from parkflow.carbon.v1 import certificate_pb2, factor_pb2, indicator_pb2, matching_pb2
from parkflow.carbon.v1.carbon_service_pb2_grpc import (
    CarbonServiceServicer,
    CarbonServiceStub,
    add_CarbonServiceServicer_to_server,
)
from services.carbon_accounting.settings import Settings
from services.runtime.grpc_server import GrpcServer
from tests.support.builders import DEMO_PARK_FILE
from tests.support.patience import CALL_S

LIMIT = Settings.largest_request_bytes
HOURS, OFFERS = 800 * 24, 50
TEN_GWH = 10**10


@pytest.fixture
async def stub() -> AsyncIterator[CarbonServiceStub]:
    """A border with nothing behind it: what passes is answered UNIMPLEMENTED."""
    settings = Settings(park=DEMO_PARK_FILE, database_url="postgresql://nowhere", grpc_port=0)
    server = GrpcServer(settings)
    server.add(add_CarbonServiceServicer_to_server, CarbonServiceServicer(), "CarbonService")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield CarbonServiceStub(channel)
    await server.stop()


async def code_of(call: object) -> grpc.StatusCode:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call  # type: ignore[misc]
    return refused.value.code()


async def test_the_largest_requests_that_are_right_pass(stub: CarbonServiceStub) -> None:
    purchase = matching_pb2.ProposePurchaseRequest(park_id="demo-park", target_share=0.9)
    for number in range(OFFERS):
        purchase.offers.add(name=f"offer {number}", profile_wh=[TEN_GWH] * HOURS)
    made = indicator_pb2.PutProductionRequest(park_id="demo-park", user="li.wei")
    for number in range(10_000):
        made.amounts.add(product="steel-bar", period="2026-01-31", amount=f"{number}.25", unit="t")
    factors = factor_pb2.PutFactorsRequest(content="x" * 1024 * 1024)
    certificates = certificate_pb2.ImportCertificatesRequest(content="x" * 200 * 20_000)

    codes = [
        await code_of(stub.ProposePurchase(purchase, timeout=CALL_S)),
        await code_of(stub.PutProduction(made, timeout=CALL_S)),
        await code_of(stub.PutFactors(factors, timeout=CALL_S)),
        await code_of(stub.ImportCertificates(certificates, timeout=CALL_S)),
    ]

    assert 0.7 * LIMIT < purchase.ByteSize() < LIMIT
    assert codes == [grpc.StatusCode.UNIMPLEMENTED] * 4


async def test_a_request_of_millions_of_empty_offers_is_not_read(stub: CarbonServiceStub) -> None:
    request = matching_pb2.ProposePurchaseRequest(park_id="demo-park")
    request.MergeFromString(b"\x2a\x00" * 5_000_000)

    assert request.ByteSize() > LIMIT
    assert await code_of(stub.ProposePurchase(request, timeout=CALL_S)) is (
        grpc.StatusCode.RESOURCE_EXHAUSTED
    )


async def test_more_elements_than_any_call_takes_are_refused_unseen(
    stub: CarbonServiceStub,
) -> None:
    request = matching_pb2.ProposePurchaseRequest(park_id="demo-park")
    request.MergeFromString(b"\x2a\x00" * 1_000_000)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.ProposePurchase(request, timeout=CALL_S)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "offers: has 1000000 elements; give 100000 at most" in refused.value.details()
