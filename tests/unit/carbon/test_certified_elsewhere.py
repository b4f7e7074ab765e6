"""One Wh, one certificate: what other certificates hold of a device beside its contracts."""

from datetime import timedelta

import numpy as np
import pytest

from services.carbon_accounting.domain.certificates.certificate import (
    Certificate,
    IdRange,
    Instrument,
)
from services.carbon_accounting.domain.certificates.certified_elsewhere import (
    beyond_generation,
    certified_by_hour,
)
from services.carbon_accounting.domain.certificates.gec import Technology, Use
from services.carbon_accounting.domain.certificates.settlement import settled
from services.carbon_accounting.domain.matching.periods import Periods
from services.energy.time_grid import Interval, to_microseconds
from tests.support.settling import MWH, NEW_YEAR, agreement, some_hours

HOUR = timedelta(hours=1)
HOURS = Periods(np.array([to_microseconds(NEW_YEAR + n * HOUR) for n in range(4)], np.int64))
NORTH = ("north", True)


def held(first: float, last: float, mwh: int, use: Use = Use.ON_GRID) -> Certificate:
    """What somebody holds of the north from an hour to another."""
    made = Interval(NEW_YEAR + first * HOUR, NEW_YEAR + last * HOUR)
    return Certificate(
        id=f"G{first}",
        instrument=Instrument.GRANULAR,
        technology=Technology.WIND,
        device="north",
        market="CN",
        production=made,
        issued_at=made.end,
        expires_at=made.end + 1000 * HOUR,
        ids=IdRange.of(0, mwh * MWH),
        owner="trader",
        lot="G",
        ng_per_wh=0,
        use=use,
    )


def test_certificates_of_an_hour_or_less_take_from_it_those_of_another_use_do_not() -> None:
    some = [held(0, 1, 1), held(1, 1.25, 2), held(1.25, 2, 3), held(2, 3, 4, Use.SELF_USE)]

    assert certified_by_hour(some, NORTH, HOURS).tolist() == [1 * MWH, 5 * MWH, 0]
    assert certified_by_hour(some, ("north", False), HOURS).tolist() == [0, 0, 4 * MWH]


@pytest.mark.parametrize(("sold", "refusals"), [(3, 0), (4, 1)])
def test_what_a_longer_span_holds_must_leave_enough_for_the_contract(
    sold: int, refusals: int
) -> None:
    found = settled(
        [agreement([1, 1, 1])], {NORTH: some_hours([2, 2, 2])}, {}, {"steel": some_hours([9] * 3)}
    )  # 3 of 6 MWh

    refused = [*beyond_generation([held(0, 3, sold)], found, HOURS)]

    assert len(refused) == refusals
    assert all("4000000 Wh of [2024-12-31T16:00Z" in one.cure for one in refused)


def test_a_span_that_reaches_beyond_the_hours_is_held_against_what_is_known_of_it() -> None:
    found = settled(
        [agreement([1, 1, 1])],
        {NORTH: some_hours([2, None, 2])},
        {},
        {"steel": some_hours([9] * 3)},
    )  # 2 delivered, 4 known

    assert not [*beyond_generation([held(-9, 9, 2)], found, HOURS)]
    assert len([*beyond_generation([held(-9, 9, 3)], found, HOURS)]) == 1
    assert not [*beyond_generation([held(5, 9, 99)], found, HOURS)]
