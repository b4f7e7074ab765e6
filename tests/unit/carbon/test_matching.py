"""Matching: what is covered when, and the scores beside each other (rules D.3, §G)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from services.carbon_accounting.domain.certificates.contracts import (
    GreenPowerContract,
    delivered,
)
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.matching.match import Matching, match
from services.carbon_accounting.domain.matching.periods import Granularity
from services.carbon_accounting.domain.matching.supply import (
    Attribute,
    Consumption,
    EmissionRate,
    Hours,
    Share,
    attribute_of_delivery,
    counting_in_park_core,
)
from tests.support.certificates import (
    HOUR,
    HOUR_US,
    MARCH,
    NEW_YEAR,
    SHANGHAI,
    WIND,
    a_lump,
    hours_of_load,
    hours_of_supply,
    score_of,
    scores_of,
)

HOURLY, YEARLY = Granularity.HOURLY, Granularity.YEARLY
LOAD = hours_of_load(20, 20, 20)
SUPPLY = hours_of_supply(10, 20, 30)


def matched(load: Consumption, *attributes: Attribute, at: Granularity = HOURLY) -> Matching:
    return match(load, attributes, at, SHANGHAI)


def test_excess_of_one_hour_never_covers_another() -> None:
    found = matched(LOAD, SUPPLY)

    result = score_of(found, LOAD)
    assert found.coverage.covered_wh.tolist() == [10, 20, 20]
    assert found.coverage.surplus_wh.tolist() == [10]
    assert result.cfe == Fraction(50, 60)
    assert result.volumetric == 1


def test_over_a_year_the_same_supply_covers_everything() -> None:
    found = matched(LOAD, SUPPLY, at=YEARLY)

    assert found.coverage.covered_wh.tolist() == [20, 20, 20]
    assert score_of(found, LOAD).cfe == 1


def test_every_granularity_is_reported_that_the_meter_allows() -> None:
    quarters = Consumption.measured(NEW_YEAR, HOUR_US // 4, [20, 0, 0, 0])

    found = scores_of(quarters, [hours_of_supply(10)])
    hourly_meter = scores_of(LOAD, [SUPPLY])

    # the hour's 10 Wh prove no quarter of an hour
    assert [s.matched_wh for s in found.values()] == [10, 10, 10, 0]
    assert list(hourly_meter) == [YEARLY, Granularity.MONTHLY, HOURLY]
    assert {s.volumetric_wh for s in found.values()} == {10}


def test_consumption_by_the_hour_cannot_be_matched_by_the_quarter() -> None:
    with pytest.raises(ValueError, match="60 min do not fit into periods of 15 min"):
        matched(LOAD, SUPPLY, at=Granularity.QUARTER_HOURLY)


def test_a_certificate_of_a_month_proves_no_hour() -> None:
    gec = a_lump(Month(2025, 1).interval(SHANGHAI), 60)

    assert matched(LOAD, gec).coverage.covered_wh.sum() == 0
    assert matched(LOAD, gec).unplaced_wh == 60
    assert matched(LOAD, gec, at=Granularity.MONTHLY).coverage.covered_wh.sum() == 60


def test_a_certificate_of_march_covers_nothing_in_january() -> None:
    gec = a_lump(MARCH.interval(SHANGHAI), 60)

    assert matched(LOAD, gec, at=Granularity.MONTHLY).coverage.covered_wh.sum() == 0
    assert matched(LOAD, gec, at=YEARLY).coverage.covered_wh.sum() == 60


def test_a_month_is_a_month_of_the_park_not_of_utc() -> None:
    last_hour_of_december_utc = Consumption.measured(NEW_YEAR - HOUR, HOUR_US, [20, 20])
    january = a_lump(Month(2025, 1).interval(SHANGHAI), 40)

    found = matched(last_hour_of_december_utc, january, at=Granularity.MONTHLY)

    assert found.coverage.covered_wh.tolist() == [0, 20]


def test_within_a_period_the_covered_wh_follow_the_load() -> None:
    load = hours_of_load(10, 30, 20)

    found = matched(load, a_lump(Month(2025, 1).interval(SHANGHAI), 30), at=YEARLY)

    assert found.coverage.covered_wh.tolist() == [5, 15, 10]


def test_what_expires_first_is_used_first() -> None:
    old = hours_of_supply(15, id="z", expires_us=1)
    new = hours_of_supply(15, id="a", expires_us=2)

    found = matched(hours_of_load(20), new, old)

    assert found.coverage.by_attribute("z").tolist() == [15]
    assert found.coverage.by_attribute("a").tolist() == [5]


def test_an_attribute_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="attributes wind stand twice"):
        matched(LOAD, SUPPLY, SUPPLY)


def test_unknown_consumption_is_neither_load_nor_matched() -> None:
    known = np.array([True, False, True])
    load = replace(LOAD, known=known)

    found = matched(load, SUPPLY)

    assert found.coverage.covered_wh.tolist() == [10, 0, 20]
    assert score_of(found, load).load_wh == 40


def test_negative_consumption_is_refused_with_its_time() -> None:
    with pytest.raises(ValueError, match=r"-5 Wh at 2024-12-31 17:00:00.* must not be negative"):
        hours_of_load(1, -5)


def test_without_load_there_is_no_score_of() -> None:
    empty = hours_of_load(0, 0)

    found = score_of(matched(empty, hours_of_supply(5, 5)), empty)

    assert found.cfe is None
    assert found.volumetric is None


def test_physical_and_certificate_share_stay_apart() -> None:
    line = hours_of_supply(8, id="line", share=Share.PHYSICAL, bundled=True)
    gec = hours_of_supply(5, id="gec", expires_us=2**60)

    shares = matched(hours_of_load(10), line, gec).coverage.by_share()

    assert shares[Share.PHYSICAL].tolist() == [8]
    assert shares[Share.CERTIFICATE].tolist() == [2]


def test_certificates_are_used_before_contracts() -> None:
    contract = hours_of_supply(4, id="contract", bundled=True, expires_us=1)
    gec = hours_of_supply(3, id="gec", expires_us=2)

    found = matched(hours_of_load(5), contract, gec).coverage

    assert found.by_attribute("gec").tolist() == [3]
    assert found.by_attribute("contract").tolist() == [2]


@pytest.mark.parametrize(("counts", "covered"), [(False, 4), (True, 7)])
def test_whether_bought_certificates_count_in_the_park_core_is_a_switch(
    counts: bool, covered: int
) -> None:
    both = (hours_of_supply(4, id="contract", bundled=True), hours_of_supply(3, id="gec"))

    counting = counting_in_park_core(both, gec_counts_in_park_core=counts)

    found = matched(hours_of_load(10), *counting).coverage
    assert found.covered_wh.tolist() == [covered]


def test_a_contract_covers_the_hours_it_delivered_in() -> None:
    agreed = np.array([10, 10])
    contract = GreenPowerContract("PPA", "windfarm", "steel", Decimal(400), True, agreed)
    load = hours_of_load(20, 5)
    delivery = delivered(contract, np.array([30, 8]), load.wh)

    hours = Hours(load.starts_us, HOUR_US, 2**60)
    found = matched(load, attribute_of_delivery(contract, delivery, hours, WIND)).coverage

    assert found.covered_wh.tolist() == [10, 5]
    assert found.surplus_wh.tolist() == [3]  # paid, not used


def test_covered_wh_are_told_by_emission_rate() -> None:
    biomass = EmissionRate("market_based/certificate-biomass", 45_700_000, "V2")
    both = (hours_of_supply(4, id="w"), hours_of_supply(3, id="b", rate=biomass))

    found = matched(hours_of_load(10), *both).coverage.by_rate()

    assert {rate: wh.tolist() for rate, wh in found.items()} == {WIND: [4], biomass: [3]}


def test_a_year_of_a_terawatt_hour_is_matched_to_the_wh() -> None:
    load = Consumption.measured(NEW_YEAR, HOUR_US // 4, [28_538_813] * 35_040)
    year_wh = 999_999_999_999
    gec = a_lump(Month(2025, 12).interval(SHANGHAI), year_wh)

    found = matched(load, gec, at=YEARLY)

    assert int(found.coverage.covered_wh.sum()) == min(year_wh, 28_538_813 * 35_040)
    assert (found.coverage.covered_wh <= load.wh).all()


def test_an_hour_of_a_zone_with_half_hours_begins_on_the_half_hour() -> None:
    from zoneinfo import ZoneInfo

    start = NEW_YEAR + timedelta(hours=2, minutes=30)  # midnight in Kolkata
    load = Consumption.measured(start, HOUR_US, [20])

    found = match(load, [], HOURLY, ZoneInfo("Asia/Kolkata"))

    assert found.load_by_period_wh.tolist() == [20]
