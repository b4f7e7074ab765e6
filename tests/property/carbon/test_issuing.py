"""GEC by month: nothing is lost or made by carrying, nor by cutting the months in two."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.certificates.gec import GEC_WH, Plant, Technology, Use
from services.carbon_accounting.domain.certificates.issuing import Facility
from services.carbon_accounting.domain.inventory.gec_months import (
    Issued,
    Metered,
    Registered,
    issued,
    months_between,
)
from services.carbon_accounting.domain.inventory.generating import Generation, Made
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.carbon_accounting.domain.local_month import Month
from services.energy.time_grid import to_microseconds
from tests.support.certificates import SHANGHAI

DAY = timedelta(days=1)
FIRST = Month(2024, 11)
monthly_wh = st.lists(
    st.tuples(st.integers(0, 3 * GEC_WH), st.integers(0, 3 * GEC_WH)), min_size=1, max_size=6
)
uses = st.sampled_from([Use.ON_GRID, Use.SELF_USE])
carries = st.integers(0, GEC_WH - 1)


def metered(by_month: list[tuple[int, int]], unknown_day: int | None = None) -> Metered:
    """What a plant exported and kept in each month, all of it on the month's third day."""
    months = months_between(FIRST, FIRST.plus(len(by_month) - 1))
    begin, end = months[0].start(SHANGHAI), months[-1].plus(1).start(SHANGHAI)
    days = (end - begin) // DAY
    starts_us = to_microseconds(begin) + np.arange(days) * 86_400_000_000
    exported, kept = np.zeros(days, np.int64), np.zeros(days, np.int64)
    for month, (out_wh, own_wh) in zip(months, by_month, strict=True):
        third = (month.start(SHANGHAI) - begin) // DAY + 2
        exported[third], kept[third] = out_wh, own_wh
    known = np.ones(days, bool)
    if unknown_day is not None:
        known[unknown_day % days] = False
    made = Made(exported + kept, exported, known)
    nothing = np.zeros((0, days))
    off_takes = ActivityData(
        starts_us, DAY, (), nothing.astype(np.int64), nothing.astype(bool), nothing.astype(bool)
    )
    return Metered(Generation(starts_us, {"wind": made}), off_takes, DAY, SHANGHAI)


def a_facility(use: Use, carry_wh: int) -> Registered:
    facility = Facility("wind", Plant(Technology.WIND), use, "CN", "steel", 0)
    return Registered(facility, carry_wh)


def issue(registered: Registered, found: Metered, first: Month, count: int) -> Issued:
    made = issued(registered, found, months_between(first, first.plus(count - 1)), None)
    assert isinstance(made, Issued)
    return made


@given(monthly_wh, uses, carries)
def test_certificates_and_the_last_carry_are_the_first_carry_and_what_was_made(
    by_month: list[tuple[int, int]], use: Use, carry_wh: int
) -> None:
    found = issue(a_facility(use, carry_wh), metered(by_month), FIRST, len(by_month))

    made_wh = sum(out if use is Use.ON_GRID else own for out, own in by_month)
    issued_wh = sum(one.quantity_wh for one in found.gec.certificates)
    assert found.gap is None
    assert issued_wh + found.gec.carry_wh == carry_wh + made_wh


@given(monthly_wh, uses, carries, st.data())
def test_months_cut_in_two_with_the_carry_handed_on_are_issued_the_same(
    by_month: list[tuple[int, int]], use: Use, carry_wh: int, data: st.DataObject
) -> None:
    cut, plant = data.draw(st.integers(0, len(by_month))), a_facility(use, carry_wh)
    whole = issue(plant, metered(by_month), FIRST, len(by_month))

    first = issue(plant, metered(by_month), FIRST, cut)
    handed_on = replace(plant, carry_wh=first.gec.carry_wh)
    then = issue(handed_on, metered(by_month), FIRST.plus(cut), len(by_month) - cut)

    assert whole.gec.months == (*first.gec.months, *then.gec.months)
    assert whole.gec.carry_wh == then.gec.carry_wh


@given(monthly_wh, uses, st.integers(0, 200))
def test_what_is_issued_before_an_unknown_day_is_what_is_issued_without_it(
    by_month: list[tuple[int, int]], use: Use, day: int
) -> None:
    whole = issue(a_facility(use, 0), metered(by_month), FIRST, len(by_month))

    found = issue(a_facility(use, 0), metered(by_month, day), FIRST, len(by_month))

    assert found.gap is not None
    assert (found.gap.unknown, found.gap.unread) == (1, 0)
    assert found.gec.months == whole.gec.months[: len(found.gec.months)]
    assert found.gap.month == FIRST.plus(len(found.gec.months))
