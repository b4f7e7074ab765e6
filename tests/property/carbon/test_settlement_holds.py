"""Whatever is agreed, made and used: sums close, order and cutting change nothing."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.certificates.hourly_energy import HourlyEnergy
from services.carbon_accounting.domain.certificates.settled_months import (
    MonthOfContract,
    by_month,
    totals,
)
from services.carbon_accounting.domain.certificates.settlement import Agreement, Settled, settled
from tests.support.settling import agreement, some_hours

WH = st.integers(0, 50)
MAYBE = st.none() | WH
HOUR = st.tuples(WH, WH, MAYBE, MAYBE, st.booleans())
"""Agreed by the first contract and by the second, generated, consumed, the second in force."""
Hours = list[tuple[int, int, int | None, int | None, bool]]
SOURCE = ("north", True)


def two(hours: Hours) -> tuple[list[Agreement], HourlyEnergy, HourlyEnergy]:
    force = [int(one[4]) for one in hours]
    first = agreement([one[0] for one in hours], contract="a", unit_wh=1, price="12.3456")
    second = agreement(
        [one[1] * one[4] for one in hours],
        contract="b",
        unit_wh=1,
        take_or_pay=False,
        in_force=force,
    )
    made, used = (some_hours([one[at] for one in hours], unit_wh=1) for at in (2, 3))
    return [first, second], made, used


def settle(hours: Hours) -> list[Settled]:
    agreements, made, used = two(hours)
    return settled(agreements, {SOURCE: made}, {}, {"steel": used})


def lines(hours: Hours) -> list[MonthOfContract]:
    return by_month(settle(hours), ["2025-01"] * len(hours))


@given(st.lists(HOUR, min_size=1, max_size=30))
def test_sums_close_in_every_hour_and_month(hours: Hours) -> None:
    found = settle(hours)

    given_wh = np.sum([one.attributes_wh for one in found], axis=0)
    assert (given_wh <= found[0].generated.wh).all()
    assert (np.sum([one.used_wh for one in found], axis=0) <= found[0].consumed.wh).all()
    for one in found:
        assert (one.attributes_wh <= one.agreement.agreed_wh).all()
        assert (one.payable_wh <= one.attributes_wh).all()
    for line in lines(hours):
        assert line.attributes_wh + line.shortfall_wh + line.unsettled_wh == line.agreed_wh
        assert line.used_wh + line.unused_wh + line.use_unknown_wh == line.attributes_wh


@given(st.lists(HOUR, min_size=2, max_size=30), st.data())
def test_a_span_settled_in_two_parts_comes_to_the_same(hours: Hours, data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(hours) - 1))

    parts = [*lines(hours[:cut]), *lines(hours[cut:])]

    found = {one.contract: one for one in totals(parts)}
    assert found == {one.contract: one for one in totals(lines(hours))}


@given(st.lists(HOUR, min_size=1, max_size=30), st.randoms())
def test_the_order_of_hours_changes_nothing(hours: Hours, chance: object) -> None:
    mixed = [*hours]
    chance.shuffle(mixed)  # type: ignore[attr-defined]

    assert lines(mixed) == lines(hours)


@given(st.lists(HOUR, min_size=1, max_size=30))
def test_a_plain_count_gives_the_same(hours: Hours) -> None:
    attributes = [0, 0]
    for first, second, made, _, in_force in hours:
        left = made or 0
        for at, agreed in enumerate((first, second * in_force)):
            attributes[at] += min(agreed, left)
            left -= min(agreed, left)

    assert [int(one.attributes_wh.sum()) for one in settle(hours)] == attributes
