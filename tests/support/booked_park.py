"""Books of a demo park of its own, put into the database as the bookkeeper would."""

from collections.abc import Mapping

from services.carbon_accounting.live.inventories import Accounted
from services.energy.time_grid import Interval
from services.runtime.database import Database

WORDS = """
INSERT INTO register_quarter
SELECT %(park)s, start, point, wh, 0, 0, 0, 900000000, 900000000, 0, start, 0, 0
FROM generate_series(%(start)s::timestamptz, %(end)s::timestamptz - interval '15 minutes',
                     interval '15 minutes') AS start
CROSS JOIN unnest(%(points)s::text[], %(wh)s::bigint[]) AS counted (point, wh)
ON CONFLICT (park_id, start, point_id) DO UPDATE SET believed_wh = excluded.believed_wh
"""
BASES = """
INSERT INTO basis
SELECT %(park)s, start, 1, '', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'
FROM generate_series(%(start)s::timestamptz, %(end)s::timestamptz - interval '15 minutes',
                     interval '15 minutes') AS start
ON CONFLICT DO NOTHING
"""
POSTINGS = """
INSERT INTO posting
SELECT %(park)s, 1, start, %(number)s, start, 'told', 1, '{}', '{}', '{}', '{}', '{}',
       to_char(start AT TIME ZONE %(zone)s, 'YYYY-MM'),
       coalesce((SELECT max(place) FROM posting WHERE park_id = %(park)s), 0)
           + row_number() OVER (ORDER BY start), ''
FROM generate_series(%(start)s::timestamptz, %(end)s::timestamptz - interval '15 minutes',
                     interval '15 minutes') AS start
"""


async def book(
    database: Database,
    accounted: Accounted,
    span: Interval,
    wh: Mapping[str, int],
    *,
    number: int = 1,
) -> None:
    """Put the same words on every quarter of a span; registers that are not named counted 0."""
    site = accounted.site
    if strangers := set(wh) - set(accounted.registers):
        raise ValueError(f"{sorted(strangers)} are none of {accounted.registers}")
    told = {"park": site.id, "start": span.start, "end": span.end, "zone": site.time_zone.key}
    points = list(accounted.registers)
    told |= {"points": points, "wh": [wh.get(point, 0) for point in points], "number": number}
    async with database.transaction() as connection:
        for statement in (WORDS, BASES, POSTINGS):
            await connection.execute(statement, told)
