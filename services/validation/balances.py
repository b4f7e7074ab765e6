"""Changed quarter hours in; each node's balance of the quarters they touch, kept to be asked.

The meters of a node come from several sources and so through several processes; therefore they
stand in the database, and one process at a time looks at them. Idempotency keys: a quarter hour by
(park, start, point), a balance by (park, node, start). Of several words on a quarter hour the one
stands that history lets stand: known last, of one instant from the later place of the raw log. A
quarter hour in which no meter is known has no balances, whatever was believed in between.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from services.energy.frame_numbers import number_of
from services.energy.site import Node
from services.energy.time_grid import to_microseconds
from services.runtime.database import Connection, Database
from services.runtime.interval_frames import IntervalFrame, interval_frame_from
from services.runtime.received import Received
from services.validation.domain.balance import Balance, Meters, balance
from services.validation.domain.energy.splitting import QUARTER_US

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('balances ' || %s, 0))"
_PUT = """
    INSERT INTO metered (park_id, start_us, point_id, known_at_us, log_position, frame_number,
                         energy_wh, is_known, word)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (park_id, start_us, point_id) DO UPDATE SET
      (known_at_us, log_position, frame_number, energy_wh, is_known, word)
      = (excluded.known_at_us, excluded.log_position, excluded.frame_number, excluded.energy_wh,
         excluded.is_known, excluded.word)
    WHERE (excluded.known_at_us, excluded.log_position, excluded.frame_number, excluded.energy_wh,
           excluded.is_known)
        > (metered.known_at_us, metered.log_position, metered.frame_number, metered.energy_wh,
           metered.is_known)
"""
_METERED = """
    SELECT start_us, point_id, energy_wh FROM metered
     WHERE park_id = %s AND start_us = ANY(%s) AND is_known
"""
_BALANCE = """
    INSERT INTO balance (park_id, node_id, start_us, metered_wh, children_wh, allowance_wh,
                         tolerance_wh, verdict, missing)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (park_id, node_id, start_us) DO UPDATE SET
      (metered_wh, children_wh, allowance_wh, tolerance_wh, verdict, missing)
      = (excluded.metered_wh, excluded.children_wh, excluded.allowance_wh, excluded.tolerance_wh,
         excluded.verdict, excluded.missing)
"""
_NOTHING_KNOWN = "DELETE FROM balance WHERE park_id = %s AND start_us = ANY(%s)"


class Balances:
    """Keeps the balances of a park's topology."""

    def __init__(
        self,
        park_id: str,
        nodes: tuple[Node, ...],
        register_ids: tuple[str, ...],
        database: Database,
    ) -> None:
        self._park_id, self._database = park_id, database
        devices = {name for node in nodes for name in (node.meter_id, *node.children)}
        own = [name for name in register_ids if name.rpartition(".")[0] in devices]
        self._row_of = {name: row for row, name in enumerate(own)}
        self._meters = Meters.of(nodes, own)

    async def take(self, received: list[Received[Any]]) -> None:
        """Take one batch in; repeating it changes nothing."""
        rows = [
            row
            for one in received
            if one.message.park_id == self._park_id
            for row in self._rows(interval_frame_from(one.message), one.offset)
        ]
        if not rows:
            return
        starts = sorted({start_us for _, start_us, *_ in rows})
        async with self._database.transaction() as connection:
            await connection.execute(_ONE_AT_A_TIME, (self._park_id,))
            async with connection.cursor() as cursor:
                await cursor.executemany(_PUT, rows)
                energy_wh = await self._metered(connection, starts)
                await cursor.execute(
                    _NOTHING_KNOWN, (self._park_id, sorted({*starts} - {*energy_wh}))
                )
                await cursor.executemany(_BALANCE, self._balances(energy_wh))

    def _rows(self, frame: IntervalFrame, offset: int) -> Iterable[tuple[Any, ...]]:
        """Yield the quarters of the topology's registers; known is what is known all along."""
        energy_wh = (frame.believed_wh + frame.estimated_wh).tolist()
        known = (frame.known_us == QUARTER_US).tolist()
        origin = (to_microseconds(frame.known_at), frame.log_position, number_of(frame.frame_id))
        columns = (frame.point_index.tolist(), frame.start_us.tolist(), energy_wh, known)
        for point, start_us, wh, is_known in zip(*columns, strict=True):
            if (name := frame.point_ids[point]) in self._row_of:
                yield (self._park_id, start_us, name, *origin, wh, is_known, offset)

    async def _metered(
        self, connection: Connection, starts: list[int]
    ) -> dict[int, list[tuple[int, int]]]:
        """Return (register row, Wh) of the meters that are known, by quarter hour."""
        cursor = await connection.execute(_METERED, (self._park_id, starts))
        found: dict[int, list[tuple[int, int]]] = {}
        for start_us, point_id, wh in await cursor.fetchall():
            if (row := self._row_of.get(point_id)) is not None:
                found.setdefault(start_us, []).append((row, wh))
        return found

    def _balances(self, metered: dict[int, list[tuple[int, int]]]) -> Iterable[tuple[Any, ...]]:
        energy_wh = np.zeros((len(self._row_of), len(metered)), np.int64)
        known = np.zeros(energy_wh.shape, np.bool_)
        for place, own in enumerate(metered.values()):
            for row, wh in own:
                energy_wh[row, place], known[row, place] = wh, True
        return self._kept(balance(self._meters, energy_wh, known), [*metered])

    def _kept(self, found: Balance, starts: list[int]) -> Iterable[tuple[Any, ...]]:
        missing: dict[tuple[int, int], list[str]] = {}
        for which, place, name in found.missing:
            missing.setdefault((which, place), []).append(name)
        for number, node in enumerate(self._meters.nodes):
            for place, start_us in enumerate(starts):
                yield (
                    self._park_id,
                    node.id,
                    start_us,
                    int(found.metered_wh[number, place]),
                    int(found.children_wh[number, place]),
                    int(found.allowance_wh[number, place]),
                    int(found.tolerance_wh[number, place]),
                    int(found.verdict[number, place]),
                    missing.get((number, place), []),
                )
