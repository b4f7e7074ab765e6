"""What holds of every matching: nothing made up, nothing twice, finer is never better (§G.2)."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.matching.match import Matching, match
from services.carbon_accounting.domain.matching.periods import Granularity
from services.carbon_accounting.domain.matching.supply import (
    Attribute,
    Consumption,
)
from tests.support.certificates import (
    HOUR_US,
    NEW_YEAR,
    SHANGHAI,
    WIND,
    a_lump,
    hours_of_load,
    hours_of_supply,
    score_of,
    scores_of,
)

wh = st.integers(0, 50)
JANUARY = Month(2025, 1).interval(SHANGHAI)


@st.composite
def loads(draw: st.DrawFn) -> Consumption:
    """Some quarters of the first hours of 2025."""
    values = draw(st.lists(wh, min_size=1, max_size=16))
    found = Consumption.measured(NEW_YEAR, HOUR_US // 4, values)
    known = draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    return replace(found, known=np.array(known))


@st.composite
def supplies(draw: st.DrawFn) -> list[Attribute]:
    """Attributes by the quarter, the hour and the month, expiring in any order."""
    found = []
    for number in range(draw(st.integers(0, 4))):
        name, kind = f"a{number}", draw(st.integers(0, 2))
        if kind == 0:
            attribute = a_lump(JANUARY, draw(st.integers(0, 400)), id=name)
        else:
            attribute = hours_of_supply(*draw(st.lists(wh, min_size=1, max_size=5)), id=name)
        if kind == 2:
            step = HOUR_US // 4
            starts = attribute.starts_us[0] + step * np.arange(len(attribute.wh))
            attribute = replace(attribute, starts_us=starts, ends_us=starts + step)
        found.append(replace(attribute, expires_us=draw(st.integers(0, 3))))
    return found


def at(load: Consumption, supply: list[Attribute], granularity: Granularity) -> Matching:
    return match(load, supply, granularity, SHANGHAI)


@given(loads(), supplies(), st.sampled_from(Granularity))
def test_no_attribute_gives_more_than_it_has_and_no_load_takes_more_than_it_is(
    load: Consumption, supply: list[Attribute], granularity: Granularity
) -> None:
    coverage = at(load, supply, granularity).coverage

    assert (coverage.wh > 0).all()
    assert (coverage.covered_wh <= load.load_wh).all()
    assert (coverage.surplus_wh >= 0).all()
    assert coverage.covered_wh.sum() == coverage.used_wh.sum()


@given(loads(), supplies(), st.sampled_from(Granularity))
def test_every_period_is_covered_by_the_lesser_of_load_and_supply(
    load: Consumption, supply: list[Attribute], granularity: Granularity
) -> None:
    found = at(load, supply, granularity)

    period = found.periods.holding(load.starts_us, load.ends_us)
    covered = np.zeros(found.periods.count, dtype=np.int64)
    np.add.at(covered, period, found.coverage.covered_wh)
    lesser = np.minimum(found.load_by_period_wh, found.supply_by_period_wh)
    assert covered.tolist() == lesser.tolist()
    total = sum(attribute.quantity_wh for attribute in supply)
    assert int(found.supply_by_period_wh.sum()) + found.unplaced_wh == total


@given(loads(), supplies(), st.sampled_from(Granularity))
def test_an_attribute_covers_only_intervals_of_the_period_it_was_made_in(
    load: Consumption, supply: list[Attribute], granularity: Granularity
) -> None:
    found = at(load, supply, granularity)
    coverage = found.coverage

    period = found.periods.holding(load.starts_us, load.ends_us)[coverage.interval]
    for place, attribute in enumerate(coverage.attributes):
        made_in = found.periods.holding(attribute.starts_us, attribute.ends_us)
        rows = coverage.attribute == place
        for p in range(found.periods.count):
            used = coverage.wh[rows & (period == p)].sum()
            assert used <= attribute.wh[made_in == p].sum()


@given(loads(), supplies())
def test_a_finer_granularity_never_scores_higher_and_none_above_the_volumetric_match(
    load: Consumption, supply: list[Attribute]
) -> None:
    found = list(scores_of(load, supply).values())

    matched = [s.matched_wh for s in found]
    assert matched == sorted(matched, reverse=True)
    assert all(s.matched_wh <= s.volumetric_wh for s in found)


@given(st.lists(st.tuples(wh, wh), min_size=1, max_size=12))
def test_the_hourly_score_is_the_volumetric_one_only_without_both_surplus_and_lack(
    hours: list[tuple[int, int]],
) -> None:
    load = hours_of_load(*(load_wh for load_wh, _ in hours))
    supply = hours_of_supply(*(supply_wh for _, supply_wh in hours))

    found = score_of(at(load, [supply], Granularity.HOURLY), load)

    one_sided = all(s <= used for used, s in hours) or all(s >= used for used, s in hours)
    assert (found.matched_wh == found.volumetric_wh) == one_sided


@given(loads(), supplies(), st.sampled_from(Granularity), st.randoms())
def test_the_order_of_the_attributes_changes_nothing(
    load: Consumption, supply: list[Attribute], granularity: Granularity, chance: object
) -> None:
    mixed = list(supply)
    chance.shuffle(mixed)  # type: ignore[attr-defined]

    one, other = at(load, supply, granularity).coverage, at(load, mixed, granularity).coverage

    assert [a.id for a in one.attributes] == [a.id for a in other.attributes]
    for name in ("interval", "attribute", "wh"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()


@given(loads(), supplies(), st.integers(1, 5))
def test_more_certificates_than_load_leave_a_surplus_and_change_nothing(
    load: Consumption, supply: list[Attribute], times: int
) -> None:
    enough = hours_of_supply(*[200] * 4, id="enough", expires_us=9)
    more = replace(enough, wh=enough.wh * times)
    before = at(load, [*supply, enough], Granularity.HOURLY).coverage

    after = at(load, [*supply, more], Granularity.HOURLY).coverage

    assert after.covered_wh.tolist() == load.load_wh.tolist()
    assert before.covered_wh.tolist() == after.covered_wh.tolist()
    assert before.by_rate().keys() <= {WIND}
