"""Each enterprise sees its own and nothing else; together they see the park, to the nanogram."""

import random
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from parkflow.carbon.v1 import carbon_service_pb2 as carbon
from parkflow.carbon.v1 import certificate_pb2 as certificate
from parkflow.carbon.v1 import chain_pb2 as chain
from parkflow.carbon.v1 import matching_pb2 as matching
from parkflow.carbon.v1 import quality_pb2 as quality
from parkflow.carbon.v1 import report_pb2 as report
from parkflow.carbon.v1 import total_pb2 as wire
from parkflow.carbon.v1.carbon_service_pb2_grpc import (
    CarbonServiceServicer,
    CarbonServiceStub,
    add_CarbonServiceServicer_to_server,
)
from services.carbon_accounting.rpc.access import Guarded
from services.runtime.grpc_server import GrpcServer
from tests.support.live_books import LiveBooks, ng_of, write
from tests.support.live_service import (
    CALL_S,
    SERVICE,
    Running,
    a_site,
    as_caller,
    serving,
    settings,
)
from tests.support.random_books import random_books

CERTIFICATES = (
    "certificate,instrument,technology,device,market,produced_from,produced_to,issued_at,quantity,"
    "unit,emission_kg_per_kwh,state,owner,beneficiary,cancelled_at,trust,claim"
)
OFFSET = "GEC,wind,farm,CN,2024-03,,2024-04-15,1,MWh,0,cancelled,trader,{},2024-04-20,V2,CCER"
MONTHS = {"park_id": "mill", "first_day": "2024-04-01", "last_day": "2024-06-30"}


class Answers(CarbonServiceServicer):
    """A service that knows nothing of enterprises."""

    async def GetSummary(  # noqa: N802
        self, request: Any, context: Any
    ) -> carbon.GetSummaryResponse:
        return carbon.GetSummaryResponse()


@pytest.fixture
async def running(empty_books: str, tmp_path: Path, secrets: Path) -> AsyncIterator[Running]:
    async with serving(empty_books, tmp_path, secrets=secrets) as found:
        yield found


async def kept(running: Running, books: LiveBooks) -> None:
    async with running.database.transaction() as connection:
        await write(connection, books)


async def totals(stub: Any, **more: Any) -> list[wire.Total]:
    request = wire.ListTotalsRequest(**(MONTHS | more))
    return list((await stub.ListTotals(request, timeout=CALL_S)).totals)


def sums(totals: list[wire.Total]) -> dict[tuple[Any, ...], int]:
    found: dict[tuple[Any, ...], int] = defaultdict(int)
    for one in totals:
        found[one.ledger, one.period, one.counted, one.unit] += ng_of(one.emissions)
    return found


def error_info(refused: grpc.RpcError) -> error_details_pb2.ErrorInfo:
    info = error_details_pb2.ErrorInfo()
    assert rpc_status.from_call(refused).details[0].Unpack(info)
    return info


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_what_enterprises_and_the_park_see_is_all_there_is(
    running: Running, secrets: Path, seed: int
) -> None:
    books = random_books(random.Random(seed))
    await kept(running, books)

    seen: dict[tuple[Any, ...], int] = defaultdict(int)
    for name in ("a", "b", "park"):
        async with as_caller(running, secrets, f"enterprise/{name}") as stub:
            own = await totals(stub)
            assert {one.enterprise for one in own} <= {name}
            for key, ng in sums(own).items():
                seen[key] += ng

    whole = await totals(running.stub)
    assert seen == sums(whole)
    assert len({one.enterprise for one in whole}) == 3
    counted = {(k[0], k[1]): ng for k, ng in sums(whole).items() if k[2]}
    assert counted == {(int(k[0]), k[1]): ng for k, ng in books.emissions_ng().items()}


async def test_an_enterprise_that_asks_for_another_is_refused(
    running: Running, secrets: Path
) -> None:
    async with as_caller(running, secrets, "enterprise/a") as stub:
        assert await totals(stub, enterprise="a") == []
        for other in ("b", "park", "nobody"):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await totals(stub, enterprise=other)

            assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
            assert error_info(refused.value).reason == "NOT_YOURS"
            assert "own books only" in str(refused.value.details())
            assert "Bakery" not in str(refused.value.details())


async def test_a_name_that_is_nearly_an_enterprises_is_nobodys(
    running: Running, secrets: Path
) -> None:
    for name in ("enterprise/", "enterprise/c", "Enterprise/a", "enterprise/ a"):
        async with as_caller(running, secrets, name) as stub:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await totals(stub)

        assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
        assert error_info(refused.value).reason == "NO_SUCH_ENTERPRISE"


async def test_a_certificate_without_a_name_is_refused(running: Running, secrets: Path) -> None:
    async with as_caller(running, secrets, "") as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await totals(stub)

    assert error_info(refused.value).reason == "CALLER_UNKNOWN"


async def test_a_call_that_shows_the_whole_park_is_for_operators(
    running: Running, secrets: Path
) -> None:
    async with as_caller(running, secrets, "enterprise/a") as stub:
        with pytest.raises(grpc.aio.AioRpcError) as one:
            await stub.GetSummary(carbon.GetSummaryRequest(park_id="mill"), timeout=CALL_S)
        with pytest.raises(grpc.aio.AioRpcError) as many:
            await stub.WatchSummary(
                carbon.WatchSummaryRequest(park_id="mill"), timeout=CALL_S
            ).read()

    for refused in (one, many):
        assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
        assert error_info(refused.value).reason == "OPERATORS_ONLY"


