"""The readings that virtual points are made of, in PostgreSQL."""

from dataclasses import astuple

from services.runtime.database import Connection
from services.validation.domain.virtual.slots import Needs
from services.validation.domain.virtual.words import Word

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('virtual points ' || %s, 0))"
_NEEDED = """
    SELECT point_id, event_time_us, value, verdict, doubt, known_us, frame_number, word
      FROM unnest(%s::bigint[], %s::bigint[]) AS stretch(from_us, until_us)
      JOIN virtual_reading ON event_time_us >= from_us AND event_time_us < until_us
     WHERE park_id = %s AND point_id = ANY(%s)
"""
_PUT = """
    INSERT INTO virtual_reading (park_id, point_id, event_time_us, value, verdict, doubt, known_us,
                                 frame_number, word)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (park_id, event_time_us, point_id) DO UPDATE SET
      (value, verdict, doubt, known_us, frame_number, word)
      = (excluded.value, excluded.verdict, excluded.doubt, excluded.known_us,
         excluded.frame_number, excluded.word)
"""
_FORGET = "DELETE FROM virtual_reading WHERE park_id = %s AND event_time_us < %s"


class VirtualStore:
    """Reads and writes within a transaction that has its turn."""

    def __init__(self, park_id: str) -> None:
        self._park_id = park_id

    async def take_turn(self, connection: Connection) -> None:
        """Wait until no other process is at this park's virtual points; until the commit."""
        await connection.execute(_ONE_AT_A_TIME, (self._park_id,))

    async def needed(self, connection: Connection, needs: Needs) -> list[Word]:
        """Return the words that are needed."""
        stretches = (needs.from_us.tolist(), needs.until_us.tolist())
        cursor = await connection.execute(
            _NEEDED, (*stretches, self._park_id, list(needs.point_ids))
        )
        return [Word(*row) for row in await cursor.fetchall()]

    async def put(self, connection: Connection, words: list[Word]) -> None:
        """Put words in place of earlier ones."""
        rows = [(self._park_id, *astuple(word)) for word in words]
        async with connection.cursor() as cursor:
            await cursor.executemany(_PUT, rows)

    async def forget_before(self, connection: Connection, time_us: int) -> None:
        """Remove what no reading that is let in can touch any more."""
        await connection.execute(_FORGET, (self._park_id, time_us))
