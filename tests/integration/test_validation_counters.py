"""What speaks against pushed readings is counted on validation's metrics page, reason by reason."""

from __future__ import annotations

from math import nan

from tests.support.live_park import Client, LivePark, Reading, comes_to, metric

DAY = 24 * 60.0
READINGS = "parkflow_readings_total"
RESTATED = "parkflow_readings_restated_total"
Counts = dict[tuple[str, ...], float]
"""By (doubt, verdict)."""

FAULTS: list[Reading] = [
    *((f"weather.{name}", 118.0, 9_999.0) for name in ("temperature_c", "irradiance_w_m2")),
    *(("labs_a.active_power_w", number, nan) for number in (116.0, 117.0, 118.0)),
    *(("electroplating.active_power_w", number, 100_000.0) for number in (180.0, 181.0)),
    ("electroplating.active_power_w", -41 * DAY, 100_000.0),
    *((f"nobody_{number}.active_power_w", 118.0, 1.0) for number in range(4)),
    *(("metalwork.active_power_w", number, 200_000.0 + number) for number in range(60, 65)),
    *(("steel.active_power_w", 110.0 + n, 300_000.0 + 1_000 * n) for n in range(6) if n != 3),
    ("steel.active_power_w", 113.0, 900_000.0),
]
"""Out of range 2, no number 3, in the future 2, too old 1, unknown 4, late 5; 5 sound, 1 spike."""
AGAIN: list[Reading] = [("steel.active_power_w", 114.0, 304_000.0)]


async def test_each_reason_is_counted_as_often_as_it_was_pushed(
    live_park: LivePark, client: Client
) -> None:
    async def counted() -> Counts:
        return metric(live_park.validation, READINGS)

    await client.push(*FAULTS)
    await client.push(*AGAIN)
    await comes_to(
        counted,
        {
            ("out_of_range", "rejected"): 2,
            ("not_a_number", "rejected"): 3,
            ("in_future", "rejected"): 2,
            ("too_old", "rejected"): 1,
            ("unknown_point", "rejected"): 4,
            ("late", "believed"): 5,
            ("none", "believed"): 5,
            ("spike", "rejected"): 1,
            ("duplicate", "rejected"): 1,
        },
    )


async def test_a_reading_that_turns_out_a_spike_is_counted_once_and_as_restated(
    live_park: LivePark, client: Client
) -> None:
    async def judged() -> float:
        return sum(metric(live_park.validation, READINGS).values())

    async def restated() -> float:
        return sum(metric(live_park.validation, RESTATED).values())

    load = "labs_b.active_power_w"
    before, before_restated = await judged(), await restated()
    await client.push(*((load, 110.0 + n, 300_000.0 + 1_000 * n) for n in range(3)))
    await client.push((load, 113.0, 590_000.0))
    await comes_to(judged, before + 4)
    still = await restated()
    await client.push((load, 114.0, 304_000.0))
    await comes_to(restated, before_restated + 1)

    assert still == before_restated
    assert await judged() == before + 5
