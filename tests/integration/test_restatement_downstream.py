"""An edit by a person, its revocation and a release from suspense, followed into history.

Each is told by gRPC to validation and read from history: the row, the quarter-hour rollup and the
energies change, and what was known before the edit can still be asked for.
"""

from __future__ import annotations

from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from parkflow.telemetry.v1 import edit_pb2, interval_frame_pb2
from services.energy.readings import Doubt, Verdict
from tests.support.park_client import (
    Client,
    Reading,
    Rollup,
    Row,
    Shown,
    comes_to,
    eventually,
    just_before,
    minute,
)

JUMP = interval_frame_pb2.SUSPENSE_REASON_JUMP
LATE, EDITED, EDITED_OUT = Doubt.LATE, Doubt.EDITED, Doubt.EDITED_OUT
BELIEVED, REJECTED = Verdict.BELIEVED, Verdict.REJECTED


def a_register(device: str, *values: float) -> tuple[str, list[Reading]]:
    """Return a register's point and its readings, one a quarter hour from minute 0 on."""
    point_id = f"{device}.consumption_energy_wh"
    return point_id, [(point_id, 15.0 * number, value) for number, value in enumerate(values)]


def at(number: float) -> Timestamp:
    moment = Timestamp()
    moment.FromDatetime(minute(number))
    return moment


def reading_edit(number: float, belief: edit_pb2.ReadingBelief, **wh: int) -> dict[str, Any]:
    return {"reading": edit_pb2.ReadingEdit(event_time=at(number), belief=belief, **wh)}


async def test_a_value_that_an_editor_puts_in_takes_the_place_of_the_reading_until_it_is_revoked(
    client: Client,
) -> None:
    meter, readings = a_register("steel", 0, 1_000, 2_000, 3_000)
    pushed = Shown(
        [Row(15.0 * n, 1_000.0 * n, BELIEVED, LATE) for n in range(4)],
        {15.0 * n: Rollup(1_000.0 * n, believed=1) for n in range(4)},
        {0: (1_000, 0, 0, 0), 15: (1_000, 0, 0, 0), 30: (1_000, 0, 0, 0)},
    )
    restated = Shown(
        [*pushed.rows[:1], Row(15, 1_400.0, BELIEVED, EDITED), *pushed.rows[2:]],
        pushed.rollups | {15: Rollup(1_400.0, believed=1)},
        pushed.energies | {0: (1_400, 0, 0, 0), 15: (600, 0, 0, 0)},
    )

    await client.push(*readings)
    await comes_to(lambda: client.shown(meter), pushed)
    believe = reading_edit(15, edit_pb2.READING_BELIEF_BELIEVED, register_wh=1_400)
    edit = await client.edit(meter, **believe)
    await comes_to(lambda: client.shown(meter), restated)
    before = await client.shown(meter, known_at=just_before(edit))
    revocation = await client.revoke(edit)
    await comes_to(lambda: client.shown(meter), pushed)

    assert before == pushed
    assert await client.shown(meter, known_at=just_before(revocation)) == restated
    assert await client.shown(meter, known_at=just_before(edit)) == pushed


async def test_a_reading_that_an_editor_withdraws_leaves_rollup_and_energies_until_it_is_revoked(
    client: Client,
) -> None:
    meter, readings = a_register("metalwork", 0, 1_000, 2_200, 3_200)
    pushed = Shown(
        [Row(number, value, BELIEVED, LATE) for _, number, value in readings],
        {number: Rollup(value, believed=1) for _, number, value in readings},
        {0: (1_000, 0, 0, 0), 15: (1_200, 0, 0, 0), 30: (1_000, 0, 0, 0)},
    )
    restated = Shown(
        [*pushed.rows[:1], Row(15, 1_000.0, REJECTED, EDITED_OUT), *pushed.rows[2:]],
        pushed.rollups | {15: Rollup(None, rejected=1)},
        pushed.energies | {0: (0, 1_100, 0, 0), 15: (0, 1_100, 0, 0)},  # a gap of half an hour
    )

    await client.push(*readings)
    await comes_to(lambda: client.shown(meter), pushed)
    edit = await client.edit(meter, **reading_edit(15, edit_pb2.READING_BELIEF_WITHDRAWN))
    await comes_to(lambda: client.shown(meter), restated)
    before = await client.shown(meter, known_at=just_before(edit))
    revocation = await client.revoke(edit)
    await comes_to(lambda: client.shown(meter), pushed)

    assert before == pushed
    assert await client.shown(meter, known_at=just_before(revocation)) == restated


async def test_an_energy_that_an_editor_writes_changes_its_quarter_and_no_reading_until_revoked(
    client: Client,
) -> None:
    meter, readings = a_register("electroplating", 0, 1_000, 2_000)
    pushed = Shown(
        [Row(number, value, BELIEVED, LATE) for _, number, value in readings],
        {number: Rollup(value, believed=1) for _, number, value in readings},
        {0: (1_000, 0, 0, 0), 15: (1_000, 0, 0, 0)},
    )
    restated = pushed._replace(energies=pushed.energies | {0: (0, 900, 0, 100)})

    await client.push(*readings)
    await comes_to(lambda: client.shown(meter), pushed)
    energy = edit_pb2.IntervalEdit(start=at(0), energy_wh=900, account="li's log")
    edit = await client.edit(meter, interval=energy)
    await comes_to(lambda: client.shown(meter), restated)
    before = await client.shown(meter, known_at=just_before(edit))
    revocation = await client.revoke(edit)
    await comes_to(lambda: client.shown(meter), pushed)

    assert before == pushed
    assert await client.shown(meter, known_at=just_before(revocation)) == restated


async def test_energy_that_is_released_from_suspense_is_in_the_energies_and_the_sum_stays(
    client: Client,
) -> None:
    meter, readings = a_register("labs_a", 700_000, 701_000, *range(4_000_000, 4_006_000, 1_000))
    aside = Shown(
        [Row(n, v, BELIEVED, Doubt.METER_SWAP if n == 30 else LATE) for _, n, v in readings],
        {number: Rollup(value, believed=1) for _, number, value in readings},
        {0.0: (1_000, 0, 0, 0), 15.0: (0, 0, 3_299_000, 0)}
        | {15.0 * n: (1_000, 0, 0, 0) for n in range(2, 7)},
    )
    released = aside._replace(energies=aside.energies | {15: (0, 3_299_000, 0, 0)})

    await client.push(*readings)
    await comes_to(lambda: client.shown(meter), aside)
    (entry,) = await eventually(lambda: client.set_aside(meter))
    edit = await client.release(entry)
    await comes_to(lambda: client.shown(meter), released)
    before = await client.shown(meter, known_at=just_before(edit))
    await comes_to(lambda: client.set_aside(meter), [])
    revocation = await client.revoke(edit)
    await comes_to(lambda: client.shown(meter), aside)
    (again,) = await eventually(lambda: client.set_aside(meter))

    assert (entry.reason, entry.balance_wh) == (JUMP, 3_299_000)
    assert before == aside
    assert await client.shown(meter, known_at=just_before(revocation)) == released
    assert again.balance_wh == 3_299_000