def a_report(kind: int, enterprise: str = "") -> report.MakeReportRequest:
    return report.MakeReportRequest(
        park_id="mill",
        kind=kind,
        month="2024-05",
        enterprise=enterprise,
        language="en",
        format=report.REPORT_FORMAT_PDF,
    )


@pytest.mark.parametrize(
    ("caller", "asked", "reason"),
    [
        ("a", a_report(report.REPORT_KIND_MONTHLY), "OPERATORS_ONLY"),
        ("a", a_report(report.REPORT_KIND_EVIDENCE), "OPERATORS_ONLY"),
        ("a", a_report(report.REPORT_KIND_INVENTORY, "b"), "NOT_YOURS"),
        ("a", a_report(report.REPORT_KIND_INVENTORY), "NOT_YOURS"),
        ("park", a_report(report.REPORT_KIND_INVENTORY, "park"), "OPERATORS_ONLY"),
    ],
)
async def test_an_enterprise_may_have_no_report_but_its_own_inventory(
    running: Running, secrets: Path, caller: str, asked: report.MakeReportRequest, reason: str
) -> None:
    async with as_caller(running, secrets, f"enterprise/{caller}") as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.MakeReport(asked, timeout=CALL_S).read()

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert error_info(refused.value).reason == reason


async def test_an_enterprise_reaches_its_own_inventory(running: Running, secrets: Path) -> None:
    mine = a_report(report.REPORT_KIND_INVENTORY, "a")
    async with as_caller(running, secrets, "enterprise/a") as stub:
        with pytest.raises(grpc.aio.AioRpcError) as nothing_booked:
            await stub.MakeReport(mine, timeout=CALL_S).read()

    assert nothing_booked.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_an_enterprise_is_told_how_well_it_is_matched_and_nobody_else(
    running: Running, secrets: Path
) -> None:
    request = matching.GetMatchingRequest(park_id="mill")
    request.interval.start.FromDatetime(datetime(2024, 5, 1, tzinfo=UTC))
    request.interval.end.FromDatetime(datetime(2024, 5, 2, tzinfo=UTC))
    async with as_caller(running, secrets, "enterprise/a") as stub:
        own = await stub.GetMatching(request, timeout=CALL_S)
        request.enterprise = "b"
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.GetMatching(request, timeout=CALL_S)

    assert {one.enterprise for one in own.enterprises} <= {"a"}
    assert not own.park_scores
    assert error_info(refused.value).reason == "NOT_YOURS"


async def test_an_enterprise_sees_how_its_own_claims_stand_and_no_other(
    running: Running, secrets: Path
) -> None:
    rows = [f"{one}1,{OFFSET.format(one)}" for one in ("a", "b")]
    content = "\n".join([CERTIFICATES, *rows])
    file = certificate.ImportCertificatesRequest(park_id="mill", content=content)
    await running.stub.ImportCertificates(file, timeout=CALL_S)
    request = quality.ListClaimQualityRequest(park_id="mill")
    async with as_caller(running, secrets, "enterprise/a") as stub:
        own = await stub.ListClaimQuality(request, timeout=CALL_S)
        request.claimant = "b"
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.ListClaimQuality(request, timeout=CALL_S)
    whole = await running.stub.ListClaimQuality(
        quality.ListClaimQualityRequest(park_id="mill"), timeout=CALL_S
    )

    assert [one.claim.claimant for one in own.claims] == ["a"]
    assert "b1" not in str(own)
    assert error_info(refused.value).reason == "NOT_YOURS"
    assert [one.claim.claimant for one in whole.claims] == ["a", "b"]


async def test_other_services_are_closed_to_enterprises(
    running: Running, secrets: Path, tmp_path: Path
) -> None:
    server = GrpcServer(settings(secrets, "history"))
    server.add(add_CarbonServiceServicer_to_server, Answers(), SERVICE)
    await server.start()
    other = replace(running, server=server)
    asked = carbon.GetSummaryRequest(park_id="mill")
    for name in ("enterprise/a", "ENTERPRISE/a"):
        async with as_caller(other, secrets, name) as stub:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await stub.GetSummary(asked, timeout=CALL_S)
        assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
        assert error_info(refused.value).reason == "OPERATORS_ONLY"
    async with as_caller(other, secrets, "console-of-b") as stub:
        assert await stub.GetSummary(asked, timeout=CALL_S) == carbon.GetSummaryResponse()
    await server.stop()


async def test_a_call_that_is_not_built_says_so() -> None:
    server = GrpcServer(settings(None, "history"))
    server.add(add_CarbonServiceServicer_to_server, Answers(), SERVICE)
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await CarbonServiceStub(channel).GetChain(
                chain.GetChainRequest(park_id="mill"), timeout=CALL_S
            )
    await server.stop()

    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert "GetChain is not built yet" in str(refused.value.details())


def test_every_call_of_the_service_can_be_registered_guarded(tmp_path: Path) -> None:
    guarded = Guarded(CarbonServiceServicer(), a_site(tmp_path))
    service = carbon.DESCRIPTOR.services_by_name["CarbonService"]

    assert service.methods
    assert all(callable(getattr(guarded, method.name)) for method in service.methods)
