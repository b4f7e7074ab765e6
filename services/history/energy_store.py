"""Energies of quarter hours into their relations, in the caller's transaction (conventions §5).

All words on a quarter hour are kept: in `energy` the one that stands (`domain.energy`), in
`energy_version` the others. The sums of the hours, days and months that a change touches are made
anew in the same transaction: they are never behind. One writer at a time: they are few.
"""

from zoneinfo import ZoneInfo

from psycopg import sql

from services.history import bulk, energy_sums, partitions
from services.history.bulk import instant, packed, stage
from services.history.domain.energy import Words, settled
from services.history.domain.layout import ENERGY, KEY
from services.history.domain.standing import last_of
from services.runtime.database import Connection, Database

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('history.energy'))"
_COLUMNS = sql.SQL(", ").join(map(sql.Identifier, ENERGY.names))
_SAID = ENERGY.names[2:]
_KNOWN = """
    SELECT string_agg({packed}, NULL) FROM energy_key i JOIN energy e
        ON e.point_id = i.point_id AND e.window_start = i.event_time
       AND e.window_start >= {first} AND e.window_start <= {last}
"""
_STAND = sql.SQL(
    """
    INSERT INTO energy ({columns}) SELECT {columns} FROM stands ORDER BY point_id, window_start
    ON CONFLICT (point_id, window_start) DO UPDATE SET ({said}) = ROW({excluded})
    """
).format(
    columns=_COLUMNS,
    said=sql.SQL(", ").join(map(sql.Identifier, _SAID)),
    excluded=sql.SQL(", ").join(sql.Identifier("excluded", name) for name in _SAID),
)
_KEEP = sql.SQL(
    "INSERT INTO energy_version ({columns}) SELECT {columns} FROM fallen_energy"
    " ON CONFLICT DO NOTHING"
).format(columns=_COLUMNS)


class EnergyStore:
    """Writes words; the natural key is (point, quarter hour), the later known-at stands."""

    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        self._database = database
        self._zone = zone

    async def write(self, connection: Connection, words: Words) -> int:
        """Write words inside the caller's transaction; return how many stand that did not."""
        await connection.execute(_LOCK)
        await self._prepare(connection, words)
        news = settled(words, await _standing(connection, words))
        if len(news.fallen):
            await stage(connection, "fallen_energy", ENERGY, news.fallen.columns())
            await connection.execute(_KEEP)
        if len(news.changed):
            await stage(connection, "stands", ENERGY, news.changed.columns())
            await connection.execute(_STAND)
            await energy_sums.refresh(connection, news.changed, self._zone)
        return len(news.changed)

    async def _prepare(self, connection: Connection, words: Words) -> None:
        if self._database.abilities.timescaledb is None:
            await partitions.ensure(connection, partitions.OF_ENERGY, words.start_us)
        else:
            await connection.execute(bulk.UNLIMITED)


async def _standing(connection: Connection, words: Words) -> Words:
    """Return the words that stand under the keys of `words`."""
    order = words.keys_in_order()
    point, start_us = words.point_id[order], words.start_us[order]
    once = last_of([point, start_us])
    await stage(connection, "energy_key", KEY, [point[once], start_us[once]])
    query = sql.SQL(_KNOWN).format(
        packed=sql.SQL(ENERGY.packed_from("e")),
        first=instant(int(start_us.min())),
        last=instant(int(start_us.max())),
    )
    return Words(*ENERGY.unpacked(await packed(connection, query)))
