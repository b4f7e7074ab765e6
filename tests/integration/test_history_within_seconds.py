"""A touched window is rolled up within seconds; how far the rollups lag is on the metrics page."""

from __future__ import annotations

import time

import psycopg

from parkflow.telemetry.v1 import edit_pb2
from tests.support.live_park import (
    NOW_MINUTE,
    Client,
    LivePark,
    Rollup,
    comes_to,
    metric,
    minute,
)

METER, LOAD = "steel.consumption_energy_wh", "steel.active_power_w"
FIRST, WAITING = "metalwork.active_power_w", "labs_a.active_power_w"
WITHIN_S = 5.0
LAG = "parkflow_rollup_lag_seconds"
LATE_MINUTE = NOW_MINUTE - 100.0


async def until_rolled_up(client: Client, point_id: str, expected: dict[float, Rollup]) -> float:
    """Return after how many seconds the quarter hours are these."""
    began = time.monotonic()
    await comes_to(lambda: client.rollups(point_id), expected)
    return time.monotonic() - began


async def test_a_pushed_a_late_and_an_edited_reading_are_in_the_quarter_hour_rollup_within_5_s(
    client: Client,
) -> None:
    await client.push((FIRST, 119.0, 1.0))  # a new history joins its group first
    await until_rolled_up(client, FIRST, {105: Rollup(1.0, believed=1)})

    await client.push((LOAD, 119.0, 300_000.0), (METER, 119.0, 9_000.0))
    pushed_s = await until_rolled_up(client, LOAD, {105: Rollup(300_000.0, believed=1)})
    await client.push((LOAD, LATE_MINUTE, 310_000.0))
    both = {15: Rollup(310_000.0, believed=1), 105: Rollup(300_000.0, believed=1)}
    late_s = await until_rolled_up(client, LOAD, both)
    believed = edit_pb2.READING_BELIEF_BELIEVED
    change = edit_pb2.ReadingEdit(belief=believed, register_wh=9_400)
    change.event_time.FromDatetime(minute(119))
    await client.edit(METER, reading=change)
    edited_s = await until_rolled_up(client, METER, {105: Rollup(9_400.0, believed=1)})

    print(f"in the rollup after: pushed {pushed_s:.2f}, late {late_s:.2f}, edited {edited_s:.2f} s")
    assert max(pushed_s, late_s, edited_s) < WITHIN_S


async def test_the_lag_on_the_metrics_page_grows_while_windows_wait_and_falls_back_to_zero(
    live_park: LivePark, client: Client, module_database: str
) -> None:
    async def lag_s() -> float:
        return metric(live_park.history, LAG)[()]

    async def lags() -> bool:
        return await lag_s() > 1.0

    async with await psycopg.AsyncConnection.connect(module_database) as db:
        await client.push((WAITING, 118.0, 320_000.0))
        await comes_to(lambda: client.rollups(WAITING), {105: Rollup(320_000.0, believed=1)})
        await db.execute("SELECT shard FROM history.rollup_shard FOR UPDATE")  # others refresh
        await client.push((WAITING, 119.0, 330_000.0))
        await comes_to(lags, True)
        held_back = await client.rollups(WAITING)
        await db.rollback()
        await comes_to(lag_s, 0.0)
        rolled_up = await client.rollups(WAITING)

    assert held_back == {105: Rollup(320_000.0, believed=1)}
    assert rolled_up == {105: Rollup(330_000.0, believed=2)}
