"""Answers have connections of their own: slow ones neither hold up booking nor stay for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import psycopg
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from parkflow.carbon.v1 import period_pb2, restatement_pb2
from services.carbon_accounting.answering import reading_database
from services.carbon_accounting.live.store import open_books
from services.carbon_accounting.settings import Settings
from tests.support.builders import DEMO_PARK_FILE
from tests.support.live_service import CALL_S, Running, serving
from tests.support.patience import until

SOON_S = 3.0
PENDING = period_pb2.ListPendingRestatementsRequest(park_id="mill")


@asynccontextmanager
async def nobody_reads_postings(url: str) -> AsyncIterator[None]:
    """Keep every comparison waiting: the table of postings is locked."""
    async with await psycopg.AsyncConnection.connect(url) as holding:
        await holding.execute("LOCK TABLE carbon_accounting.posting IN ACCESS EXCLUSIVE MODE")
        yield
        await holding.rollback()


def comparing(running: Running) -> "asyncio.Future[restatement_pb2.CompareVersionsResponse]":
    request = restatement_pb2.CompareVersionsRequest(
        park_id="mill",
        first_day="2024-05-01",
        last_day="2024-05-31",
        reported_on=Timestamp(seconds=1_714_521_600),
    )
    return asyncio.ensure_future(_answered(running, request))


async def _answered(
    running: Running, request: restatement_pb2.CompareVersionsRequest
) -> restatement_pb2.CompareVersionsResponse:
    return await running.stub.CompareVersions(request, timeout=CALL_S)


async def waiting_for_the_lock(running: Running, count: int) -> None:
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"

    async def are_waiting() -> bool:
        return (await running.database.rows(query))[0][0] >= count

    await until(are_waiting, f"{count} comparisons wait")


async def test_comparisons_that_hang_hold_up_neither_booking_nor_pages(
    empty_books: str, tmp_path: Path
) -> None:
    async with serving(empty_books, tmp_path) as running, nobody_reads_postings(empty_books):
        slow = [comparing(running) for _ in range(6)]
        await waiting_for_the_lock(running, 3)

        async with asyncio.timeout(SOON_S):
            async with open_books(running.database, "mill") as books:
                booked = await books.reach()
            waiting = await running.stub.ListPendingRestatements(PENDING, timeout=SOON_S)

        assert booked is None
        assert not waiting.restatements
        for one in slow:
            one.cancel()


async def test_a_statement_that_takes_too_long_is_refused_in_words(
    empty_books: str, tmp_path: Path
) -> None:
    async with (
        serving(empty_books, tmp_path, statement_s=1) as running,
        nobody_reads_postings(empty_books),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await comparing(running)

    assert refused.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert "CompareVersions was ended" in str(refused.value.details())
    assert "ask for fewer days" in str(refused.value.details())


async def test_a_long_call_that_finds_nothing_free_is_refused_in_words(
    empty_books: str, tmp_path: Path
) -> None:
    async with (
        serving(empty_books, tmp_path, connections=2) as running,
        nobody_reads_postings(empty_books),
    ):
        first = comparing(running)
        await waiting_for_the_lock(running, 1)

        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await comparing(running)

        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "none of the 2 connections free" in str(refused.value.details())
        first.cancel()


async def test_answers_cannot_write(empty_books: str) -> None:
    reading = reading_database(
        "carbon_accounting", Settings(park=DEMO_PARK_FILE, database_url=empty_books)
    )
    await reading.start()
    try:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await reading.rows("DELETE FROM day_line RETURNING day")
    finally:
        await reading.stop()


@pytest.mark.parametrize("name", ["answering_connections", "answer_statement_s"])
def test_no_connection_and_no_time_are_refused_at_the_start(name: str) -> None:
    with pytest.raises(ValueError, match=f"PARKFLOW_{name.upper()} is 0"):
        Settings(park=DEMO_PARK_FILE, database_url="x", **{name: 0})
