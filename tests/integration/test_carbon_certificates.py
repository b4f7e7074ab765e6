"""Certificates over gRPC with a real PostgreSQL: taken in, moved, and claimed once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from parkflow.carbon.v1 import certificate_pb2 as wire
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceServicer
from parkflow.type.v1 import interval_pb2
from services.carbon_accounting.certificates.proof import broken_certificates
from services.carbon_accounting.live.certificate_desk import CertificateDesk
from services.carbon_accounting.live.consumptions import Consumptions
from services.carbon_accounting.live.factors import LiveFactors
from services.carbon_accounting.rpc.certificates import CertificatesRpc
from services.energy.time_grid import Interval
from services.runtime.database import Database, migrate
from tests.support.calls import violations
from tests.support.live_carbon import (
    NEW_YEAR,
    Books,
    Served,
    Wakes,
    a_site,
    clock_at,
    rules_of,
    serving,
)

MWH = 1_000_000
CLAIMERS = 100
SUMMER = datetime(2025, 6, 1, tzinfo=UTC)
HEADER = (
    "certificate,instrument,technology,device,market,produced_from,produced_to,issued_at,quantity,"
    "unit,emission_kg_per_kwh,state,owner,beneficiary,cancelled_at,trust,claimed_quantity"
)
CANCELLED = "G1,GEC,wind,farm,CN,2025-01,,2025-02-15,5,MWh,0,cancelled,trader,steel,2025-03-06,V2,"
HELD = "G2,GEC,solar,roof,CN,2025-01,,2025-02-15,3,MWh,0,issued,trader,,,V2,"


class _Rpc(CertificatesRpc, CarbonServiceServicer):
    def __init__(self, park_id: str, desk: CertificateDesk) -> None:
        self.park_id, self.certificates, self.clock = park_id, desk, clock_at(SUMMER)


@pytest.fixture
async def database(module_database: str) -> AsyncIterator[Database]:
    await migrate("carbon_accounting", module_database)
    found = Database("carbon_accounting", module_database)
    await found.start()
    yield found
    await found.stop()


@pytest.fixture
async def served(database: Database) -> AsyncIterator[Served]:
    """Steel used 30 MWh and cloth 20 MWh in the first quarter hour of 2025."""
    site, wakes = a_site(uuid4().hex), Wakes()
    await Books(database, rules_of(site)).tell_all(NEW_YEAR, steel=[30 * MWH], cloth=[20 * MWH])
    consumptions = Consumptions(database, LiveFactors(site))
    desk = CertificateDesk(database, site, consumptions, wakes)
    async with serving(_Rpc(site.id, desk)) as stub:
        yield Served(stub, site.id, wakes)


async def taken(served: Served, *rows: str) -> wire.ImportCertificatesResponse:
    request = wire.ImportCertificatesRequest(
        park_id=served.park_id, file="own.csv", content="\n".join([HEADER, *rows])
    )
    answer: wire.ImportCertificatesResponse = await served.stub.ImportCertificates(request)
    return answer


async def listed(served: Served, **asked: Any) -> dict[str, wire.CertificateStanding]:
    request = wire.ListCertificatesRequest(park_id=served.park_id, **asked)
    found: dict[str, wire.CertificateStanding] = {}
    while True:
        answer = await served.stub.ListCertificates(request)
        found |= {one.certificate.certificate_id: one for one in answer.certificates}
        if not answer.next_page_token:
            return found
        request.page_token = answer.next_page_token


async def event(
    served: Served, key: str, certificate_id: str = "G2", at: datetime = SUMMER, **what: Any
) -> list[wire.CertificateStanding]:
    request = wire.RecordCertificateEventRequest(
        park_id=served.park_id, event_id=key, certificate_id=certificate_id, **what
    )
    request.at.FromDatetime(at)
    return list((await served.stub.RecordCertificateEvent(request)).certificates)


async def claim(served: Served, claim_id: str = "C1", mwh: float = 1, **more: Any) -> wire.Claim:
    said = {"certificate_id": "G2", "claimant": "cloth"} | more
    request = wire.ClaimCertificateRequest(
        park_id=served.park_id, claim_id=claim_id, quantity_wh=int(mwh * MWH), **said
    )
    found: wire.Claim = (await served.stub.ClaimCertificate(request)).claim
    return found


async def cancelled_for(served: Served, beneficiary: str, certificate_id: str = "G2") -> None:
    reserve = wire.ReserveCertificate(by="trader", beneficiary=beneficiary)
    await event(served, f"{certificate_id} r", certificate_id, reserve=reserve)
    cancel = wire.CancelCertificate(by="trader")
    await event(served, f"{certificate_id} c", certificate_id, cancel=cancel)


def broken_rules(error: Any) -> dict[str, str]:
    """The cure of each rule that a refusal names."""
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        broken = error_details_pb2.PreconditionFailure()
        if detail.Unpack(broken):
            return {one.type: one.description for one in broken.violations}
    return {}


async def refusal(call: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    return error.value


async def test_a_file_is_taken_in_with_its_claims(served: Served) -> None:
    answer = await taken(served, CANCELLED, HELD)

    assert (answer.certificate_count, answer.claim_count) == (2, 1)
    found = await listed(served)
    assert [(one.state, one.owner, one.beneficiary) for one in found.values()] == [
        (wire.CERTIFICATE_STATE_CLAIMED, "trader", "steel"),
        (wire.CERTIFICATE_STATE_ISSUED, "trader", ""),
    ]
    assert [(one.claimed_wh, one.remaining_wh) for one in found.values()] == [
        (5 * MWH, 0),
        (0, 3 * MWH),
    ]
    certificate = found["G1"].certificate
    assert (certificate.instrument, certificate.technology) == (wire.INSTRUMENT_GEC, "wind")
    assert (certificate.emission_ng_per_wh, certificate.trust) == (0, "V2")
    assert certificate.HasField("emission_ng_per_wh")
    assert certificate.production.start.ToJsonString() == "2024-12-31T16:00:00Z"
    assert certificate.expires_at.ToJsonString() == "2027-01-31T16:00:00Z"  # two years on
    assert served.wakes.count == 1
    (made,) = (await served.stub.ListClaims(wire.ListClaimsRequest(park_id=served.park_id))).claims
    assert (made.claim_id, made.claimant, made.quantity_wh) == ("G1/GEC/1", "steel", 5 * MWH)


async def test_the_same_file_again_changes_nothing(served: Served) -> None:
    await taken(served, CANCELLED, HELD)
    before = await listed(served)

    await taken(served, CANCELLED, HELD)

    assert await listed(served) == before


async def test_a_later_file_tells_what_happened_since(served: Served) -> None:
    await taken(served, HELD)

    await taken(served, HELD.replace("issued,trader,,", "cancelled,trader,cloth,2025-04-01"))

    (found,) = (await listed(served)).values()
    assert (found.state, found.beneficiary) == (wire.CERTIFICATE_STATE_CLAIMED, "cloth")


TWO_PARTS = wire.SplitCertificate(by="trader", parts_wh=[MWH, 2 * MWH])
WITHDRAWN = wire.WithdrawCertificate(reason="misread")
FOR_CLOTH, FOR_NOBODY = "cancelled,trader,cloth,2025-04-01", "issued,trader,,"


@pytest.mark.parametrize(
    ("stands", "happened", "row"),
    [
        ("withdrawn", {"withdraw": WITHDRAWN}, FOR_NOBODY),
        ("withdrawn", {"withdraw": WITHDRAWN}, "reserved,trader,cloth,"),
        ("withdrawn", {"withdraw": WITHDRAWN}, FOR_CLOTH),
        ("split", {"split": TWO_PARTS}, "reserved,trader,cloth,"),
        ("split", {"split": TWO_PARTS}, FOR_CLOTH),
        ("split", {"split": TWO_PARTS}, "expired,trader,,"),
    ],
)
async def test_a_row_that_tells_what_the_books_know_otherwise_is_refused_by_name(
    served: Served, stands: str, happened: dict[str, Any], row: str
) -> None:
    await taken(served, HELD)
    await event(served, "e", **happened)

    wrong = await refusal(taken(served, CANCELLED, HELD.replace(FOR_NOBODY, row)))

    told = row.partition(",")[0]
    why = f"'{told}': wrong transition; the books have G2 as {stands}; leave the row out"
    assert ("content.line[3].state", why) in violations(wrong)
    assert "G1" not in await listed(served)


async def test_what_was_claimed_is_not_taken_in_as_expired(served: Served) -> None:
    await taken(served, CANCELLED)

    expired = CANCELLED.replace("cancelled,trader,steel,2025-03-06", "expired,trader,,")
    wrong = await refusal(taken(served, expired))

    assert "the books have G1 as claimed" in dict(violations(wrong))["content.line[2].state"]


async def test_the_file_from_before_a_sale_a_split_or_an_expiry_changes_nothing(
    served: Served,
) -> None:
    old = HELD.replace("2025-01", "2023-04").replace("2025-02-15", "2023-05-15")
    rows = [HELD, HELD.replace("G2", "G3"), old.replace("G2", "G4")]
    await taken(served, *rows)
    await event(served, "t", "G2", transfer=wire.TransferCertificate(by="trader", to="seller"))
    await event(served, "s", "G3", split=TWO_PARTS)
    await event(served, "e", "G4", expire=wire.ExpireCertificate())
    before = await listed(served)

    await taken(served, *rows)

    assert await listed(served) == before


async def test_all_mistakes_of_a_file_are_told_and_nothing_is_taken_in(served: Served) -> None:
    wrong = await refusal(taken(served, CANCELLED.replace(",5,MWh", ",-1,MWh"), HELD + "7,8"))

    assert wrong.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert {field for field, _ in violations(wrong)} == {
        "content.line[2].quantity",
        "content.line[3].row",
    }
    assert await listed(served) == {}


async def test_what_the_books_refuse_of_a_file_is_told_with_its_lines(served: Served) -> None:
    too_much = CANCELLED.replace(",5,MWh", ",31,MWh")  # steel used 30 MWh
    abroad = CANCELLED.replace("G1", "G3").replace(",CN,", ",EU,")

    wrong = await refusal(taken(served, HELD, too_much, abroad))

    told = violations(wrong)
    assert {field for field, _ in told} == {
        "content.line[3].claimed_wh",
        "content.line[4].market",
    }
    assert any("steel has 30000000 Wh metered" in text for _, text in told)
    assert await listed(served) == {}


async def test_a_wrong_row_of_a_file_hides_nothing_of_the_others(served: Served) -> None:
    wrong = CANCELLED.replace(",wind,", ",coal,").replace(",steel,", ",stele,")
    too_much = CANCELLED.replace("G1", "G3").replace(",5,MWh", ",31,MWh")  # steel used 30 MWh

    found = await refusal(taken(served, wrong, too_much))

    assert {field for field, _ in violations(found)} == {
        "content.line[2].technology",
        "content.line[2].beneficiary",
        "content.line[3].claimed_wh",
    }
    assert await listed(served) == {}


async def test_no_wh_is_certified_twice_by_a_file(served: Served) -> None:
    await taken(served, HELD)
    columns = f"{HEADER},lot"
    twin = HELD.replace("G2", "G9") + ",G2"
    request = wire.ImportCertificatesRequest(park_id=served.park_id, content=f"{columns}\n{twin}\n")

    wrong = await refusal(served.stub.ImportCertificates(request))

    ((field, text),) = violations(wrong)
    assert field == "content.line[2].certificate"
    assert text.startswith("'G9': certified twice")


async def test_certificates_are_listed_by_state_owner_vintage_and_page(served: Served) -> None:
    rows = [HELD.replace("G2", f"H{n}") for n in range(5)]
    await taken(served, CANCELLED, *rows)

    claimed = await listed(served, state=wire.CERTIFICATE_STATE_CLAIMED)
    by_page = await listed(served, owner="trader", vintage="2025", page_size=2)
    other_year = await listed(served, vintage="2024")

    assert [*claimed] == ["G1"]
    assert [*by_page] == ["G1", "H0", "H1", "H2", "H3", "H4"]
    assert other_year == {}


async def test_the_life_of_a_certificate(served: Served) -> None:
    issue = wire.Certificate(
        instrument=wire.INSTRUMENT_GC,
        technology="wind",
        device="farm",
        market="CN",
        quantity_wh=750_000,
        owner="seller",
        emission_ng_per_wh=0,
        trust="V2",
    )
    issue.production.start.FromDatetime(NEW_YEAR)
    issue.production.end.FromDatetime(datetime(2024, 12, 31, 17, tzinfo=UTC))
    issue.issued_at.FromDatetime(datetime(2025, 1, 2, tzinfo=UTC))

    await event(served, "1", "B1", issue=issue)
    sale = wire.TransferCertificate(by="seller", to="trader")
    (sold,) = await event(served, "2", "B1", transfer=sale)
    parts = wire.SplitCertificate(by="trader", parts_wh=[500_000, 250_000])
    children = await event(served, "3", "B1", split=parts)
    again = await event(served, "3", "B1", split=parts)

    assert (sold.state, sold.owner) == (wire.CERTIFICATE_STATE_TRANSFERRED, "trader")
    names = [(c.certificate.certificate_id, c.certificate.first_id) for c in children]
    assert names == [("B1/1", 0), ("B1/2", 500_000)]
    assert again == children
    parent = (await listed(served))["B1"]
    assert (parent.state, parent.remaining_wh) == (wire.CERTIFICATE_STATE_SPLIT, 0)
    assert sum(one.remaining_wh for one in children) == 750_000


async def test_what_cannot_happen_is_refused_by_name(served: Served) -> None:
    await taken(served, HELD)

    early = await refusal(event(served, "c", cancel=wire.CancelCertificate(by="trader")))
    nothing = await refusal(event(served, ""))
    no_time = wire.RecordCertificateEventRequest(
        park_id=served.park_id,
        event_id="r",
        certificate_id="G2",
        reserve=wire.ReserveCertificate(by="trader"),
    )
    timeless = await refusal(served.stub.RecordCertificateEvent(no_time))

    assert early.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert broken_rules(early) == {"wrong transition": "G2 must be reserved first"}
    assert nothing.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert {field for field, _ in violations(nothing)} == {"event_id", "what"}
    assert {field for field, _ in violations(timeless)} == {"at", "reserve.beneficiary"}


async def test_what_has_not_happened_yet_is_not_recorded(served: Served) -> None:
    await taken(served, HELD)
    tomorrow = SUMMER + timedelta(days=1)
    reserve = wire.ReserveCertificate(by="trader", beneficiary="cloth")
    file = HELD.replace("issued,trader,,", "cancelled,trader,cloth,2025-06-02")

    early = await refusal(event(served, "r", at=tomorrow, reserve=reserve))
    by_file = await refusal(taken(served, file))

    assert broken_rules(early)["in the future"].startswith("it is 2025-06-01T00:00:0")
    told = dict(violations(by_file))
    assert "in the future" in told["content.line[2].cancelled_at"]


async def test_events_are_recorded_in_the_order_of_their_times(served: Served) -> None:
    await taken(served, HELD)
    reserve = wire.ReserveCertificate(by="trader", beneficiary="cloth")
    await event(served, "r", reserve=reserve)
    release, day_before = wire.ReleaseCertificate(by="trader"), SUMMER - timedelta(days=1)

    wrong = await refusal(event(served, "l", at=day_before, release=release))

    assert [*broken_rules(wrong)] == ["before what happened last"]
    (free,) = await event(served, "l", release=release)
    assert free.state == wire.CERTIFICATE_STATE_ISSUED


async def test_a_part_begins_when_the_whole_was_split(served: Served) -> None:
    await taken(served, HELD)
    parts = wire.SplitCertificate(by="trader", parts_wh=[MWH, 2 * MWH])
    await event(served, "s", split=parts)
    sale, day_before = wire.TransferCertificate(by="trader", to="x"), SUMMER - timedelta(days=1)

    wrong = await refusal(event(served, "t", "G2/1", at=day_before, transfer=sale))

    assert [*broken_rules(wrong)] == ["before what happened last"]


async def test_nothing_is_reserved_for_whom_nobody_knows(served: Served) -> None:
    await taken(served, HELD)
    reserve = wire.ReserveCertificate(by="trader", beneficiary="nobody")

    wrong = await refusal(event(served, "r", reserve=reserve))
    by_file = await refusal(taken(served, CANCELLED.replace(",steel,", ",stele,")))

    assert broken_rules(wrong) == {"no such enterprise": "reserve it for one of park, steel, cloth"}
    assert [*violations(by_file)] == [
        ("content.line[2].beneficiary", "'stele': must be one of park, steel, cloth")
    ]


async def test_what_outlived_its_two_years_is_expired_and_nothing_of_it_is_left(
    served: Served,
) -> None:
    old = HELD.replace("2025-01", "2023-04").replace("2025-02-15", "2023-05-15")
    await taken(served, HELD.replace("G2", "G3"), old)  # April 2023 ends with April 2025

    expired = await listed(served, state=wire.CERTIFICATE_STATE_EXPIRED)
    held = await listed(served, state=wire.CERTIFICATE_STATE_ISSUED)

    assert {name: one.remaining_wh for name, one in expired.items()} == {"G2": 0}
    assert [*held] == ["G3"]


async def test_ids_and_quantities_have_limits_that_are_told(served: Served) -> None:
    wrong = await refusal(claim(served, "k" * 201, mwh=2**53 / MWH, certificate_id="G" * 201))

    assert dict(violations(wrong)) == {
        "claim_id": "has 201 characters; 200 at most",
        "certificate_id": "has 201 characters; 200 at most",
        "quantity_wh": "9007199254740992 must be above 0 and below 9007199254740992 Wh",
    }


async def test_what_was_consumed_is_claimed(served: Served) -> None:
    await taken(served, HELD)
    await cancelled_for(served, "cloth")

    made = await claim(served, mwh=2)
    again = await claim(served, mwh=2)

    assert made == again
    assert (made.first_id, made.quantity_wh, made.kind) == (0, 2 * MWH, 1)
    assert made.consumption.start.ToJsonString() == "2024-12-31T16:00:00Z"
    assert made.consumption.end.ToJsonString() == "2025-12-31T16:00:00Z"
    (standing,) = (await listed(served)).values()
    assert (standing.claimed_wh, standing.remaining_wh) == (2 * MWH, MWH)


async def test_a_claim_larger_than_metered_is_refused_with_value_and_cure(served: Served) -> None:
    await taken(served, HELD.replace(",3,MWh", ",50,MWh"))
    await cancelled_for(served, "cloth")

    wrong = await refusal(claim(served, mwh=21))

    assert wrong.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert broken_rules(wrong) == {
        "larger than metered consumption": (
            "cloth has 20000000 Wh metered in [2024-12-31T16:00Z, 2025-12-31T16:00Z) and 0 Wh "
            "claimed; claim at most 20000000 Wh in whole certificates of 1000000 Wh"
        )
    }
    assert (await claim(served, "C2", mwh=20)).quantity_wh == 20 * MWH


async def test_own_power_that_nothing_exported_covers_no_import_on_top(served: Served) -> None:
    own = HELD.replace(",roof,", ",wind,")  # metered here as wind.made; nothing is exported
    await taken(served, own)
    await cancelled_for(served, "cloth")

    wrong = await refusal(claim(served))
    by_file = await refusal(taken(served, CANCELLED.replace(",farm,", ",wind.made,")))

    told = broken_rules(wrong)["larger than metered generation"]
    assert told.startswith("wind exported 0 Wh in [2024-12-31T16:00Z, 2025-01-31T16:00Z)")
    assert [field for field, _ in violations(by_file)] == ["content.line[2].claimed_wh"]


async def test_another_market_and_another_year_are_refused(served: Served) -> None:
    await taken(served, HELD)
    await cancelled_for(served, "cloth")
    year = {"start": {"seconds": 1767196800}, "end": {"seconds": 1798732800}}  # 2026 in Shanghai

    wrong = await refusal(claim(served, market="EU", consumption=year))

    assert broken_rules(wrong).keys() >= {"wrong market", "wrong year or vintage"}


async def test_a_stranger_has_no_consumption_to_claim_for(served: Served) -> None:
    await taken(served, HELD)
    await cancelled_for(served, "cloth")

    wrong = await refusal(claim(served, claimant="stranger"))

    assert "is not known; meter it" in broken_rules(wrong)["larger than metered consumption"]


async def test_a_certificate_that_conveys_no_rate_covers_nothing(served: Served) -> None:
    await taken(served, HELD.replace(",MWh,0,", ",MWh,,"))
    await cancelled_for(served, "cloth")

    wrong = await refusal(claim(served))

    assert [*broken_rules(wrong)] == ["conveys no rate"]


async def test_a_claim_on_nothing_is_not_found(served: Served) -> None:
    unknown = await refusal(claim(served, certificate_id="nothing"))
    empty = await refusal(claim(served, "", mwh=0, claimant="", certificate_id=""))

    assert unknown.code() is grpc.StatusCode.NOT_FOUND
    assert {field for field, _ in violations(empty)} == {
        "claim_id",
        "certificate_id",
        "claimant",
        "quantity_wh",
    }


async def test_a_hundred_claimers_over_grpc_claim_exactly_what_there_is(served: Served) -> None:
    await taken(served, HELD.replace(",3,MWh", ",18,MWh"))
    await cancelled_for(served, "cloth")

    found = await asyncio.gather(
        *(claim(served, f"C{n}") for n in range(CLAIMERS)), return_exceptions=True
    )

    made = sorted(one.first_id for one in found if isinstance(one, wire.Claim))
    refused = [one for one in found if isinstance(one, grpc.aio.AioRpcError)]
    assert made == [n * MWH for n in range(18)]
    assert len(refused) == CLAIMERS - 18
    assert {rule for one in refused for rule in broken_rules(one)} == {"all claimed"}
    (standing,) = (await listed(served)).values()
    assert (standing.state, standing.remaining_wh) == (wire.CERTIFICATE_STATE_CLAIMED, 0)


async def test_claims_are_listed_by_claimant_span_and_page(served: Served) -> None:
    await taken(served, CANCELLED, HELD)
    await cancelled_for(served, "cloth")
    for number in range(3):
        await claim(served, f"C{number}")
    year = {"start": {"seconds": 1767196800}, "end": {"seconds": 1798732800}}  # 2026
    request = wire.ListClaimsRequest(park_id=served.park_id, claimant="cloth", page_size=2)

    first = await served.stub.ListClaims(request)
    request.page_token = first.next_page_token
    second = await served.stub.ListClaims(request)
    later = await served.stub.ListClaims(
        wire.ListClaimsRequest(park_id=served.park_id, consumption=year)
    )

    assert [one.claim_id for one in (*first.claims, *second.claims)] == ["C0", "C1", "C2"]
    assert not second.next_page_token
    assert not later.claims


FIRST_HOUR = Interval(NEW_YEAR, NEW_YEAR + timedelta(hours=1))
SECOND_HOUR = Interval(FIRST_HOUR.end, FIRST_HOUR.end + timedelta(hours=1))
STORED_HEADER = f"{HEADER},claim,charge,charged_quantity,charged_from,charged_to,allocation"
HOURS = [f"2025-01-01T{hour:02}:00+08:00" for hour in range(3)]
CHARGED = (
    f"W0,GC,wind,farm,CN,{HOURS[0]},{HOURS[1]},2025-01-02,1000,Wh,0.009,cancelled,cloth,cloth,"
    "2025-01-03,V2,,stored,,,,,"
)
DISCHARGED = (
    f"S1,SD-GC,storage,battery,CN,{HOURS[1]},{HOURS[2]},2025-01-04,900,Wh,0.01,issued,cloth,,,V2,,"
    f",W0,1000,{HOURS[0]},{HOURS[1]},FIFO"
)


def span_of(interval: Interval) -> Any:
    found = interval_pb2.Interval()
    found.start.FromDatetime(interval.start)
    found.end.FromDatetime(interval.end)
    return found


def discharge(charged_wh: int = 1000, out_wh: int = 900, ng_per_wh: int = 10**7) -> Any:
    """The issue of what came out of `charged_wh` of W0."""
    issue = wire.Certificate(
        instrument=wire.INSTRUMENT_SD_GC,
        technology="storage",
        device="battery",
        market="CN",
        production=span_of(SECOND_HOUR),
        quantity_wh=out_wh,
        owner="cloth",
        emission_ng_per_wh=ng_per_wh,
        trust="V2",
        charge=wire.StorageCharge(
            certificate_id="W0",
            charged_wh=charged_wh,
            charged=span_of(FIRST_HOUR),
            allocation=wire.STORAGE_ALLOCATION_FIFO,
        ),
    )
    issue.issued_at.FromDatetime(datetime(2025, 1, 4, tzinfo=UTC))
    return issue


async def stored(served: Served, *rows: str) -> wire.ImportCertificatesResponse:
    content = "\n".join([STORED_HEADER, *rows])
    request = wire.ImportCertificatesRequest(park_id=served.park_id, content=content)
    answer: wire.ImportCertificatesResponse = await served.stub.ImportCertificates(request)
    return answer


async def claims_of(served: Served) -> list[wire.Claim]:
    request = wire.ListClaimsRequest(park_id=served.park_id)
    return list((await served.stub.ListClaims(request)).claims)


async def test_a_discharge_takes_what_was_cancelled_for_its_charge(served: Served) -> None:
    await stored(served, CHARGED)

    (issued,) = await event(served, "s1", "S1", issue=discharge())
    again = await event(served, "s1", "S1", issue=discharge())

    assert again == [issued]
    assert issued.certificate.charge == discharge().charge
    assert (issued.state, issued.remaining_wh) == (wire.CERTIFICATE_STATE_ISSUED, 900)
    assert (await listed(served))["W0"].state == wire.CERTIFICATE_STATE_CLAIMED
    (taking,) = await claims_of(served)
    assert (taking.kind, taking.feeds_certificate_id) == (wire.CLAIM_KIND_STORED, "S1")
    assert (taking.claimant, taking.quantity_wh) == ("cloth", 1000)


async def test_what_was_discharged_is_claimed_in_its_hour_and_no_more(served: Served) -> None:
    await stored(served, CHARGED, DISCHARGED)
    reserve = wire.ReserveCertificate(by="cloth", beneficiary="cloth")
    await event(served, "r", "S1", reserve=reserve)
    await event(served, "c", "S1", cancel=wire.CancelCertificate(by="cloth"))

    made = await claim(served, "C1", 0.0009, certificate_id="S1")
    more = await refusal(claim(served, "C2", 0.000001, certificate_id="S1"))

    assert made.quantity_wh == 900
    assert set(broken_rules(more)) == {"all claimed"}


@pytest.mark.parametrize("rows", [(CHARGED, DISCHARGED), (DISCHARGED, CHARGED)])
async def test_a_file_tells_charge_and_discharge_in_any_order_and_once(
    served: Served, rows: tuple[str, str]
) -> None:
    await stored(served, *rows)
    before = await listed(served), await claims_of(served)
    await stored(served, *rows)

    assert (await listed(served), await claims_of(served)) == before
    assert [one.kind for one in before[1]] == [wire.CLAIM_KIND_STORED]


async def test_a_discharge_that_does_not_fit_its_charge_leaves_nothing_behind(
    served: Served,
) -> None:
    await stored(served, CHARGED)

    error = await refusal(event(served, "s", "S1", issue=discharge(out_wh=1001, ng_per_wh=0)))

    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
    told = [text for _, text in violations(error)]
    assert any("no more comes out than the 1000 Wh" in text for text in told)
    assert any("rate is 8991009 ng/Wh" in text for text in told)  # 9,000,000 × 1000 / 1001
    assert set(await listed(served)) == {"W0"}
    assert await claims_of(served) == []


async def test_two_discharges_do_not_take_the_same_charge(served: Served) -> None:
    await stored(served, CHARGED)

    found = await asyncio.gather(
        *(event(served, f"s{n}", f"S{n}", issue=discharge(400, 360)) for n in range(6)),
        return_exceptions=True,
    )

    assert sum(isinstance(one, list) for one in found) == 2
    refused = [one for one in found if isinstance(one, grpc.aio.AioRpcError)]
    assert {rule for one in refused for rule in broken_rules(one)} == {"all claimed"}
    left = (await listed(served))["W0"]
    assert (left.claimed_wh, left.remaining_wh) == (800, 200)
    again = await refusal(claim(served, "C1", 0.000201, certificate_id="W0"))
    assert set(broken_rules(again)) == {"all claimed"}


async def test_what_is_stored_is_not_claimed_by_itself(served: Served) -> None:
    await stored(served, CHARGED)

    error = await refusal(claim(served, certificate_id="W0", kind=wire.CLAIM_KIND_STORED))

    assert violations(error) == {
        ("kind", "issue the SD-GC of the discharge with its charge instead")
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"certificate_id": ""}, "issue.charge.certificate_id"),
        ({"charged_wh": -1}, "issue.charge.charged_wh"),
        ({"charged": interval_pb2.Interval()}, "issue.charge.charged"),
        ({"allocation": 9}, "issue.charge.allocation"),
    ],
)
async def test_a_charge_that_says_too_little_names_its_field(
    served: Served, change: dict[str, Any], field: str
) -> None:
    issue = discharge()
    said = {one.name: getattr(issue.charge, one.name) for one in issue.charge.DESCRIPTOR.fields}
    issue.charge.CopyFrom(wire.StorageCharge(**said | change))

    error = await refusal(event(served, "s", "S1", issue=issue))

    assert [name for name, _ in violations(error)] == [field]


async def test_a_charge_that_was_forged_away_is_found(served: Served, database: Database) -> None:
    await stored(served, CHARGED, DISCHARGED)

    async with database.transaction() as connection:
        sound = await broken_certificates(connection, served.park_id)
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute("DELETE FROM certificate_claim WHERE feeds = 'S1'")
        forged = await broken_certificates(connection, served.park_id)

    assert sound == []
    assert forged == ["certificate S1 is of a charge that was never taken"]
