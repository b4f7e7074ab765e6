"""Green-power contracts settled over gRPC from live books in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import grpc
import pytest

from parkflow.carbon.v1 import certificate_pb2 as certificates
from parkflow.carbon.v1 import matching_pb2 as matching
from parkflow.carbon.v1 import settlement_pb2 as wire
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceServicer, CarbonServiceStub
from services.carbon_accounting.live.certificate_desk import CertificateDesk
from services.carbon_accounting.live.consumptions import Consumptions
from services.carbon_accounting.live.matching import MatchingDesk
from services.carbon_accounting.live.settling import SettlingDesk
from services.carbon_accounting.rpc.certificates import CertificatesRpc
from services.carbon_accounting.rpc.matching import MatchingRpc
from services.carbon_accounting.rpc.settlement import SettlementRpc
from services.runtime.database import Database, migrate
from tests.support.calls import violations
from tests.support.live_carbon import NEW_YEAR, Books, a_site, clock_at, rules_of, serving

KWH = 1_000
SUMMER = NEW_YEAR + timedelta(days=180)
HOUR = timedelta(hours=1)
TWO_HOURS = {"start": NEW_YEAR, "end": NEW_YEAR + 2 * HOUR}
YEAR = {"start": NEW_YEAR, "end": NEW_YEAR + timedelta(days=365)}


class _Rpc(CertificatesRpc, MatchingRpc, SettlementRpc, CarbonServiceServicer):
    def __init__(
        self, certificates: CertificateDesk, matching: MatchingDesk, settling: SettlingDesk
    ) -> None:
        self.park_id, self.clock = matching.site.id, clock_at(SUMMER)
        self.certificates, self.matching, self.settling = certificates, matching, settling


class Park:
    """A park with its books and its service."""

    def __init__(self, park_id: str, stub: CarbonServiceStub, books: Books) -> None:
        self.id, self.stub, self.books = park_id, stub, books

    async def settle(
        self, *contracts: wire.GreenPowerContract, **asked: Any
    ) -> wire.SettleContractsResponse:
        said: dict[str, Any] = {"interval": TWO_HOURS, **asked}
        answer: wire.SettleContractsResponse = await self.stub.SettleContracts(
            wire.SettleContractsRequest(park_id=self.id, contracts=contracts, **said)
        )
        return answer

    async def take(self, content: str) -> certificates.ImportCertificatesResponse:
        answer: certificates.ImportCertificatesResponse = await self.stub.ImportCertificates(
            certificates.ImportCertificatesRequest(park_id=self.id, content=content)
        )
        return answer

    async def hourly_wh(self) -> int:
        """What of steel's two hours is matched by the hour."""
        answer = await self.stub.GetMatching(
            matching.GetMatchingRequest(park_id=self.id, enterprise="steel", interval=TWO_HOURS)
        )
        (steel,) = answer.enterprises
        return next(int(one.matched_wh) for one in steel.scores if one.granularity == 3)


@pytest.fixture
async def database(module_database: str) -> AsyncIterator[Database]:
    await migrate("carbon_accounting", module_database)
    found = Database("carbon_accounting", module_database)
    await found.start()
    yield found
    await found.stop()


@asynccontextmanager
async def a_park(database: Database) -> AsyncIterator[Park]:
    """Steel takes 100 kWh in each of the first two hours of 2025, its own wind gives 40 of it."""
    site = a_site(uuid4().hex)
    rules = rules_of(site)
    consumptions = Consumptions(database, rules.factors)
    desk = CertificateDesk(database, site, consumptions, lambda: None)
    rpc = _Rpc(
        desk,
        MatchingDesk(database, site, consumptions),
        SettlingDesk(database, site, consumptions),
    )
    async with serving(rpc) as stub:
        park = Park(site.id, stub, Books(database, rules))
        wind = [10 * KWH] * 8
        await park.books.tell_all(NEW_YEAR, steel=[25 * KWH] * 8, cloth=[0] * 8, wind=wind)
        yield park


def a_contract(**said: Any) -> wire.GreenPowerContract:
    """50 kWh an hour of a wind farm far away, for 300 a MWh, taken or not."""
    usual: dict[str, Any] = {
        "contract": "ridge",
        "device": "farm",
        "technology": "wind",
        "market": "CN",
        "seller": "Ridge Wind",
        "buyer": "steel",
        "price_per_mwh": "300",
        "take_or_pay": True,
        "term": YEAR,
        "agreed_wh": 50 * KWH,
        "emission_ng_per_wh": 0,
        "trust": "V2",
    }
    return wire.GreenPowerContract(**{**usual, **said})


def made(*kwh: int, **said: Any) -> list[wire.DeviceGeneration]:
    return [wire.DeviceGeneration(device="farm", energy_wh=[KWH * one for one in kwh], **said)]


async def test_a_contract_is_settled_and_its_certificates_are_taken_in_once(
    database: Database,
) -> None:
    async with a_park(database) as park:
        found = await park.settle(a_contract(), generation=made(70, 30))

        (month,) = found.months
        assert (month.contract, month.month, month.cost) == ("ridge", "2025-01", "24")
        assert (month.agreed_wh, month.generated_wh) == (100 * KWH, 100 * KWH)
        assert (month.attributes_wh, month.shortfall_wh) == (80 * KWH, 20 * KWH)
        assert (found.certificate_count, found.claimed_wh) == (2, 80 * KWH)
        assert not found.unknown
        before = await park.hourly_wh()
        taken = await park.take(found.content)
        assert (taken.certificate_count, taken.claim_count) == (2, 2)
        assert await park.hourly_wh() - before == 80 * KWH
        again = await park.settle(a_contract(), generation=made(70, 30))
        assert again == found  # what it brought is looked past
        await park.take(found.content)
        assert await park.hourly_wh() - before == 80 * KWH  # the same file changes nothing


