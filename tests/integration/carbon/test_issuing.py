"""GEC over gRPC with a real PostgreSQL: issued of what live meters counted, taken in, claimed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import grpc
import pytest

from parkflow.carbon.v1 import certificate_pb2, issuing_pb2
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceServicer
from services.carbon_accounting.domain.inventory.site import Meter, Role
from services.carbon_accounting.live.bookkeeping import take
from services.carbon_accounting.live.certificate_desk import CertificateDesk
from services.carbon_accounting.live.consumptions import Consumptions
from services.carbon_accounting.live.factors import LiveFactors
from services.carbon_accounting.live.issuing import IssuingDesk
from services.carbon_accounting.live.store import open_books
from services.carbon_accounting.rpc.certificates import CertificatesRpc
from services.carbon_accounting.rpc.issuing import IssuingRpc
from services.energy.time_grid import QUARTER
from services.runtime.database import Database, migrate
from tests.support.calls import violations
from tests.support.live_carbon import (
    CLOTH,
    GRID,
    NEW_YEAR,
    STEEL,
    WIND,
    Books,
    Served,
    Wakes,
    a_site,
    clock_at,
    rules_of,
    serving,
)

KWH, MWH = 1_000, 1_000_000
SUMMER = datetime(2025, 6, 1, tzinfo=UTC)
OUT, TAKEN = "grid.out", "farm.taken"
JANUARY = 31 * 96
HOLE = JANUARY + 5
"""The sixth quarter hour of February: nobody tells what was exported in it."""
QUARTERS = HOLE + 4
WINDY = {0: 900 * KWH, 1: 800 * KWH}
"""1700 kWh in January, all of it sold."""


class _Rpc(CertificatesRpc, IssuingRpc, CarbonServiceServicer):
    def __init__(self, park_id: str, desk: CertificateDesk, issuing: IssuingDesk) -> None:
        self.park_id, self.clock = park_id, clock_at(SUMMER)
        self.certificates, self.issuing = desk, issuing


def counted(quarter: int) -> dict[str, int]:
    """What meters count in a quarter hour of the year: steel uses 10 MWh in the first one."""
    wind, steel = WINDY.get(quarter, 0), 10 * MWH if quarter == 0 else 0
    taken = 300 * KWH if quarter == 2 else 0
    found = {GRID: steel, WIND: wind, STEEL: steel, CLOTH: 0, OUT: wind, TAKEN: taken}
    if quarter == 2:
        found |= {GRID: taken}
    return {point: wh for point, wh in found.items() if (point, quarter) != (OUT, HOLE)}


@pytest.fixture
async def served(module_database: str) -> AsyncIterator[Served]:
    """A park that sells its wind: January is known, February begins with a hole."""
    await migrate("carbon_accounting", module_database)
    database = Database("carbon_accounting", module_database)
    await database.start()
    usual = a_site(uuid4().hex)
    more = Meter(OUT, Role.EXPORT, "Wh"), Meter(TAKEN, Role.CONSUMPTION, "Wh")
    site = replace(usual, meters=(*usual.meters, *more))
    await told(Books(database, rules_of(site)))
    consumptions = Consumptions(database, LiveFactors(site))
    desk = CertificateDesk(database, site, consumptions, Wakes())
    async with serving(_Rpc(site.id, desk, IssuingDesk(site, consumptions))) as stub:
        yield Served(stub, site.id)
    await database.stop()


async def told(books: Books) -> None:
    words = [
        books._word(point, NEW_YEAR + quarter * QUARTER, wh)
        for quarter in range(QUARTERS)
        for point, wh in counted(quarter).items()
    ]
    async with open_books(books.database, books.park_id) as opened:
        rules = await books.rules.of(opened.connection)
        await take(opened, words, rules, NEW_YEAR + timedelta(days=40))


def wind(**other: Any) -> issuing_pb2.RegisteredFacility:
    said = {"device": "wind", "technology": "wind", "use": "on-grid", "market": "CN"}
    more = {"owner": "steel", "emission_ng_per_wh": 0, "trust": "V2"}
    return issuing_pb2.RegisteredFacility(**{**said, **more, **other})


async def issued(
    served: Served, *facilities: issuing_pb2.RegisteredFacility, to: str = "2025-01", **more: Any
) -> issuing_pb2.IssueGreenCertificatesResponse:
    request = issuing_pb2.IssueGreenCertificatesRequest(
        park_id=served.park_id, from_month="2025-01", to_month=to, facilities=facilities, **more
    )
    found: issuing_pb2.IssueGreenCertificatesResponse = await served.stub.IssueGreenCertificates(
        request
    )
    return found


async def taken(served: Served, content: str) -> certificate_pb2.ImportCertificatesResponse:
    request = certificate_pb2.ImportCertificatesRequest(park_id=served.park_id, content=content)
    found: certificate_pb2.ImportCertificatesResponse = await served.stub.ImportCertificates(
        request
    )
    return found


async def refusal(call: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    return error.value


def cancelled(content: str, kwh: int) -> str:
    """The same file, its one certificate of so many kWh and cancelled for steel."""
    header, row = content.splitlines()
    cells = dict(zip(header.split(","), row.split(","), strict=True))
    cells |= {"state": "cancelled", "beneficiary": "steel", "cancelled_at": "2025-05-01"}
    cells |= {"quantity": str(kwh)}
    return f"{header}\n{','.join(cells.values())}\n"


async def test_what_was_exported_is_issued_and_the_rest_carried(served: Served) -> None:
    answer = await issued(served, wind(carry_wh=400 * KWH))

    (one,) = answer.facilities
    (month,) = one.months
    assert (one.device, one.use, one.title) == ("wind", "on-grid", "tradeable")
    assert (month.month, month.generated_wh, month.carried_in_wh) == ("2025-01", 1_700_000, 400_000)
    assert (month.certificate_count, month.carried_out_wh) == (2, 100 * KWH)
    assert month.certificate_id == f"GEC/{WIND}/on-grid/2025-01"
    assert one.carry_wh == 100 * KWH
    assert not one.HasField("unknown")


async def test_what_is_issued_is_taken_in_as_it_is_and_again_changes_nothing(
    served: Served,
) -> None:
    answer = await issued(served, wind())

    first, again = await taken(served, answer.content), await taken(served, answer.content)

    assert (first.certificate_count, again.certificate_count) == (1, 1)
    listed = await served.stub.ListCertificates(
        certificate_pb2.ListCertificatesRequest(park_id=served.park_id)
    )
    (standing,) = listed.certificates
    assert standing.certificate.certificate_id == f"GEC/{WIND}/on-grid/2025-01"
    assert (standing.owner, standing.remaining_wh) == ("steel", MWH)
    assert standing.certificate.issued_at.ToJsonString() == "2025-01-31T16:00:00Z"


async def test_another_carry_told_later_is_refused_of_what_is_held(served: Served) -> None:
    await taken(served, (await issued(served, wind())).content)

    other = await refusal(taken(served, (await issued(served, wind(carry_wh=400 * KWH))).content))

    assert other.code() is grpc.StatusCode.INVALID_ARGUMENT
    ((field, _),) = violations(other)
    assert field.startswith("content.line[2].")


async def test_a_second_set_under_another_name_of_the_device_is_refused_of_what_is_held(
    served: Served,
) -> None:
    await taken(served, (await issued(served, wind())).content)

    other = await issued(served, wind(device=WIND))
    wrong = await refusal(taken(served, other.content))

    assert other.facilities[0].months[0].certificate_id == f"GEC/{WIND}/on-grid/2025-01"
    assert wrong.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_all_of_it_is_claimed_and_not_one_mwh_more(served: Served) -> None:
    answer = await issued(served, wind(carry_wh=300 * KWH))  # 1700 and 300 kWh

    too_much = await refusal(taken(served, cancelled(answer.content, kwh=3000)))
    made = await taken(served, cancelled(answer.content, kwh=2000))

    ((field, text),) = violations(too_much)
    assert field == "content.line[2].claimed_wh"
    assert "larger than metered generation; wind exported 1700000 Wh" in text
    assert (made.certificate_count, made.claim_count) == (1, 1)


async def test_a_month_that_is_not_known_is_named_and_nothing_issued_from_it_on(
    served: Served,
) -> None:
    answer = await issued(served, wind(), to="2025-03")

    (one,) = answer.facilities
    assert [month.month for month in one.months] == ["2025-01"]
    assert (one.unknown.month, one.unknown.quarter_count) == ("2025-02", 28 * 96)
    told_and_known = QUARTERS - JANUARY - 1
    assert one.unknown.unknown_quarter_count == 28 * 96 - told_and_known
    assert one.carry_wh == 700 * KWH
    assert len(answer.content.splitlines()) == 2


async def test_what_the_plant_took_is_taken_off_its_export(served: Served) -> None:
    answer = await issued(served, wind(off_take=TAKEN))

    assert answer.facilities[0].months[0].generated_wh == (1700 - 300) * KWH


async def test_every_mistake_of_a_request_is_told_with_its_field(served: Served) -> None:
    request = issuing_pb2.IssueGreenCertificatesRequest(
        park_id=served.park_id,
        from_month="2025-04",
        to_month="2025-03",
        facilities=[
            issuing_pb2.RegisteredFacility(carry_wh=MWH, commissioned_day="soon"),
            wind(technology="solar", use="self-use"),
            wind(device="moon"),
            wind(device="mars", trust="sure"),
        ],
    )
    request.issued_at.FromDatetime(SUMMER + timedelta(days=1))

    wrong = await refusal(served.stub.IssueGreenCertificates(request))

    assert wrong.code() is grpc.StatusCode.INVALID_ARGUMENT
    first = ("device", "market", "owner", "technology", "use", "trust", "commissioned_day")
    numbers = ("emission_ng_per_wh", "carry_wh")
    assert {field for field, _ in violations(wrong)} == {
        *("to_month", "issued_at", "facilities[1].technology", "facilities[2].device"),
        *("facilities[3].device", "facilities[3].trust"),
        *(f"facilities[0].{name}" for name in (*first, *numbers)),
    }


@pytest.mark.parametrize("ng_per_wh", [10**12 + 1, 2**62])
async def test_a_rate_beyond_1000_kg_per_kwh_is_refused(served: Served, ng_per_wh: int) -> None:
    allowed = await issued(served, wind(emission_ng_per_wh=10**12))
    wrong = await refusal(issued(served, wind(emission_ng_per_wh=ng_per_wh)))

    assert allowed.facilities[0].months[0].certificate_count == 1
    assert violations(wrong) == {
        ("facilities[0].emission_ng_per_wh", "must be at most 1000000000000; check it")
    }


async def test_what_the_rules_refuse_is_a_failed_precondition(served: Served) -> None:
    early = datetime(2025, 1, 31, tzinfo=UTC)

    wrong = await refusal(issued(served, wind(), wind(use="self-use"), issued_at=early))

    assert wrong.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert violations(wrong) == {
        (
            "issued_at",
            "'2025-01-31T00:00:00+00:00': in the future; 2025-01 ends at "
            "2025-01-31T16:00:00+00:00; issue it then or later",
        )
    }
