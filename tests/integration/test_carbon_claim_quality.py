"""The Scope 2 criteria over gRPC with a real PostgreSQL: every claim of a park as of now."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.json_format import Parse

from parkflow.carbon.v1 import certificate_pb2
from parkflow.carbon.v1 import quality_pb2 as wire
from services.carbon_accounting.rpc.service import CarbonRpc
from services.runtime.database import Database, migrate
from tests.support.builders import REPOSITORY
from tests.support.calls import violations
from tests.support.carbon_rpc import the_rpc
from tests.support.live_carbon import NEW_YEAR, SPRING, Books, a_site, clock_at, rules_of, serving

MWH = 1_000_000
HEADER = (
    "certificate,instrument,technology,device,market,produced_from,produced_to,issued_at,quantity,"
    "unit,emission_kg_per_kwh,state,owner,beneficiary,cancelled_at,trust,claim,use"
)
GEC = "G1,GEC,wind,farm,CN,2025-01,,2025-02-15,5,MWh,0,cancelled,trader,steel,2025-03-06,V2,,"
FIRST_HOUR = "2025-01-01T00:00+08:00,2025-01-01T01:00+08:00,2025-02-15"
GRANULAR = f"H1,GC,wind,farm,CN,{FIRST_HOUR},1,MWh,0,cancelled,trader,cloth,2025-03-06,V2,,"
OF_CLOTH = "1,MWh,0,cancelled,cloth,cloth,2025-03-06,V2,CCER,self-use"
OWN = f"H2,GC,wind,wind.made,CN,{FIRST_HOUR},{OF_CLOTH}"
OWN_GEC = f"G2,GEC,wind,wind.made,CN,2025-01,,2025-02-15,{OF_CLOTH}"
MET, UNKNOWN = wire.CLAIM_VERDICT_MET, wire.CLAIM_VERDICT_UNKNOWN
NOT_APPLICABLE = wire.CLAIM_VERDICT_NOT_APPLICABLE
ONLY_CLAIM, RESIDUAL_MIX = wire.CLAIM_CRITERION_ONLY_CLAIM, wire.CLAIM_CRITERION_RESIDUAL_MIX


@dataclass
class Asked:
    """A served park."""

    stub: Any
    park_id: str
    rpc: CarbonRpc

    async def add_months_up(self) -> None:
        """Do once what the service does all the time."""
        await self.rpc._indicators.months.refresh()


@pytest.fixture
async def database(module_database: str) -> AsyncIterator[Database]:
    await migrate("carbon_accounting", module_database)
    found = Database("carbon_accounting", module_database)
    await found.start()
    yield found
    await found.stop()


@pytest.fixture(params=[2023])
async def served(database: Database, request: pytest.FixtureRequest) -> AsyncIterator[Asked]:
    """Steel used 30 MWh, cloth 20 and the wind gave 9 in the first quarter hour of 2025."""
    site = a_site(uuid4().hex, factor_year=request.param)
    rules = rules_of(site)
    books = Books(database, rules)
    await books.tell_all(NEW_YEAR, steel=[30 * MWH], cloth=[20 * MWH], wind=[9 * MWH])
    rpc = the_rpc(database, rules, clock_at(SPRING))
    async with serving(rpc) as stub:
        yield Asked(stub, site.id, rpc)


async def taken(served: Asked, *rows: str) -> None:
    content = "\n".join([HEADER, *rows])
    await served.stub.ImportCertificates(
        certificate_pb2.ImportCertificatesRequest(park_id=served.park_id, content=content)
    )


async def listed(served: Asked, **asked: Any) -> dict[str, wire.ClaimQuality]:
    """Every claim by its certificate, whatever the pages."""
    request = wire.ListClaimQualityRequest(park_id=served.park_id, **asked)
    found: dict[str, wire.ClaimQuality] = {}
    while True:
        answer = await served.stub.ListClaimQuality(request)
        found |= {one.claim.certificate_id: one for one in answer.claims}
        if not answer.next_page_token:
            return found
        request.page_token = answer.next_page_token


def of(one: wire.ClaimQuality, criterion: int) -> wire.ClaimJudgement:
    return next(j for j in one.judgements if j.criterion == criterion)


async def test_a_sound_claim_meets_every_criterion_that_applies(served: Asked) -> None:
    await taken(served, GEC)

    (one,) = (await listed(served)).values()

    assert [j.criterion for j in one.judgements] == [*range(1, 9)]
    expected = [*[MET] * 5, NOT_APPLICABLE, NOT_APPLICABLE, MET]
    assert [j.verdict for j in one.judgements] == expected
    assert [j.trust for j in one.judgements] == [*["V2"] * 6, "M", "M"]
    assert one.meets_all
    assert (one.claim.claimant, one.claim.quantity_wh) == ("steel", 5 * MWH)
    assert of(one, RESIDUAL_MIX).why == (
        "no residual mix is known, the books name 0.6096 kgCO2/kWh "
        "(market_based/residual-mix/CN/2023 v1) as its proxy; factor of 2023 stands in for 2025"
    )


async def test_another_instrument_of_the_same_device_and_time_is_no_sure_other(
    served: Asked,
) -> None:
    await taken(served, GEC, GRANULAR)

    found = await listed(served)

    assert {one: of(q, ONLY_CLAIM).verdict for one, q in found.items()} == {
        "G1": UNKNOWN,
        "H1": UNKNOWN,
    }
    assert not any(one.meets_all for one in found.values())
    assert "cloth" not in of(found["G1"], ONLY_CLAIM).why


async def test_what_a_store_took_is_no_claim_and_its_discharge_is_no_surer_than_it(
    served: Asked,
) -> None:
    charged = GRANULAR.replace(",,", ",stored,", 1)
    out = "2025-01-01T01:00+08:00,2025-01-01T02:00+08:00,2025-03-07,0.9,MWh,0"
    of_cloth = f"{out},cancelled,cloth,cloth,2025-03-08,V2,,"
    charge = f"H1,1,{FIRST_HOUR.rpartition(',')[0]},FIFO"
    discharged = f"S1,SD-GC,storage,battery,CN,{of_cloth},{charge}"
    header = f"{HEADER},charge,charged_quantity,charged_from,charged_to,allocation"
    content = "\n".join([header, f"{GEC},,,,,", f"{charged},,,,,", discharged])
    await served.stub.ImportCertificates(
        certificate_pb2.ImportCertificatesRequest(park_id=served.park_id, content=content)
    )

    found = await listed(served, page_size=1)

    assert [*found] == ["G1", "S1"]
    assert {of(one, ONLY_CLAIM).verdict for one in found.values()} == {UNKNOWN}
    assert of(found["S1"], ONLY_CLAIM).why.startswith("of its charge from H1: certificates GEC of")


async def test_a_plant_that_is_metered_here_bears_no_more_claims_than_it_made(
    served: Asked,
) -> None:
    await taken(served, OWN, OWN_GEC)  # 2 MWh of 9, none of them exported

    found = await listed(served)

    assert [*found] == ["G2", "H2"]
    assert {of(one, ONLY_CLAIM).verdict for one in found.values()} == {MET}
    seven = of(found["G2"], wire.CLAIM_CRITERION_DIRECT_ONLY_TO_REPORTER)
    assert (seven.verdict, seven.trust) == (MET, "M")
    assert seven.why == "its attributes were cancelled by cloth for cloth"


@pytest.mark.parametrize("served", [None], indirect=True)
async def test_that_there_is_no_residual_mix_is_disclosed_once_the_books_are_added_up(
    served: Asked,
) -> None:
    await taken(served, GEC)

    (one,) = (await listed(served)).values()

    last = of(one, RESIDUAL_MIX)
    assert (last.verdict, last.why) == (
        UNKNOWN,
        "no residual mix for CN from 2025-01-01 to 2025-12-31; nobody looked whether an open item "
        "says so",
    )

    await served.add_months_up()
    (later,) = (await listed(served)).values()

    disclosed = of(later, RESIDUAL_MIX)
    assert disclosed.verdict == MET
    assert disclosed.why.endswith("; an open item of the books says so")


async def test_claims_are_asked_for_by_claimant_certificate_span_and_page(served: Asked) -> None:
    await taken(served, GEC, GRANULAR)

    assert [*await listed(served, claimant="cloth")] == ["H1"]
    assert [*await listed(served, certificate_id="G1")] == ["G1"]
    assert [*await listed(served, page_size=1)] == ["G1", "H1"]
    assert await listed(served, claimant="nobody") == {}
    before = wire.ListClaimQualityRequest()
    before.consumption.start.FromDatetime(NEW_YEAR.replace(year=2023))
    before.consumption.end.FromDatetime(NEW_YEAR)
    assert await listed(served, consumption=before.consumption) == {}


async def test_the_call_that_the_page_shows_is_answered(served: Asked) -> None:
    page = (REPOSITORY / "docs/carbon-quality.md").read_text("utf-8")
    (document,) = re.findall(r"grpcurl -plaintext -d '(.*)' .*/ListClaimQuality\n", page)
    own = document.replace("demo-park", served.park_id)
    await taken(served, GEC, GRANULAR)

    answer = await served.stub.ListClaimQuality(Parse(own, wire.ListClaimQualityRequest()))

    assert [one.claim.claimant for one in answer.claims] == ["steel"]


async def test_a_wrong_page_and_a_turned_span_are_refused(served: Asked) -> None:
    request = wire.ListClaimQualityRequest(park_id=served.park_id, page_size=5_001)
    request.consumption.start.FromDatetime(SPRING)
    request.consumption.end.FromDatetime(NEW_YEAR)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await served.stub.ListClaimQuality(request)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert {field.partition(".")[0] for field, _ in violations(refused.value)} == {
        "page_size",
        "consumption",
    }
