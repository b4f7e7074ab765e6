"""Factors over gRPC with a real PostgreSQL: listed, put in, and what they restate told before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import grpc
import psycopg
import pytest

from parkflow.carbon.v1 import factor_pb2 as wire
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceServicer
from parkflow.carbon.v1.entry_pb2 import LEDGER_LOCATION_BASED, LEDGER_PARK_ACCEPTANCE
from services.carbon_accounting.live.factor_desk import FactorDesk
from services.carbon_accounting.live.factors import LiveFactors
from services.carbon_accounting.rpc.factors import FactorsRpc
from services.energy.time_grid import QUARTER
from services.runtime.database import Database, migrate
from tests.support.calls import violations
from tests.support.carbon_factors import a_text
from tests.support.live_carbon import (
    NEW_YEAR,
    SPRING,
    Books,
    Served,
    Wakes,
    a_site,
    clock_at,
    rules_of,
    serving,
)

NATIONAL = {"ledgers": "location_based", "valid_from": "2023-01-01", "valid_until": "2024-01-01"}
BETTER = NATIONAL | {"version": "2", "value": "0.5"}
"""A second version of the national grid factor of 2023, which is 0.5306 kgCO2/kWh."""


class _Rpc(FactorsRpc, CarbonServiceServicer):
    def __init__(self, park_id: str, desk: FactorDesk) -> None:
        self.park_id, self.factors, self.clock = park_id, desk, clock_at(SPRING)


@pytest.fixture
async def database(module_database: str) -> AsyncIterator[Database]:
    await migrate("carbon_accounting", module_database)
    found = Database("carbon_accounting", module_database)
    await found.start()
    yield found
    await found.stop()


@pytest.fixture
def park_id() -> str:
    return uuid4().hex


@pytest.fixture
async def served(database: Database, park_id: str) -> AsyncIterator[Served]:
    wakes = Wakes()
    desk = FactorDesk(database, LiveFactors(a_site(park_id)), wakes)
    async with serving(_Rpc(park_id, desk)) as stub:
        yield Served(stub, park_id, wakes)


async def put(served: Served, *rows: dict[str, str], **more: Any) -> wire.PutFactorsResponse:
    request = wire.PutFactorsRequest(
        park_id=served.park_id,
        file="own.csv",
        content=a_text(*rows),
        user="li.wei",
        reason="the grid company's letter",
        **more,
    )
    answer: wire.PutFactorsResponse = await served.stub.PutFactors(request)
    return answer


async def listed(served: Served, **asked: Any) -> list[wire.Factor]:
    request = wire.ListFactorsRequest(park_id=served.park_id, **asked)
    found: list[wire.Factor] = []
    while True:
        answer = await served.stub.ListFactors(request)
        found += answer.factors
        if not answer.next_page_token:
            return found
        request.page_token = answer.next_page_token


async def refused(served: Served, *rows: dict[str, str]) -> set[tuple[str, str]]:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await put(served, *rows)
    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    return violations(error.value)


async def two_quarters(database: Database, park_id: str) -> None:
    """The first half hour of 2025 is booked: 2 kWh of steel and 1 kWh of cloth from the grid."""
    books = Books(database, rules_of(a_site(park_id)))
    await books.tell_all(NEW_YEAR, steel=[1500, 500], cloth=[400, 600])


async def test_all_versions_are_listed_with_where_they_come_from(served: Served) -> None:
    await put(served, BETTER)

    found = await listed(
        served,
        ledger=LEDGER_LOCATION_BASED,
        quantity="grid-electricity",
        region="CN",
        on_day="2023-07-01",
    )

    built_in, own = found
    assert (built_in.stated, built_in.version, built_in.own) == ("0.5306", 1, False)
    assert (own.stated, own.version, own.own) == ("0.5", 2, True)
    assert own.factor_id == built_in.factor_id == "location_based/grid-electricity/CN/2023"
    assert (own.unit, own.trust, own.source) == ("kgCO2/kWh", "V", "a document")
    assert (own.valid_from_day, own.valid_until_day) == ("2023-01-01", "2024-01-01")
    assert (own.file, own.put_by, own.reason) == (
        "own.csv",
        "li.wei (local)",
        "the grid company's letter",
    )
    assert abs(own.put_at.seconds - SPRING.timestamp()) < 60


async def test_pages_hold_every_factor_once_and_in_order(served: Served) -> None:
    all_at_once = await listed(served, ledger=LEDGER_PARK_ACCEPTANCE, page_size=5000)

    by_page = await listed(served, ledger=LEDGER_PARK_ACCEPTANCE, page_size=7)

    assert len(all_at_once) > 50
    assert by_page == all_at_once
    assert [f for f in all_at_once if f.trust == "M" and not f.unverified_because] == []


async def test_the_books_take_a_new_version_without_a_restart(
    served: Served, database: Database
) -> None:
    rules = rules_of(a_site(served.park_id))
    async with database.transaction() as connection:
        before = await rules.of(connection)
        again = await rules.of(connection)

    answer = await put(served, BETTER)

    async with database.transaction() as connection:
        after = await rules.of(connection)
    assert (answer.new_factor_count, served.wakes.count) == (1, 1)
    assert again is before
    assert before.fingerprint != after.fingerprint
    assert (
        after.accounted.rules.factors.version("location_based/grid-electricity/CN/2023", 1)
        is not None
    )


async def test_the_same_file_again_changes_nothing(served: Served, database: Database) -> None:
    await put(served, BETTER)

    again = await put(served, BETTER)
    tried = await put(served, BETTER, dry_run=True)

    assert (again.new_factor_count, again.known_already) == (0, True)
    assert tried.known_already
    assert served.wakes.count == 1
    rows = await database.rows(
        "SELECT count(*) FROM factor_file WHERE park_id = %s", (served.park_id,)
    )
    assert rows == [(1,)]


async def test_a_dry_run_tells_entries_and_grams_and_keeps_nothing(
    served: Served, database: Database
) -> None:
    await two_quarters(database, served.park_id)

    answer = await put(served, BETTER, dry_run=True)

    assert answer.new_factor_count == 1
    (change,) = answer.restatements
    assert (change.ledger, change.month) == (LEDGER_LOCATION_BASED, "2025-01")
    assert (change.reversed_entry_count, change.booked_entry_count) == (4, 4)
    assert (change.change.g, change.change.ng) == (-91, -800_000_000)  # 3 kWh x 30.6 g/kWh
    assert not change.closed
    assert await listed(served, own_only=True) == []
    assert served.wakes.count == 0


async def test_a_factor_that_nothing_uses_restates_nothing(
    served: Served, database: Database
) -> None:
    await two_quarters(database, served.park_id)

    answer = await put(served, BETTER | {"region": "CN-GD"}, dry_run=True)

    assert (answer.new_factor_count, len(answer.restatements)) == (1, 0)


async def test_a_dry_run_says_which_months_are_closed(served: Served, database: Database) -> None:
    await two_quarters(database, served.park_id)
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO closed_period VALUES (%s, '2025-01', %s, 'auditor', 'audited', '{}')",
            (served.park_id, SPRING),
        )

    answer = await put(served, BETTER, dry_run=True)

    assert [change.closed for change in answer.restatements] == [True]


async def test_every_mistake_of_a_file_is_told_with_line_field_value_and_cure(
    served: Served,
) -> None:
    found = await refused(
        served,
        NATIONAL | {"version": "2", "value": "-1"},
        NATIONAL | {"version": "2", "trust": "sure", "source": ""},
    )

    assert found == {
        (
            "content.line[2].value",
            "'-1': give a number of at least 0 with a decimal point, such as 0.5306",
        ),
        ("content.line[3].trust", "'sure': give one of V, V2, D, M, GAP"),
        ("content.line[3].source", "'': name the document it comes from"),
    }
    assert await listed(served, own_only=True) == []


async def test_a_header_alone_is_no_file_of_factors(served: Served) -> None:
    assert await refused(served) == {
        (
            "content.line[1].file",
            "holds no factor: give a row for each factor below the header",
        ),
    }


async def test_a_version_that_is_there_already_on_the_same_days_is_refused(
    served: Served,
) -> None:
    ((field, told),) = await refused(served, NATIONAL | {"version": "1"})

    assert field == "content.line[2].valid_from"
    assert "overlaps location_based/grid-electricity/CN/2023" in told
    assert "give the next version" in told


async def test_a_factor_per_volume_cannot_meet_a_meter_of_energy(served: Served) -> None:
    ((field, told),) = await refused(served, BETTER | {"unit": "kgCO2/Nm3"})

    assert field == "content.line[2].unit"
    assert told.startswith("'kgCO2/Nm3': grid-electricity is per another kind of amount")
    assert "kgCO2/kWh" in told


async def test_who_and_why_must_be_said(served: Served) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await served.stub.PutFactors(wire.PutFactorsRequest(park_id=served.park_id))

    assert {field for field, _ in violations(error.value)} == {"content", "user", "reason"}


async def test_a_file_that_was_put_in_is_never_changed(served: Served, database: Database) -> None:
    await put(served, BETTER)

    for change in ("DELETE FROM factor_file", "UPDATE factor_file SET put_by = 'nobody'"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            await database.rows(f"{change} WHERE park_id = %s", (served.park_id,))


async def test_what_the_park_put_in_holds_against_a_later_release(
    served: Served, database: Database
) -> None:
    """A release that brings the same version of the same days does not stop the books."""
    await put(served, NATIONAL | {"region": "CN-GD", "value": "0.4", "version": "1"})
    known_before = LiveFactors(a_site(served.park_id))
    async with database.transaction() as connection:
        own = (await known_before.known(connection)).store
        release = LiveFactors(a_site(served.park_id), own)  # it brings the park's own row, too

        known = await release.known(connection)

    assert [factor.region for factor in known.passed_over] == ["CN-GD"]
    assert len(list(known.store)) == len(list(own))


async def test_a_day_that_is_none_is_refused(served: Served) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await listed(served, on_day="yesterday", ledger=9, page_size=-1)

    assert {field for field, _ in violations(error.value)} == {"on_day", "ledger", "page_size"}


async def test_the_second_month_is_restated_only_where_a_factor_holds(
    database: Database, park_id: str
) -> None:
    """Without a year that stands in, a factor of February changes February alone."""
    site = a_site(park_id, factor_year=None, acceptance_factor_year=None)
    february = NEW_YEAR + timedelta(days=31)
    desk = FactorDesk(database, LiveFactors(site), Wakes())
    books = Books(database, rules_of(site))
    await books.tell_all(february - QUARTER, steel=[1000, 1000], cloth=[0, 0])
    async with serving(_Rpc(park_id, desk)) as stub:
        of_february = {"valid_from": "2025-02-01", "valid_until": "2025-03-01", "value": "0.6"}

        answer = await put(Served(stub, park_id), of_february, dry_run=True)

    (change,) = answer.restatements  # nothing was booked there before: no factor was known
    assert (change.month, change.reversed_entry_count, change.booked_entry_count) == (
        "2025-02",
        0,
        1,
    )
    assert (change.change.g, change.change.ng) == (600, 0)
