"""Waste heat and water between enterprises: examples that can be checked in the head."""

import pytest

from services.carbon_accounting.domain.resources.fitting import (
    CleanEnough,
    ColdEnough,
    WarmEnough,
)
from services.carbon_accounting.domain.resources.matching import Proposal, proposed
from tests.support.exchange import MICROS, an_exchange, demand, pipe, source

HOUR = (1_000,)


def told(proposal: Proposal) -> list[tuple[str, str, int, int]]:
    """Source, demand, kWh delivered a year, whole currency units saved a year."""
    return [
        (one.source.id, one.demand.id, one.delivered // 1000, one.saving_micros // MICROS)
        for one in proposal.lines
    ]


def test_100_kw_for_1000_hours_saves_the_price_of_100_mwh_less_the_pipe() -> None:
    exchange = an_exchange(
        [source("forge", 100, price="0.1")],
        [demand("baths", 100, price="0.4")],
        [pipe("forge", "baths", cost=10_000, running="0.05")],
        HOUR,
    )

    # 100,000 kWh x (0.40 - 0.10 - 0.05) - 10,000
    assert told(proposed(exchange)) == [("forge", "baths", 100_000, 15_000)]


def test_no_pipe_is_built_that_costs_more_than_it_saves() -> None:
    exchange = an_exchange(
        [source("forge", 100)], [demand("baths", 100)], [pipe("forge", "baths", 100_001)], HOUR
    )

    assert told(proposed(exchange)) == []


def test_heat_is_matched_only_where_the_difference_of_temperature_is_kept() -> None:
    sources = [source("just", 10, at_c=70), source("cooler", 10, at_c=69.9)]
    exchange = an_exchange(
        sources, [demand("baths", 50)], [pipe("just", "baths"), pipe("cooler", "baths")], HOUR
    )

    assert told(proposed(exchange)) == [("just", "baths", 10_000, 10_000)]


def test_what_is_left_over_at_night_serves_no_need_by_day() -> None:
    exchange = an_exchange(
        [source("forge", 100, 0)], [demand("baths", 60, 60)], [pipe("forge", "baths")], (500, 500)
    )

    (line,) = proposed(exchange).lines

    assert line.rates == (60_000, 0)
    assert line.delivered == 30_000_000


def test_the_dearer_need_is_served_first_and_the_rest_goes_to_the_other() -> None:
    exchange = an_exchange(
        [source("forge", 100)],
        [demand("baths", 80, price="0.3"), demand("labs", 70, price="0.5")],
        [pipe("forge", "baths"), pipe("forge", "labs")],
        HOUR,
    )

    assert told(proposed(exchange)) == [
        ("forge", "labs", 70_000, 35_000),
        ("forge", "baths", 30_000, 9_000),
    ]


def test_one_pipe_that_carries_all_beats_two_that_cost_twice() -> None:
    exchange = an_exchange(
        [source("forge", 50), source("kiln", 100)],
        [demand("baths", 100)],
        [pipe("forge", "baths", 20_000), pipe("kiln", "baths", 30_000)],
        HOUR,
    )

    assert told(proposed(exchange)) == [("kiln", "baths", 100_000, 70_000)]


def test_a_proposal_says_how_much_any_plan_could_save_at_most() -> None:
    exchange = an_exchange(
        [source("forge", 100)], [demand("baths", 100)], [pipe("forge", "baths", 40_000)], HOUR
    )

    proposal = proposed(exchange)

    assert proposal.saving_micros == 60_000 * MICROS
    assert proposal.bound_micros == pytest.approx(60_000 * MICROS, rel=1e-3)


def test_losses_on_the_way_are_taken_from_the_source_not_from_the_need() -> None:
    exchange = an_exchange(
        [source("forge", 100)], [demand("baths", 45)], [pipe("forge", "baths", loss="0.1")], HOUR
    )

    (line,) = proposed(exchange).lines

    assert (line.taken, line.delivered) == (50_000_000, 45_000_000)


def test_a_pair_whose_connection_has_no_stated_cost_is_named_not_guessed() -> None:
    exchange = an_exchange([source("forge", 100)], [demand("baths", 100)], [], HOUR)

    proposal = proposed(exchange)

    assert proposal.lines == ()
    assert proposal.without_cost == (("forge", "baths"),)


def test_cold_serves_what_may_be_warmer_and_clean_water_what_may_be_dirtier() -> None:
    assert ColdEnough(5).fits(source_c=7, needed_c=12)
    assert not ColdEnough(5).fits(source_c=8, needed_c=12)
    assert CleanEnough().fits(source_class=2, needed_class=3)
    assert not CleanEnough().fits(source_class=4, needed_class=3)
    with pytest.raises(ValueError, match="give > 0"):
        WarmEnough(0)


def test_water_is_matched_by_its_class_in_m3() -> None:
    exchange = an_exchange(
        [source("laundry", 8, at_c=3), source("dye house", 8, at_c=5)],
        [demand("cooling tower", 5, at_c=4, price="3")],
        [pipe("laundry", "cooling tower", 5_000), pipe("dye house", "cooling tower")],
        HOUR,
        CleanEnough(),
    )

    # 5 m3/h x 1,000 h x 3 - 5,000
    assert told(proposed(exchange)) == [("laundry", "cooling tower", 5_000, 10_000)]


def test_rates_of_another_number_of_periods_are_refused() -> None:
    with pytest.raises(ValueError, match="forge has rates"):
        an_exchange([source("forge", 1, 2)], [], [], HOUR)


def test_a_connection_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="kiln, which nobody has"):
        an_exchange([source("forge", 1)], [demand("baths", 1)], [pipe("kiln", "baths")], HOUR)
