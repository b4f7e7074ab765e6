"""The ends of chains, and the months there are, out of the index of postings."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.live.period_listing import chain_heads, periods_of
from services.runtime.database import Connection
from tests.support.live_books import MAY, ZONE, LiveBooks, write
from tests.support.random_books import LEDGERS, random_books

CLOSE = """
INSERT INTO closed_period (park_id, month, closed_at, closed_by, because, heads)
SELECT park_id, month, %s, 'li.wei', 'audited', jsonb_object_agg(ledger::text, encode(link, 'hex'))
FROM posting WHERE month = '2024-05' AND place = 1 GROUP BY park_id, month
"""


@pytest.fixture
async def connection(empty_books: str, tmp_path: Path) -> AsyncIterator[Connection]:
    looks = "-c search_path=carbon_accounting,public"
    async with await psycopg.AsyncConnection.connect(empty_books, options=looks) as found:
        yield found


def links(books: LiveBooks, known_by: datetime | None) -> dict[tuple[str, Ledger], int]:
    """How many links each chain has, by the model: one for each posting known by then."""
    known = (p for p in books.postings if known_by is None or p.known_at <= known_by)
    return Counter((f"{p.start.astimezone(ZONE):%Y-%m}", p.ledger) for p in known)


@pytest.mark.parametrize("days", [0, 33, 34, None])
async def test_each_chain_ends_where_its_postings_known_by_then_do(
    connection: Connection, days: int | None
) -> None:
    books = random_books(random.Random(3), quarters=20)
    await write(connection, books)
    known_by = None if days is None else MAY + timedelta(days=days)

    heads = await chain_heads(connection, "mill", known_by=known_by)

    found = {(head.month, head.ledger): head.links for head in heads}
    assert found == dict(links(books, known_by))
    assert [*found] == sorted(found)


async def test_one_chain_can_be_asked_for(connection: Connection) -> None:
    books = random_books(random.Random(4), quarters=20)
    await write(connection, books)

    (head,) = await chain_heads(connection, "mill", LEDGERS[1], "2024-05")

    assert head.links == links(books, None)["2024-05", LEDGERS[1]]
    assert await chain_heads(connection, "mill", Ledger.BATTERY, "2024-05") == []
    assert await chain_heads(connection, "forge") == []


async def test_months_are_told_once_with_the_heads_they_were_closed_with(
    connection: Connection,
) -> None:
    books = random_books(random.Random(5), quarters=20)
    await write(connection, books)
    await connection.execute(CLOSE, (MAY,))

    periods = await periods_of(connection, "mill")

    assert [one.month for one in periods] == sorted({month for month, _ in links(books, None)})
    (closed,) = [one.closed for one in periods if one.closed]
    assert [(head.ledger, head.links) for head in closed.heads] == [(one, 1) for one in LEDGERS]
