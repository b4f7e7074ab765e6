"""Factors that lack are named as open items, with ledger and quantity."""

from dataclasses import replace

from services.carbon_accounting.domain.live.lacking import lacking_factors
from services.energy.time_grid import QUARTER, Interval
from tests.support.carbon import GAS, NOON, the_rules, the_site

AN_HOUR = Interval(NOON, NOON + 4 * QUARTER)


def test_nothing_lacks_with_the_years_that_the_demo_park_chose() -> None:
    assert lacking_factors(the_site(), the_rules().accounted.rules, AN_HOUR) == []


def test_a_year_without_a_residual_mix_is_named_with_its_ledger() -> None:
    site = the_site(factor_year=2021)

    (item,) = lacking_factors(site, the_rules(site).accounted.rules, AN_HOUR)

    assert item.startswith("grid power: no factor for ledger market_based, quantity residual-mix")
    assert item.endswith("nothing of it is booked until then")


def test_a_fuel_that_nobody_knows_is_named() -> None:
    gas = replace(the_site().streams[0], substance="unobtainium")
    site = replace(the_site(), streams=(gas,))

    items = lacking_factors(site, the_rules(site).accounted.rules, AN_HOUR)

    assert len(items) == 3  # one a ledger
    assert all(item.startswith(GAS) and "unobtainium" in item for item in items)
