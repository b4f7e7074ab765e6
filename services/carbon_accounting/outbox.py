"""Postings that Kafka has not acknowledged yet, oldest first."""

from parkflow.carbon.v1.posting_pb2 import LedgerPosting
from services.carbon_accounting.live.line_numbers import LineNumbers
from services.carbon_accounting.live.reading import postings, reading
from services.carbon_accounting.messages import posting_message
from services.runtime.database import Database

AT_ONCE = 500
_KEYS = """
SELECT sequence, ledger, start, number FROM outbox WHERE park_id = %s ORDER BY sequence LIMIT %s
"""
_THESE = """
(p.ledger, p.start, p.number) IN (
    SELECT * FROM unnest(%s::smallint[], %s::timestamptz[], %s::int[]))
"""


async def unpublished(
    database: Database, park_id: str, numbers: LineNumbers
) -> list[tuple[int, LedgerPosting]]:
    """Return (sequence, message) of the next portion, in the order of booking."""
    async with reading(database, park_id, numbers) as (connection, books):
        rows = await (await connection.execute(_KEYS, (park_id, AT_ONCE))).fetchall()
        if not rows:
            return []
        keys = [[row[at] for row in rows] for at in (1, 2, 3)]
        kept = await postings(connection, park_id, _THESE, keys)
        used = {n for one in kept for n in (*one.line_ids.tolist(), *one.reversed.tolist())}
        catalogue = await books.lines_with(used)
    by_key = {(one.ledger, one.start, one.number): one for one in kept}
    return [(row[0], posting_message(by_key[row[1:]], catalogue.lines)) for row in rows]


async def clear(database: Database, sequences: list[int]) -> None:
    """Forget what Kafka has acknowledged."""
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM outbox WHERE sequence = ANY(%s)", (sequences,))
