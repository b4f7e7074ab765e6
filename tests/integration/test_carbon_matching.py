"""Matching over gRPC with a real PostgreSQL, and what certificates cover in the ledgers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import grpc
import numpy as np
import psycopg
import pytest

from parkflow.carbon.v1 import certificate_pb2 as certificates
from parkflow.carbon.v1 import matching_pb2 as wire
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceServicer, CarbonServiceStub
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.live.certificate_desk import CertificateDesk
from services.carbon_accounting.live.consumptions import Consumptions
from services.carbon_accounting.live.coverage import changed_starts, covered, settle
from services.carbon_accounting.live.matcher import Matcher
from services.carbon_accounting.live.matching import MatchingDesk
from services.carbon_accounting.rpc.certificates import CertificatesRpc
from services.carbon_accounting.rpc.matching import MatchingRpc
from services.energy.time_grid import QUARTER, Interval
from services.runtime.clock import ParkClock
from services.runtime.database import Database, migrate
from tests.support.calls import violations
from tests.support.live_carbon import (
    NEW_YEAR,
    Books,
    Wakes,
    a_site,
    clock_at,
    rules_of,
    serving,
)
from tests.support.patience import until

KWH, MWH = 1_000, 1_000_000
HOUR = Interval(NEW_YEAR, NEW_YEAR + timedelta(hours=1))
NEXT_DAY = NEW_YEAR + timedelta(days=1, hours=3)
FEBRUARY = NEW_YEAR + timedelta(days=32)
SUMMER = NEW_YEAR + timedelta(days=180)
HEADER = (
    "certificate,instrument,technology,device,market,produced_from,produced_to,issued_at,quantity,"
    "unit,emission_kg_per_kwh,state,owner,beneficiary,cancelled_at,trust,consumed_from,consumed_to"
)
FIRST_HOUR = "2025-01-01T00:00+08:00,2025-01-01T01:00+08:00"
GREEN_HOUR = f"GC1,GC,wind,farm,CN,{FIRST_HOUR},2025-01-02,30,kWh,0,cancelled,trader,steel"
GREEN_HOUR += f",2025-01-03,V2,{FIRST_HOUR}"
GREEN_MONTH = "G1,GEC,wind,farm,CN,2025-01,,2025-02-15,1,MWh,0,cancelled,trader,steel,2025-03-06,V2"
GREEN_MONTH += ",,"


class _Rpc(CertificatesRpc, MatchingRpc, CarbonServiceServicer):
    def __init__(self, certificates: CertificateDesk, matching: MatchingDesk) -> None:
        self.park_id, self.clock = matching.site.id, clock_at(SUMMER)
        self.certificates, self.matching = certificates, matching


@dataclass
class Park:
    """A park with its books, its matcher and its service."""

    id: str
    database: Database
    stub: CarbonServiceStub
    matcher: Matcher
    matching: MatchingDesk
    books: Books
    wakes: Wakes = field(default_factory=Wakes)

    async def import_(self, *rows: str) -> None:
        content = "\n".join([HEADER, *rows])
        await self.stub.ImportCertificates(
            certificates.ImportCertificatesRequest(park_id=self.id, content=content)
        )

    async def matched(self, **asked: Any) -> wire.GetMatchingResponse:
        answer: wire.GetMatchingResponse = await self.stub.GetMatching(
            wire.GetMatchingRequest(park_id=self.id, **asked)
        )
        return answer

    async def covered_wh(self, ledger: Ledger, span: Interval = HOUR) -> dict[str, list[int]]:
        """What covers steel in a span, by claim."""
        async with self.database.transaction() as connection:
            found = await covered(connection, self.id, span)
        of_steel = found.get(ledger, {}).get("steel", {})
        return {certificate.id: wh.tolist() for certificate, wh in of_steel.items()}

    async def waiting(self) -> list[datetime]:
        """Quarters that are to be booked anew."""
        async with self.database.transaction() as connection:
            return await changed_starts(connection, self.id, 100)


@pytest.fixture
async def database(module_database: str) -> AsyncIterator[Database]:
    await migrate("carbon_accounting", module_database)
    found = Database("carbon_accounting", module_database)
    await found.start()
    yield found
    await found.stop()


@asynccontextmanager
async def a_park(
    database: Database, clock: ParkClock | None = None, **choices: Any
) -> AsyncIterator[Park]:
    site, wakes = a_site(uuid4().hex, **choices), Wakes()
    rules = rules_of(site)
    consumptions = Consumptions(database, rules.factors)
    matcher = Matcher(database, site, consumptions, clock or clock_at(NEXT_DAY), wakes)
    desk = CertificateDesk(database, site, consumptions, matcher.wake)
    matching = MatchingDesk(database, site, consumptions)
    async with serving(_Rpc(desk, matching)) as stub:
        yield Park(site.id, database, stub, matcher, matching, Books(database, rules), wakes)


async def an_hour(park: Park, *, steel: int = 25 * KWH, wind: int = 0, hours: int = 1) -> None:
    """Steel uses so much each quarter hour of the first hours of 2025, wind gives some of it."""
    quarters = 4 * hours
    await park.books.tell_all(
        NEW_YEAR, steel=[steel] * quarters, cloth=[0] * quarters, wind=[wind] * quarters
    )


def scores(some: Any) -> dict[int, tuple[int, int]]:
    return {one.granularity: (one.matched_wh, one.load_wh) for one in some}


async def test_own_wind_and_an_hourly_certificate_match_that_hour_alone(
    database: Database,
) -> None:
    async with a_park(database) as park:
        await an_hour(park, wind=10 * KWH)  # 40 of 100 kWh
        more = NEW_YEAR + timedelta(hours=1)
        await park.books.tell_all(more, steel=[25 * KWH] * 4, cloth=[0] * 4)
        await park.import_(GREEN_HOUR)  # 30 kWh more in the first hour

        answer = await park.matched(include_unmatched_hours=True)

        steel = next(one for one in answer.enterprises if one.enterprise == "steel")
        assert scores(steel.scores)[wire.MATCHING_GRANULARITY_HOURLY] == (70 * KWH, 200 * KWH)
        hourly = next(s for s in steel.scores if s.granularity == 3)
        assert (hourly.matched_share, hourly.cfe_share) == (0.35, 0.35)
        assert hourly.volumetric_wh == 70 * KWH
        assert steel.unmatched_hour_count == 2
        assert [(h.load_wh, h.matched_wh) for h in steel.unmatched_hours] == [
            (100 * KWH, 70 * KWH),
            (100 * KWH, 0),
        ]
        assert steel.unmatched_hours[0].interval.start.ToDatetime(UTC) == NEW_YEAR
        assert scores(answer.park_scores)[3] == (70 * KWH, 200 * KWH)
        assert answer.known_until.ToDatetime(UTC) == NEW_YEAR + timedelta(hours=2)
        assert answer.interval.end.ToDatetime(UTC) == NEW_YEAR + timedelta(days=365)
        months = {p.period: p.matched_wh for p in steel.periods if p.granularity == 2}
        assert months == {"2025-01": 70 * KWH}


async def test_a_certificate_of_a_month_proves_no_hour(database: Database) -> None:
    async with a_park(database) as park:
        await an_hour(park, steel=500 * KWH)  # 2 MWh
        await park.import_(GREEN_MONTH)

        answer = await park.matched(enterprise="steel")

        (steel,) = answer.enterprises
        assert scores(steel.scores) == {
            wire.MATCHING_GRANULARITY_YEARLY: (MWH, 2 * MWH),
            wire.MATCHING_GRANULARITY_MONTHLY: (MWH, 2 * MWH),
            wire.MATCHING_GRANULARITY_HOURLY: (0, 2 * MWH),
            wire.MATCHING_GRANULARITY_QUARTER_HOURLY: (0, 2 * MWH),
        }
        assert not answer.park_scores
        assert not steel.unmatched_hours


async def test_an_answer_is_kept_until_something_is_claimed(database: Database) -> None:
    async with a_park(database) as park:
        await an_hour(park, steel=500 * KWH)
        span = Interval(NEW_YEAR, NEW_YEAR + timedelta(days=365))

        first = await park.matching.of(span)
        again = await park.matching.of(span)
        await park.import_(GREEN_MONTH)
        after = await park.matching.of(span)

        assert first is again
        assert [s.matched_wh for one in first.enterprises for s in one.scores.values()] == [0] * 4
        assert after.enterprises[0].scores.keys() == first.enterprises[0].scores.keys()
        assert max(s.matched_wh for one in after.enterprises for s in one.scores.values()) == MWH


async def test_what_is_not_known_is_told_and_matched_by_nothing(database: Database) -> None:
    async with a_park(database) as park:
        await an_hour(park)
        await park.books.tell("grid.in", HOUR.end, 5 * KWH)  # nobody else said anything

        (steel,) = (await park.matched(enterprise="steel")).enterprises

        assert steel.unknown_quarter_count == 1
        assert steel.scores[0].load_wh == 100 * KWH


async def test_quarter_hours_unknown_of_anybody_are_told_once_with_those_before_the_first_word(
    database: Database,
) -> None:
    async with a_park(database) as park:
        await an_hour(park)
        await park.books.tell("grid.in", HOUR.end, 5 * KWH)  # nobody else said anything
        before = HOUR.start - 2 * QUARTER

        answer = await park.matched(
            interval={"start": before, "end": HOUR.end + HOUR.duration},
            include_unmatched_hours=True,
        )

        spans = [(one.start.ToDatetime(UTC), one.end.ToDatetime(UTC)) for one in answer.unknown]
        assert spans == [(before, HOUR.start), (HOUR.end, HOUR.end + QUARTER)]
        assert answer.known_until.ToDatetime(UTC) == HOUR.end + QUARTER
        assert answer.unknown_quarter_count == 3
        assert {one.unknown_quarter_count for one in answer.enterprises} == {3}


async def test_where_nothing_was_told_everything_is_unknown(database: Database) -> None:
    async with a_park(database) as park:
        answer = await park.matched(interval={"start": HOUR.start, "end": HOUR.end})

        assert (answer.known_until.ToDatetime(UTC), len(answer.enterprises)) == (HOUR.start, 0)
        assert answer.unknown_quarter_count == 0


async def test_the_cheapest_purchase_for_half_of_the_load(database: Database) -> None:
    async with a_park(database) as park:
        await an_hour(park, steel=500 * KWH, hours=2)  # 2 MWh in each of two hours
        offers = [
            wire.Offer(name="flat", price_micros_per_kwh=300_000, max_wh=10 * MWH),
            wire.Offer(
                name="first", price_micros_per_kwh=200_000, max_wh=10 * MWH, profile_wh=[1, 0]
            ),
        ]
        two_hours = {"start": HOUR.start, "end": HOUR.start + timedelta(hours=2)}

        async def asked(target: float) -> wire.ProposePurchaseResponse:
            request = wire.ProposePurchaseRequest(
                park_id=park.id, interval=two_hours, target_share=target, offers=offers
            )
            answer: wire.ProposePurchaseResponse = await park.stub.ProposePurchase(request)
            return answer

        half, all_ = await asked(0.5), await asked(1)

        assert (half.reachable, half.reached_share, half.current_share) == (True, 0.5, 0)
        assert [(p.name, p.quantity_wh, p.cost_micros) for p in half.purchases] == [
            ("first", 2 * MWH, 400_000_000)
        ]
        assert half.cost_micros == half.least_cost_micros == 400_000_000
        # 4 MWh flat cost 1200; nothing else fills the second hour
        assert [(p.name, p.quantity_wh) for p in all_.purchases] == [("flat", 4 * MWH)]


async def test_a_target_beyond_all_offers_is_told_with_the_best_there_is(
    database: Database,
) -> None:
    async with a_park(database) as park:
        await an_hour(park, steel=500 * KWH)
        hour = {"start": HOUR.start, "end": HOUR.end}
        offer = wire.Offer(name="flat", price_micros_per_kwh=1, max_wh=MWH)

        answer = await park.stub.ProposePurchase(
            wire.ProposePurchaseRequest(
                park_id=park.id,
                enterprise="steel",
                interval=hour,
                target_share=0.9,
                offers=[offer],
            )
        )

        assert (answer.reachable, answer.reached_share) == (False, 0.5)
        assert not answer.purchases


async def test_wrong_questions_are_refused_with_all_that_is_wrong(database: Database) -> None:
    async with a_park(database) as park:
        await an_hour(park)
        hour = {"start": HOUR.start, "end": HOUR.end}
        odd = [
            wire.Offer(name="", max_wh=1),
            wire.Offer(name="p", max_wh=MWH, price_micros_per_kwh=-1),
        ]
        request = wire.ProposePurchaseRequest(
            park_id=park.id, interval={"start": HOUR.end, "end": HOUR.start}, offers=odd
        )
        short = wire.ProposePurchaseRequest(
            park_id=park.id,
            interval=hour,
            target_share=1,
            offers=[wire.Offer(name="p", max_wh=MWH, profile_wh=[1, 2])],
        )

        with pytest.raises(grpc.aio.AioRpcError) as wrong:
            await park.stub.ProposePurchase(request)
        with pytest.raises(grpc.aio.AioRpcError) as profile:
            await park.stub.ProposePurchase(short)
        with pytest.raises(grpc.aio.AioRpcError) as stranger:
            await park.matched(enterprise="stranger")

        assert {field for field, _ in violations(wrong.value)} == {
            "interval.end",
            "target_share",
            "offers[0].name",
            "offers[0]",
            "offers[1]",
        }
        assert {field for field, _ in violations(profile.value)} == {"offers[0].profile_wh"}
        assert stranger.value.code() is grpc.StatusCode.NOT_FOUND


async def test_an_hourly_claim_covers_its_hour_in_the_market_based_ledger(
    database: Database,
) -> None:
    async with a_park(database, matching="hourly") as park:
        await an_hour(park, wind=10 * KWH)  # 15 kWh of the grid each quarter hour
        await park.import_(GREEN_HOUR)

        starts = await park.matcher.match()

        quarters = [NEW_YEAR + n * QUARTER for n in range(4)]
        assert starts == await park.waiting() == quarters
        assert await park.covered_wh(Ledger.MARKET_BASED) == {"GC1/GEC/1": [7_500] * 4}
        assert await park.covered_wh(Ledger.PARK_ACCEPTANCE) == {}  # bought apart (A.2)
        assert park.wakes.count == 1


async def test_a_contract_counts_in_the_park_ledger_too(database: Database) -> None:
    async with a_park(database, matching="hourly") as park:
        await an_hour(park)
        await park.import_(GREEN_HOUR.replace(",GC,", ",contract,"))

        await park.matcher.match()

        assert await park.covered_wh(Ledger.PARK_ACCEPTANCE) == {"GC1/GEC/1": [7_500] * 4}


async def test_the_switch_lets_certificates_count_in_the_park_ledger(database: Database) -> None:
    async with a_park(database, matching="hourly", gec_counts_in_park_core=True) as park:
        await an_hour(park)
        await park.import_(GREEN_HOUR)

        await park.matcher.match()

        assert await park.covered_wh(Ledger.PARK_ACCEPTANCE) == {"GC1/GEC/1": [7_500] * 4}


async def test_matching_again_changes_nothing(database: Database) -> None:
    async with a_park(database, matching="hourly") as park:
        await an_hour(park)
        await park.import_(GREEN_HOUR)
        await park.matcher.match()
        async with database.transaction() as connection:
            await settle(connection, park.id, await park.waiting())

        assert await park.matcher.match() == []

        assert await park.waiting() == []
        assert park.wakes.count == 1


async def test_only_quarters_with_another_coverage_are_booked_anew(database: Database) -> None:
    second = GREEN_HOUR.replace("GC1", "GC2").replace(
        FIRST_HOUR, "2025-01-01T01:00+08:00,2025-01-01T02:00+08:00"
    )
    async with a_park(database, matching="hourly") as park:
        await an_hour(park, hours=2)
        await park.import_(GREEN_HOUR)
        await park.matcher.match()
        await park.import_(second)

        starts = await park.matcher.match()

        assert starts == [HOUR.end + n * QUARTER for n in range(4)]


async def test_a_reading_taken_back_uncovers_its_quarter(database: Database) -> None:
    async with a_park(database, matching="hourly") as park:
        await an_hour(park)
        await park.import_(GREEN_HOUR)
        await park.matcher.match()
        await park.books.tell_all(NEW_YEAR, steel=[0], cloth=[0])

        starts = await park.matcher.match()

        assert starts == [NEW_YEAR + n * QUARTER for n in range(4)]
        assert await park.covered_wh(Ledger.MARKET_BASED) == {"GC1/GEC/1": [0] + [10_000] * 3}


async def test_matched_by_year_whole_local_months_are_covered(database: Database) -> None:
    """Each new quarter hour would move what all others of its year have; so months are booked."""
    for now, expected in ((NEXT_DAY, {}), (FEBRUARY, {"G1/GEC/1": [250_000] * 4})):
        async with a_park(database, clock_at(now)) as park:
            await an_hour(park, steel=500 * KWH)
            await park.import_(GREEN_MONTH)

            await park.matcher.match()

            assert await park.covered_wh(Ledger.MARKET_BASED) == expected


async def test_a_claim_wakes_the_matcher(database: Database) -> None:
    async with a_park(database, matching="hourly") as park:
        await an_hour(park)
        running = asyncio.create_task(park.matcher.run())
        try:
            await park.import_(GREEN_HOUR)

            await until(lambda: park.wakes.count, "the claim covers its hour")
        finally:
            running.cancel()

        assert await park.covered_wh(Ledger.MARKET_BASED) == {"GC1/GEC/1": [7_500] * 4}


async def test_a_run_of_the_matcher_is_never_changed(database: Database) -> None:
    async with a_park(database, matching="hourly") as park:
        await an_hour(park)
        await park.import_(GREEN_HOUR)
        await park.matcher.match()

        for table in ("coverage", "coverage_run"):
            with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
                await database.rows(f"DELETE FROM {table} WHERE park_id = %s", (park.id,))


async def test_coverage_is_the_same_however_the_span_is_cut(database: Database) -> None:
    async with a_park(database, matching="hourly") as park:
        await an_hour(park)
        twin = GREEN_HOUR.replace("GC1", "GC0").replace(",30,kWh", ",50,kWh")
        await park.import_(GREEN_HOUR, twin)
        await park.matcher.match()

        whole = await park.covered_wh(Ledger.MARKET_BASED)
        parts = [
            await park.covered_wh(Ledger.MARKET_BASED, Interval(at, at + QUARTER))
            for at in (NEW_YEAR + n * QUARTER for n in range(4))
        ]

        assert [*whole] == ["GC0/GEC/1", "GC1/GEC/1"]  # expiring together, by id
        for claim, wh in whole.items():
            assert [part.get(claim, [0]) for part in parts] == [[one] for one in wh]
        assert np.sum([*whole.values()]) == 80 * KWH