async def test_what_is_claimed_already_is_not_claimed_by_a_second_contract(
    database: Database,
) -> None:
    async with a_park(database) as park:
        await park.take((await park.settle(a_contract(), generation=made(50, 50))).content)
        other = a_contract(contract="plain", device="plain", agreed_wh=80 * KWH)
        generation = [wire.DeviceGeneration(device="plain", energy_wh=[80 * KWH] * 2)]

        found = await park.settle(other, generation=generation)

        assert found.claimed_wh == 2 * 50 * KWH  # 100 kWh an hour are used, 50 of it claimed
        assert (await park.take(found.content)).claim_count == 2
        twice = found.content.replace("plain/", "more/")
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await park.take(twice)
        assert "content.line[2].claimed_wh" in {field for field, _ in violations(refused.value)}


async def test_unknown_hours_are_named_and_nothing_is_delivered_or_claimed_in_them(
    database: Database,
) -> None:
    async with a_park(database) as park:
        span = {"start": NEW_YEAR, "end": NEW_YEAR + 3 * HOUR}
        dark = [{"start": NEW_YEAR, "end": NEW_YEAR + HOUR}]

        found = await park.settle(
            a_contract(), interval=span, generation=made(70, 70, 70, unknown=dark)
        )

        (month,) = found.months
        assert (month.attributes_wh, month.unsettled_wh) == (100 * KWH, 50 * KWH)
        assert (month.used_wh, month.use_unknown_wh) == (50 * KWH, 50 * KWH)
        told = [(one.what, one.interval.start.ToDatetime(UTC)) for one in found.unknown]
        assert told == [
            ("generation of farm", NEW_YEAR),
            ("consumption of steel", NEW_YEAR + 2 * HOUR),  # nobody told of the third hour
        ]
        assert (found.certificate_count, found.claimed_wh) == (2, 50 * KWH)
        assert (await park.take(found.content)).claim_count == 1


async def test_own_wind_delivers_what_stayed_and_covers_nothing_a_second_time(
    database: Database,
) -> None:
    async with a_park(database) as park:
        own = a_contract(device="wind", take_or_pay=False, agreed_profile_wh=[0, 30 * KWH])
        own.ClearField("agreed_wh")
        before = await park.hourly_wh()

        found = await park.settle(own)

        (month,) = found.months
        assert (month.generated_wh, month.attributes_wh, month.cost) == (80 * KWH, 30 * KWH, "9")
        assert ",self-use," in found.content
        await park.take(found.content)
        assert await park.hourly_wh() == before


async def test_a_month_sold_as_certificates_is_not_delivered_again(database: Database) -> None:
    async with a_park(database) as park:
        await park.take(
            "certificate,instrument,technology,device,market,produced_from,produced_to,issued_at,"
            "quantity,unit,emission_kg_per_kwh,state,owner,beneficiary,cancelled_at\n"
            "G,GEC,wind,farm,CN,2025-01,,2025-02-15,1,MWh,0,issued,trader,,\n"
        )

        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await park.settle(a_contract(), generation=made(50, 50))

        assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert "larger than metered generation" in (refused.value.details() or "")


async def test_everything_that_is_wrong_with_a_request_is_told(database: Database) -> None:
    async with a_park(database) as park:
        late = {"start": NEW_YEAR + timedelta(minutes=30), "end": NEW_YEAR + HOUR}
        odd = [
            a_contract(technology="fossil", market="EU", buyer="nobody"),
            a_contract(price_per_mwh="cheap", seller="", term=late, trust="sure"),
            a_contract(agreed_profile_wh=[1]),
            a_contract(contract="twice"),
            a_contract(contract="twice"),
        ]

        with pytest.raises(grpc.aio.AioRpcError) as wrong:
            await park.settle(*odd, generation=made(1))
        with pytest.raises(grpc.aio.AioRpcError) as nowhere:
            await park.settle(
                a_contract(device="wind"),
                a_contract(contract="b", device="moon"),
                generation=[wire.DeviceGeneration(device="wind", energy_wh=[1, 1])],
            )
        with pytest.raises(grpc.aio.AioRpcError) as long:
            await park.settle(interval={"start": NEW_YEAR, "end": datetime(2028, 1, 1, tzinfo=UTC)})

        assert {field for field, _ in violations(wrong.value)} == {
            *(f"contracts[0].{name}" for name in ("technology", "market", "buyer")),
            *(f"contracts[1].{name}" for name in ("price_per_mwh", "seller", "term", "trust")),
            *("contracts[2].agreed_wh", "contracts[4].term", "generation[0].energy_wh"),
        }
        assert {field for field, _ in violations(nowhere.value)} == {
            *("contracts[0].device", "contracts[1].device"),
        }
        assert {field for field, _ in violations(long.value)} == {"interval", "contracts"}
