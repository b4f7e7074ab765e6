"""What is written out for PostgreSQL comes back as it was, whatever is in it."""

from datetime import UTC, datetime

import psycopg

from services.carbon_accounting.live import copying

ODD = [
    "",
    "plain",
    "tab\tand\nnew line\r",
    "back\\slash \\N \\.",
    'quoted "so", {with} braces',
    "中文",
]
NOON = datetime(2019, 6, 4, 4, 0, 0, 25, tzinfo=UTC)
TABLE = """
CREATE TEMP TABLE odd
    (one text, many text[], at timestamptz, wh bigint[], sure boolean[], link bytea)
"""


async def test_rows_that_are_copied_come_back_as_they_were(fresh_database: str) -> None:
    rows = [
        (
            copying.text(one),
            copying.text(copying.texts(ODD)),
            copying.instant(NOON),
            copying.array([-1, 2**60]),
            copying.truths([True, False]),
            copying.binary(bytes(range(256))),
        )
        for one in ODD
    ]

    async with await psycopg.AsyncConnection.connect(fresh_database) as connection:
        await connection.execute(TABLE)
        await copying.copy_rows(connection, "COPY odd FROM STDIN", rows)
        found = await (await connection.execute("SELECT * FROM odd")).fetchall()

    same = (ODD, NOON, [-1, 2**60], [True, False], bytes(range(256)))
    assert found == [(one, *same) for one in ODD]


async def test_arrays_that_are_sent_come_back_as_they_were(fresh_database: str) -> None:
    sent = (copying.texts(ODD), copying.instants([NOON]), copying.texts(["\\xff00"]))

    async with await psycopg.AsyncConnection.connect(fresh_database) as connection:
        query = "SELECT %s::text[], %s::timestamptz[], %s::bytea[]"
        found = await (await connection.execute(query, sent)).fetchone()

    assert found == (ODD, [NOON], [b"\xff\x00"])
