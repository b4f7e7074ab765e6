"""Totals of the live books: exact, by what is asked for, never over two ledgers."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from parkflow.carbon.v1 import total_pb2 as wire
from services.carbon_accounting.domain.ledgers import Ledger
from tests.support.calls import named_fields
from tests.support.live_books import MAY, QUARTER, ALine, LiveBooks, Said, ng_of, write
from tests.support.live_service import CALL_S, Running, serving

GRID = ALine()
SUN = ALine(origin="pv:pv", factors="pv v1")
OF_B = ALine(meter="load_b", enterprise="b", unverified="flag M")
PARKS = ALine(meter="lamps", enterprise="park")
ACCEPTANCE = ALine(ledger=Ledger.PARK_ACCEPTANCE)
BIOGENIC = ALine(meter="boiler", carrier="wood", activity="combustion", origin="", counted=False)
LATE = MAY + timedelta(days=20)
NOON = MAY + timedelta(hours=12)


@pytest.fixture
async def running(empty_books: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with serving(empty_books, tmp_path) as found:
        yield found


async def kept(running: Running, books: LiveBooks) -> None:
    async with running.database.transaction() as connection:
        await write(connection, books)


def stamp(moment: Any) -> Timestamp:
    found = Timestamp()
    found.FromDatetime(moment)
    return found


def asked(**more: Any) -> wire.ListTotalsRequest:
    return wire.ListTotalsRequest(
        **({"park_id": "mill", "first_day": "2024-05-01", "last_day": "2024-05-31"} | more)
    )


async def totals(running: Running, **more: Any) -> list[wire.Total]:
    return list((await running.stub.ListTotals(asked(**more), timeout=CALL_S)).totals)


async def test_a_quarter_hour_of_two_origins_is_two_totals(running: Running) -> None:
    books = LiveBooks()
    books.post(MAY, {GRID: Said(1000, 570_000_000_000), SUN: Said(400, 0)}, NOON)
    books.post(MAY + QUARTER, {GRID: Said(2000, 1_140_000_000_000, measured=False)}, NOON)
    await kept(running, books)

    grid, sun = await totals(running)

    assert (grid.origin_kind, grid.amount, ng_of(grid.emissions)) == (
        "grid",
        3000,
        1_710_000_000_000,
    )
    assert (grid.emissions.g, grid.emissions.ng) == (1710, 0)
    assert (grid.entry_count, grid.estimated_entry_count, grid.unit) == (2, 1, "Wh")
    assert (sun.origin_kind, sun.amount, sun.entry_count) == ("pv", 400, 1)
    assert grid.period == sun.period == "2024-05"


async def test_ledgers_stand_side_by_side_and_what_is_not_counted_says_so(running: Running) -> None:
    books = LiveBooks()
    books.post(MAY, {GRID: Said(10, 5), ACCEPTANCE: Said(10, 8), BIOGENIC: Said(3, 9)}, NOON)
    await kept(running, books)

    found = await totals(running)

    assert [(t.ledger, t.counted, ng_of(t.emissions)) for t in found] == [
        (1, True, 8),
        (2, False, 9),
        (2, True, 5),
    ]
    assert [t.ledger for t in await totals(running, ledger=1)] == [1]


async def test_a_day_is_the_parks_and_ends_at_its_midnight(running: Running) -> None:
    books = LiveBooks()
    for hours in (-1, 0, 23, 24):  # of which the first is April's last hour
        books.post(MAY + timedelta(hours=hours), {GRID: Said(1, hours + 2)}, NOON)
    await kept(running, books)

    by_day = await totals(running, period=wire.TOTAL_PERIOD_DAY)

    assert [(t.period, t.amount) for t in by_day] == [("2024-05-01", 2), ("2024-05-02", 1)]
    assert [t.amount for t in await totals(running, last_day="2024-05-01")] == [2]


async def test_doubts_are_told_each_once_and_enterprises_can_be_asked_for(running: Running) -> None:
    books = LiveBooks()
    for number in range(3):
        says = {GRID: Said(1, 1), OF_B: Said(2, 2), PARKS: Said(3, 3)}
        books.post(MAY + number * QUARTER, says, NOON)
    await kept(running, books)

    (of_b,) = await totals(running, enterprise="b")
    (parks,) = await totals(running, enterprise="park")

    assert (of_b.amount, list(of_b.unverified)) == (6, ["flag M"])
    assert (parks.amount, list(parks.unverified)) == (9, [])


async def test_what_was_reported_on_a_time_stays_though_it_is_restated(running: Running) -> None:
    books = LiveBooks()
    books.post(MAY, {GRID: Said(1000, 570), SUN: Said(1, 0)}, NOON)
    books.post(MAY, {GRID: Said(1200, 684)}, LATE, "load_a: 1000 Wh became 1200 Wh")
    await kept(running, books)

    now = await totals(running)
    then = await totals(running, known_by=stamp(LATE - timedelta(seconds=1)))

    assert [(t.origin_kind, t.amount) for t in now] == [("grid", 1200)]
    assert [(t.origin_kind, t.amount) for t in then] == [("grid", 1000), ("pv", 1)]
    assert await totals(running, known_by=stamp(LATE)) == now
    assert await totals(running, known_by=stamp(NOON - timedelta(days=1))) == []


async def test_more_than_64_bits_of_nanograms_are_told_exactly(running: Running) -> None:
    books = LiveBooks()
    for number in range(4):
        books.post(MAY + number * QUARTER, {GRID: Said(1, 2**62 + 1)}, NOON)
    await kept(running, books)

    (total,) = await totals(running)

    assert ng_of(total.emissions) == 2**64 + 4


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"first_day": ""}, "first_day"),
    ({"first_day": "2024-5-1"}, "first_day"),
    ({"last_day": "2024-04-30"}, "last_day"),
    ({"last_day": "2031-01-01"}, "last_day"),
    ({"last_day": "2024-07-31", "period": 2}, "last_day"),
    ({"period": 7}, "period"),
    ({"ledger": 9}, "ledger"),
    ({"enterprise": "nobody"}, "enterprise"),
    ({"park_id": ""}, "park_id"),
    ({"known_by": stamp(MAY + timedelta(days=400))}, "known_by"),
]


async def test_a_wrong_field_is_named(running: Running) -> None:
    for more, field in WRONG:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await totals(running, **more)

        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert named_fields(refused.value) == {field}


async def test_all_mistakes_are_told_at_once(running: Running) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await totals(running, first_day="x", ledger=9, enterprise="c")

    assert named_fields(refused.value) == {"first_day", "ledger", "enterprise"}
    assert "use one of a, b, park" in str(refused.value.details())
