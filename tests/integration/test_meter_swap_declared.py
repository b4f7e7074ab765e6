"""A swap that an editor declares cuts the step in two, for intervals, suspense account and history.

The works' meter shows 701,000 Wh at minute 15. At minute 20 it is taken out at 701,300 Wh, and
another one put in: 300 Wh, and what the new one counts until minute 30, belong to that quarter.
"""

from __future__ import annotations

from parkflow.telemetry.v1 import edit_pb2
from tests.support.live_park import (
    Client,
    comes_to,
    eventually,
    just_before,
    minute,
)

Energies = dict[float, tuple[int, int, int, int]]
OLD = (700_000.0, 701_000.0)
LATER: Energies = {15.0 * n: (1_000, 0, 0, 0) for n in range(2, 7)}
SWAPPED: Energies = {0.0: (1_000, 0, 0, 0), 15.0: (300 + 600, 0, 0, 0), **LATER}


async def put_in(client: Client, meter: str, first_wh: float) -> None:
    """Push the old meter's readings and six of the new one, which shows `first_wh` at minute 30."""
    shown = (*OLD, *(first_wh + 1_000 * number for number in range(6)))
    await client.push(*((meter, 15.0 * number, wh) for number, wh in enumerate(shown)))


def swap(first_wh: int) -> edit_pb2.MeterSwap:
    change = edit_pb2.MeterSwap(old_end_wh=701_300, new_start_wh=first_wh - 600)
    change.swapped_at.FromDatetime(minute(20))
    return change


async def test_a_declared_swap_releases_the_jump_into_a_new_meters_count_until_it_is_revoked(
    client: Client,
) -> None:
    meter = "steel.consumption_energy_wh"
    jumped: Energies = {**SWAPPED, 15.0: (0, 0, 3_299_000, 0)}

    async def energies() -> Energies:
        return (await client.shown(meter)).energies

    await put_in(client, meter, 4_000_000)
    await comes_to(energies, jumped)
    (entry,) = await eventually(lambda: client.set_aside(meter))
    edit = await client.edit(meter, swap=swap(4_000_000))
    await comes_to(energies, SWAPPED)
    await comes_to(lambda: client.set_aside(meter), [])
    then = (await client.shown(meter, known_at=just_before(edit))).energies
    await client.revoke(edit)
    await comes_to(energies, jumped)
    (again,) = await eventually(lambda: client.set_aside(meter))

    assert entry.balance_wh == again.balance_wh == 3_299_000
    assert then == jumped


async def test_a_declared_swap_makes_known_what_was_counted_around_a_new_meter_that_begins_lower(
    client: Client,
) -> None:
    meter = "offices.consumption_energy_wh"
    unknown: Energies = {start: four for start, four in SWAPPED.items() if start != 15.0}

    async def energies() -> Energies:
        return (await client.shown(meter)).energies

    await put_in(client, meter, 500_000)
    await comes_to(energies, unknown)
    assert await client.set_aside(meter) == []
    await client.edit(meter, swap=swap(500_000))
    await comes_to(energies, SWAPPED)

    assert await client.set_aside(meter) == []
