"""What of a facility is certifiable in a local month, or how much of it is not known."""

from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.certificates.gec import Plant, Technology, Use
from services.carbon_accounting.domain.certificates.issuing import Facility
from services.carbon_accounting.domain.inventory.gec_months import Gap, Metered, Registered
from services.carbon_accounting.domain.inventory.generating import Generation, Made
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.carbon_accounting.domain.local_month import Month
from services.energy.time_grid import QUARTER, to_microseconds

LONDON = ZoneInfo("Europe/London")
MARCH = Month(2025, 3)
SHORT = 31 * 96 - 4
"""March 2025 lacks an hour in London."""


def metered(
    meters: tuple[str, ...] = ("wind",), begin: int = 0, taken_from: int = 0, taken_wh: int = 0
) -> Metered:
    """Each meter made 5 Wh in a quarter hour of London's March, of which 2 Wh were exported.

    `begin`: the first quarter hour of the generation, `taken_from` that of the off-take.
    """
    starts_us = to_microseconds(MARCH.start(LONDON)) + np.arange(SHORT) * 900_000_000
    count = SHORT - begin
    two, five = np.full(count, 2, np.int64), np.full(count, 5, np.int64)
    made = {meter: Made(five, two, np.ones(count, bool)) for meter in meters}
    others = SHORT - taken_from
    known = np.ones((1, others), bool)
    wh = np.full((1, others), taken_wh, np.int64)
    off_takes = ActivityData(starts_us[taken_from:], QUARTER, ("taken",), wh, known, known)
    return Metered(Generation(starts_us[begin:], made), off_takes, QUARTER, LONDON)


def wind(use: Use = Use.ON_GRID, device: str = "wind", off_take: str | None = None) -> Registered:
    facility = Facility(device, Plant(Technology.WIND), use, "UK", "steel", 0)
    return Registered(facility, off_take=off_take)


def test_a_month_that_lacks_an_hour_is_whole_without_it() -> None:
    assert MARCH.interval(LONDON).duration == SHORT * QUARTER
    assert metered().month_of(wind(), MARCH) == 2 * SHORT
    assert metered().month_of(wind(Use.SELF_USE), MARCH) == 3 * SHORT


def test_all_meters_of_a_device_count() -> None:
    both = metered(("wind.north", "wind.south"))

    assert both.month_of(wind(), MARCH) == 4 * SHORT
    assert both.month_of(wind(device="wind.north"), MARCH) == 2 * SHORT


def test_what_lies_before_the_readings_is_not_known() -> None:
    assert metered(begin=4).month_of(wind(), MARCH) == Gap(MARCH, 4, 4, SHORT)


def test_of_a_month_nobody_read_and_of_a_stranger_nothing_is_known() -> None:
    april = Month(2025, 4)

    assert metered().month_of(wind(), april) == Gap(april, 30 * 96, 30 * 96, 30 * 96)
    assert metered().month_of(wind(device="moon"), MARCH) == Gap(MARCH, SHORT, 0, SHORT)


def test_the_export_falls_to_nothing_at_most_by_what_was_taken() -> None:
    by_one, by_three = metered(taken_wh=1), metered(taken_wh=3)

    assert by_one.month_of(wind(off_take="taken"), MARCH) == SHORT
    assert by_three.month_of(wind(off_take="taken"), MARCH) == 0


def test_an_off_take_that_is_read_later_leaves_the_month_unknown() -> None:
    found = metered(taken_from=7).month_of(wind(off_take="taken"), MARCH)

    assert found == Gap(MARCH, 7, 0, SHORT)


def test_an_off_take_that_was_never_read_is_not_nothing() -> None:
    found = metered().month_of(wind(off_take="other"), MARCH)

    assert found == Gap(MARCH, SHORT, 0, SHORT)
