"""The windows that writers have touched and nobody has rolled up yet, by shard of points."""

from services.history.domain.touched import Windows, unpacked
from services.runtime.database import Connection

SHARDS = 4
WINDOWS_A_ROUND = 50_000
_ENQUEUE = "INSERT INTO touched (shard, windows) VALUES (%s, %b)"
_CLAIM = """
    SELECT s.shard FROM rollup_shard s
     CROSS JOIN LATERAL (SELECT touched_id FROM touched t WHERE t.shard = s.shard
                          ORDER BY touched_id LIMIT 1) AS first
     ORDER BY first.touched_id LIMIT 1 FOR UPDATE OF s SKIP LOCKED
"""
_TAKE = """
    DELETE FROM touched WHERE touched_id = ANY(ARRAY(
        SELECT touched_id FROM (
            SELECT touched_id, sum(length(windows)) OVER (ORDER BY touched_id) - length(windows)
                   AS before FROM touched WHERE shard = %s ORDER BY touched_id LIMIT 1000) AS part
         WHERE before < %s)) RETURNING windows
"""
_WAITING = "SELECT windows FROM touched"
_LAG = "SELECT extract(epoch FROM clock_timestamp() - min(touched_at))::float8 FROM touched"


async def enqueue(connection: Connection, windows: Windows) -> None:
    """Ask for windows to be rolled up once the caller's transaction is committed."""
    shard = windows.point_id % SHARDS
    parts = [(number, windows.take(shard == number).packed()) for number in range(SHARDS)]
    async with connection.cursor() as cursor:
        await cursor.executemany(_ENQUEUE, [part for part in parts if part[1]])


async def claim(connection: Connection) -> int | None:
    """Return the shard that has waited longest and hold it until the transaction ends.

    None when nothing waits, or others hold all that does.
    """
    cursor = await connection.execute(_CLAIM)
    row = await cursor.fetchone()
    return int(row[0]) if row else None


async def take(connection: Connection, shard: int) -> Windows:
    """Take the oldest windows of a shard off the queue; they are back if this is rolled back."""
    cursor = await connection.execute(_TAKE, (shard, WINDOWS_A_ROUND * 8))
    return unpacked([windows for (windows,) in await cursor.fetchall()])


async def lag_s(connection: Connection) -> float:
    """Return how long the oldest touched window has waited; 0 when none does."""
    cursor = await connection.execute(_LAG)
    row = await cursor.fetchone()
    return float(row[0]) if row and row[0] is not None else 0.0


async def waits_before(connection: Connection, start_us: int) -> bool:
    """Whether a window waits that begins before an instant."""
    cursor = await connection.execute(_WAITING)
    waiting = unpacked([windows for (windows,) in await cursor.fetchall()])
    return bool((waiting.start_us < start_us).any())
