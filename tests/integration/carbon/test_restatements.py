"""What was restated, and the difference of two versions of the books, with the reason."""

import random
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from parkflow.carbon.v1 import restatement_pb2 as wire
from tests.support.calls import named_fields
from tests.support.live_books import MAY, QUARTER, ZONE, ALine, LiveBooks, Said, ng_of, write
from tests.support.live_service import CALL_S, Running, as_caller, serving
from tests.support.random_books import random_books

GRID, OF_B = ALine(), ALine(meter="load_b", enterprise="b")
NEW_FACTOR = ALine(factors="CN-grid-2022 v2")
NOON, LATE = MAY + timedelta(hours=12), MAY + timedelta(days=33)
FACTOR_WORDS = "factor CN-grid-2022 v1 became CN-grid-2022 v2"
READING_WORDS = "load_b: 5 Wh became 6 Wh"
KEY = ("meter", "enterprise", "activity", "origin", "category", "gas")


@pytest.fixture
async def running(empty_books: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with serving(empty_books, tmp_path) as found:
        yield found


async def kept(running: Running, books: LiveBooks) -> None:
    async with running.database.transaction() as connection:
        await write(connection, books)


def stamp(moment: datetime) -> Timestamp:
    found = Timestamp()
    found.FromDatetime(moment)
    return found


async def listed(stub: Any, **more: Any) -> wire.ListRestatementsResponse:
    request = wire.ListRestatementsRequest(park_id="mill", **more)
    return await stub.ListRestatements(request, timeout=CALL_S)


async def compared(stub: Any, reported_on: datetime, **more: Any) -> list[wire.VersionDifference]:
    days = {"first_day": "2024-04-01", "last_day": "2024-06-30"}
    request = wire.CompareVersionsRequest(
        park_id="mill", reported_on=stamp(reported_on), **(days | more)
    )
    return list((await stub.CompareVersions(request, timeout=CALL_S)).differences)


def restated_twice() -> LiveBooks:
    """10 Wh of a and 5 of b: b's reading becomes 6 Wh, then a's factor 3 ng/Wh instead of 2."""
    books = LiveBooks()
    books.post(MAY, {GRID: Said(10, 20), OF_B: Said(5, 10)}, NOON)
    books.post(MAY, {GRID: Said(10, 20), OF_B: Said(6, 12)}, LATE, READING_WORDS)
    later, says = LATE + QUARTER, {NEW_FACTOR: Said(10, 30), OF_B: Said(6, 12)}
    books.post(MAY, says, later, FACTOR_WORDS, same_words=True)
    return books


async def test_a_restatement_says_what_went_what_came_and_why(running: Running) -> None:
    await kept(running, restated_twice())

    first, second = (await listed(running.stub)).restatements

    assert (first.version, first.because, first.known_at) == (2, READING_WORDS, stamp(LATE))
    assert (ng_of(first.reversed), ng_of(first.booked)) == (10, 12)
    assert (first.reversed_entry_count, first.booked_entry_count) == (1, 1)
    assert (second.version, second.because) == (3, FACTOR_WORDS)
    assert (ng_of(second.reversed), ng_of(second.booked)) == (20, 30)
    assert second.interval.start == stamp(MAY)


async def test_a_withdrawal_books_nothing(running: Running) -> None:
    books = LiveBooks()
    books.post(MAY, {GRID: Said(10, 20), OF_B: Said(5, 10)}, NOON)
    books.post(MAY, {GRID: Said(10, 20)}, LATE, "load_b: 5 Wh became unknown")
    await kept(running, books)

    (one,) = (await listed(running.stub)).restatements

    assert (ng_of(one.reversed), ng_of(one.booked), one.booked_entry_count) == (10, 0, 0)


async def test_restatements_are_found_by_span_by_time_and_by_ledger(running: Running) -> None:
    await kept(running, restated_twice())

    async def found(**more: Any) -> list[int]:
        return [one.version for one in (await listed(running.stub, **more)).restatements]

    assert await found(known_after=stamp(LATE)) == [3]
    assert await found(known_after=stamp(LATE - QUARTER)) == [2, 3]
    assert await found(first_day="2024-05-01", last_day="2024-05-01") == [2, 3]
    assert await found(first_day="2024-05-02", last_day="2024-05-09") == []
    assert await found(ledger=1) == []
    assert await found(enterprise="b") == [2]
    assert await found(enterprise="park") == []


async def paged(stub: Any, **more: Any) -> list[tuple[int, int, int]]:
    """When, of which quarter hour and ledger; page by page."""
    seen: list[tuple[int, int, int]] = []
    token = ""
    while token or not seen:
        answer = await listed(stub, page_size=3, page_token=token, **more)
        seen += [
            (r.known_at.seconds, r.interval.start.seconds, r.ledger) for r in answer.restatements
        ]
        token = answer.next_page_token
    return seen


async def test_pages_tell_every_restatement_once_from_either_end(running: Running) -> None:
    books = random_books(random.Random(5), quarters=30)
    await kept(running, books)

    seen = await paged(running.stub)

    assert seen == sorted(set(seen))
    assert len(seen) == sum(p.number > 1 and bool(p.booked or p.reversed) for p in books.postings)
    assert await paged(running.stub, is_newest_first=True) == seen[::-1]
    assert (await listed(running.stub, page_size=1)).restatement_count == len(seen)
    assert not (await listed(running.stub, enterprise="b")).HasField("restatement_count")
    other = (await listed(running.stub, page_size=1)).next_page_token
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await listed(running.stub, page_token=other, ledger=2)
    assert named_fields(refused.value) == {"page_token"}


async def test_the_difference_of_two_versions_says_which_input_changed(running: Running) -> None:
    await kept(running, restated_twice())

    of_a, of_b = await compared(running.stub, NOON)
    (of_readings,) = await compared(running.stub, NOON, known_by=stamp(LATE))
    nothing = await compared(running.stub, LATE + QUARTER)

    assert (ng_of(of_a.reported), ng_of(of_a.known), ng_of(of_a.more)) == (20, 30, 10)
    assert [(c.reason, c.entry_count, ng_of(c.more)) for c in of_a.changes] == [
        ("factor changed", 1, 10)
    ]
    assert (of_a.month, of_a.enterprise, of_b.enterprise) == ("2024-05", "a", "b")
    assert [c.reason for c in of_b.changes] == ["reading changed"]
    assert (ng_of(of_b.reported), ng_of(of_b.known)) == (10, 12)
    assert of_readings.enterprise == "b"
    assert nothing == []


async def test_what_was_not_there_when_it_was_reported_is_first_booked_since(
    running: Running,
) -> None:
    await kept(running, restated_twice())

    of_a, of_b = await compared(running.stub, NOON - QUARTER, known_by=stamp(NOON))

    assert (ng_of(of_a.reported), ng_of(of_a.known), of_a.reversed_entry_count) == (0, 20, 0)
    assert (of_b.booked_entry_count, [c.reason for c in of_b.changes]) == (1, ["first booked"])


async def test_a_quarter_hour_first_booked_is_no_reason_for_what_a_factor_changed(
    running: Running,
) -> None:
    books = restated_twice()
    books.post(MAY + QUARTER, {GRID: Said(7, 70)}, LATE)
    await kept(running, books)

    of_a, _ = await compared(running.stub, NOON)

    assert [(c.reason, c.entry_count, ng_of(c.more)) for c in of_a.changes] == [
        ("factor changed", 1, 10),
        ("first booked", 1, 70),
    ]


@pytest.mark.parametrize("seed", [11, 12, 13])
async def test_any_two_versions_differ_by_what_stands_otherwise(
    running: Running, seed: int
) -> None:
    chance = random.Random(seed)
    books = random_books(chance)
    await kept(running, books)
    moments = [MAY + timedelta(days=31 + number) for number in range(5)]
    reported_on, known_by = sorted(chance.sample(moments, 2))

    found = await compared(running.stub, reported_on, known_by=stamp(known_by))

    before, after = merged(books, reported_on), merged(books, known_by)
    changed = {key for key in before | after if before.get(key) != after.get(key)}
    by_month: dict[tuple[Any, ...], set[Any]] = defaultdict(set)
    for key in changed:
        by_month[key[0], f"{key[1].astimezone(ZONE):%Y-%m}", key[3]].add(key)
    told = {(one.ledger, one.month, one.enterprise): one for one in found}
    assert told.keys() == by_month.keys()
    for (ledger, month, enterprise), one in told.items():
        keys = by_month[ledger, month, enterprise]
        assert one.reversed_entry_count == len(keys & before.keys())
        assert one.booked_entry_count == len(keys & after.keys())
        assert sum(c.entry_count for c in one.changes) == len(keys)
        for said, at in ((one.reported, reported_on), (one.known, known_by)):
            sums = books.emissions_ng(at, enterprise=enterprise)
            assert ng_of(said) == sums.get((ledger, month), 0)
        assert ng_of(one.more) == ng_of(one.known) - ng_of(one.reported)
        assert ng_of(one.more) == sum(ng_of(c.more) for c in one.changes)


def merged(books: LiveBooks, known_by: datetime) -> dict[tuple[Any, ...], Any]:
    """What stands by start and key, several lines of one key together."""
    found: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for (ledger, start), entries in books.standing(known_by).items():
        for line, said in entries.items():
            found[ledger, start, *(getattr(line, name) for name in KEY)].append((line, said))
    return {key: told(several) for key, several in found.items()}


def told(several: list[tuple[ALine, Said]]) -> Any:
    return (
        sum(said.amount for _, said in several),
        sum(said.emissions_ng for _, said in several),
        {(line.factors, line.unverified) for line, _ in several},
        {said.measured for _, said in several},
        {line.counted for line, _ in several},
    )


async def test_an_enterprise_is_told_its_own_sums_without_the_meters_of_others(
    empty_books: str, tmp_path: Path, secrets: Path
) -> None:
    books, both = LiveBooks(), {GRID: Said(10, 20), OF_B: Said(5, 10)}
    books.post(MAY, both, NOON)
    words = "approved by the operator: load_b was read wrong; load_b: 5 Wh became 6 Wh"
    books.post(MAY, {GRID: Said(9, 18), OF_B: Said(6, 12)}, LATE, words)

    async with serving(empty_books, tmp_path, secrets=secrets) as running:
        await kept(running, books)
        async with as_caller(running, secrets, "enterprise/a") as stub:
            (one,) = (await listed(stub)).restatements
            (difference,) = await compared(stub, NOON)

    assert (one.because, ng_of(one.reversed), ng_of(one.booked)) == ("reading changed", 20, 18)
    assert (difference.enterprise, ng_of(difference.more)) == ("a", -2)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"reported_on": None}, "reported_on"),
    ({"known_by": stamp(NOON - QUARTER)}, "known_by"),
    ({"last_day": "2026-01-01"}, "last_day"),
    ({"enterprise": "c"}, "enterprise"),
]


async def test_a_wrong_comparison_is_refused(running: Running) -> None:
    days = {"first_day": "2024-05-01", "last_day": "2024-05-31"}
    for more, field in WRONG:
        asked: dict[str, Any] = {"park_id": "mill", "reported_on": stamp(NOON)} | days | more
        request = wire.CompareVersionsRequest(**asked)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await running.stub.CompareVersions(request, timeout=CALL_S)

        assert named_fields(refused.value) == {field}


async def test_a_report_of_the_future_is_refused_with_a_cure_that_can_be_followed(
    running: Running,
) -> None:
    later = stamp(NOON + timedelta(days=4_000))
    days = {"first_day": "2024-05-01", "last_day": "2024-05-31"}
    request = wire.CompareVersionsRequest(park_id="mill", reported_on=later, **days)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await running.stub.CompareVersions(request, timeout=CALL_S)

    assert named_fields(refused.value) == {"reported_on"}
    assert "has not come yet; give a time up to 20" in str(refused.value.details())
