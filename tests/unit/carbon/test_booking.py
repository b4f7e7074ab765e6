"""What is booked for a quarter, when, and what a late or corrected reading restates."""

import asyncio

from services.carbon_accounting.bookkeeping import Step, rebook
from services.carbon_accounting.domain.booking import Waiting
from services.carbon_accounting.domain.entries import EntryKey, Posting, Quality, Withdrawal
from services.carbon_accounting.domain.factors import FactorSet, FactorYear
from services.carbon_accounting.domain.ledgers import Ledger
from services.energy.time_grid import QUARTER
from tests.support.carbon import (
    CHARGE,
    CHOICES,
    GAS,
    GRID,
    LOAD,
    NOON,
    PV,
    MemoryBooks,
    a_reading,
    a_sample,
    the_factors,
    the_rules,
)

LINES = {
    "grid-import",
    "pv-self-use",
    "wind-self-use",
    "unaccounted-load",
    "unaccounted-supply",
    "gas:boiler",
}


def restated(step_postings: tuple[Posting, ...]) -> set[str]:
    return {f"{p.entry.key.activity} v{p.version}" for p in step_postings}


def test_a_kilowatt_hour_of_grid_power_has_another_emission_in_each_ledger() -> None:
    books = MemoryBooks()

    books.take(a_sample(0) + a_sample(15, grid_in=1000, load_used=1000))

    assert books.emissions_mg("grid-import", Ledger.PARK_ACCEPTANCE) == 832_500
    assert books.emissions_mg("grid-import", Ledger.LOCATION_BASED) == 530_600
    assert books.emissions_mg("grid-import", Ledger.MARKET_BASED) == 609_600


def test_a_kilowatt_hour_of_gas_is_200_grams_in_every_ledger() -> None:
    books = MemoryBooks()

    books.take(a_sample(0) + a_sample(15, boiler_gas=1000))

    assert {books.emissions_mg("gas:boiler", ledger) for ledger in Ledger} == {200_202}


def test_own_generation_used_on_site_is_booked_with_its_energy_and_no_emission() -> None:
    books = MemoryBooks()

    books.take(a_sample(0) + a_sample(15, pv_made=300, wind_made=100, load_used=400))

    assert (books.energy_wh("pv-self-use"), books.energy_wh("wind-self-use")) == (300, 100)
    assert books.emissions_mg("pv-self-use", Ledger.PARK_ACCEPTANCE) == 0


def test_every_quarter_has_the_same_lines_in_every_ledger() -> None:
    books = MemoryBooks()

    step = books.take(a_sample(0) + a_sample(15))

    assert {p.entry.key.activity for p in step.postings} == LINES
    assert len(step.postings) == 3 * len(LINES)


def test_a_quarter_waits_until_every_register_is_known_at_both_borders() -> None:
    books = MemoryBooks()
    *most, last = a_sample(15, grid_in=1000, load_used=1000)

    first = books.take(a_sample(0) + most)
    second = books.take([last])

    assert first.postings == ()
    assert len(second.postings) == 3 * len(LINES)


def test_readings_between_the_borders_book_nothing() -> None:
    books = MemoryBooks()

    step = books.take(a_sample(0) + a_sample(7, grid_in=500) + a_sample(14, grid_in=900))

    assert step.postings == ()


def test_nothing_before_the_ledger_begins_is_booked() -> None:
    books = MemoryBooks()

    step = books.take(a_sample(-15) + a_sample(0))

    assert step.postings == ()


def test_the_same_readings_again_book_nothing() -> None:
    books = MemoryBooks()
    readings = a_sample(0) + a_sample(15, grid_in=1000, load_used=1000)
    books.take(readings)

    again = books.take(readings)

    assert again.postings == ()


def test_a_quarter_without_its_border_is_estimated_once_it_is_late() -> None:
    books = MemoryBooks()
    books.take(a_sample(0) + a_sample(10, grid_in=1000, load_used=1000))
    books.take(a_sample(20, grid_in=3000, load_used=3000))

    early = books.take(a_sample(134, grid_in=3000, load_used=3000))
    late = books.take(a_sample(135, grid_in=3000, load_used=3000))

    assert early.postings == ()
    assert books.energy_wh("grid-import") == 2000  # half way between 1000 and 3000
    assert late.postings[0].entry.quality is Quality.ESTIMATED
    assert late.postings[0].entry.sources == (f"{GRID}@0..~2000",)


def test_an_estimate_loses_no_energy() -> None:
    books = MemoryBooks()

    books.take(a_sample(0) + a_sample(7, grid_in=10) + a_sample(30, grid_in=1001))
    books.take(a_sample(150, grid_in=1001))

    assert sum(books.energy_wh("grid-import", quarter) or 0 for quarter in (0, 1)) == 1001


def test_a_late_border_reading_replaces_the_estimate_and_only_what_it_touches() -> None:
    books = MemoryBooks()
    boundary = a_sample(15, grid_in=1200, load_used=1200)
    without_grid = [reading for reading in boundary if reading[0] != GRID]
    books.take(a_sample(0) + without_grid + a_sample(30, grid_in=2000, load_used=2000))
    books.take(a_sample(45, grid_in=2000, load_used=2000))
    books.take(a_sample(180, grid_in=2000, load_used=2000))
    assert books.energy_wh("grid-import") == 1000

    step = books.take([a_reading(GRID, 15, 1200, arrived=181)])

    assert (books.energy_wh("grid-import", 0), books.energy_wh("grid-import", 1)) == (1200, 800)
    assert {p.entry.key.interval_start for p in step.postings} == {NOON, NOON + QUARTER}
    assert restated(step.postings) == {
        "grid-import v2",
        "unaccounted-load v2",  # the estimate left a gap of 200 Wh, the reading closes it
        "unaccounted-supply v2",
    }
    assert step.postings[0].restated_because == f"{GRID}: 0..~1000 became 0..1200 Wh"


def test_a_corrected_border_restates_both_quarters_that_meet_there() -> None:
    books = MemoryBooks()
    books.take(a_sample(0) + a_sample(15, boiler_gas=100) + a_sample(30, boiler_gas=200))

    step = books.take([a_reading(GAS, 15, 110, arrived=40)])

    assert restated(step.postings) == {"gas:boiler v2"}
    assert (books.energy_wh("gas:boiler", 0), books.energy_wh("gas:boiler", 1)) == (110, 90)


def test_an_older_arrival_never_replaces_a_newer_one() -> None:
    books = MemoryBooks()
    books.take(a_sample(0) + a_sample(15) + [a_reading(GAS, 15, 110, arrived=40)])

    step = books.take([a_reading(GAS, 15, 100, arrived=20)])

    assert step.postings == ()


def test_a_correction_that_counts_backwards_takes_the_quarter_out_of_the_books() -> None:
    books = MemoryBooks()
    books.take(a_sample(0) + a_sample(15, boiler_gas=100))

    step = books.take([a_reading(GAS, 0, 500, arrived=40)])
    healed = books.take([a_reading(GAS, 0, 50, arrived=50)])

    assert {type(w) for w in step.withdrawals} == {Withdrawal}
    assert "counts backwards" in step.withdrawals[0].restated_because
    assert books.energy_wh("gas:boiler") == 50
    assert {p.version for p in healed.postings} == {3}


def test_a_quarter_without_readings_on_one_side_stays_open_and_says_so() -> None:
    books = MemoryBooks()

    books.take(a_sample(16) + a_sample(300))

    outcome, _ = books.outcomes[NOON]
    assert isinstance(outcome, Waiting)
    assert f"{GRID} at 2019-06-04T04:00Z" in outcome.waits_for
    assert "more" in outcome.waits_for


def test_a_new_factor_restates_exactly_the_entries_that_used_it() -> None:
    books = MemoryBooks()
    books.take(a_sample(0) + a_sample(15, grid_in=1000, load_used=1000))
    newer = the_factors(CHOICES | {Ledger.PARK_ACCEPTANCE: FactorYear("CN", 2023)})

    step = rebooked(books, newer)

    assert restated(step.postings) == {"grid-import v2", "unaccounted-supply v2"}
    assert books.emissions_mg("grid-import", Ledger.PARK_ACCEPTANCE) == 827_300
    assert "CN/2022 v1 became" in step.postings[0].restated_because


def rebooked(books: MemoryBooks, factors: FactorSet) -> Step:
    rules = the_rules(factors)
    starts = asyncio.run(books.outdated(rules.fingerprint))
    return asyncio.run(rebook(books, starts, rules, NOON))


def test_a_factor_of_another_year_makes_the_entry_unverified() -> None:
    books = MemoryBooks()
    books.take(a_sample(0) + a_sample(15))

    unverified = {
        key.activity
        for key, entry in books.standing.items()
        if entry.unverified and key.ledger is Ledger.LOCATION_BASED
    }

    assert unverified == {"grid-import", "unaccounted-supply", "gas:boiler"}


def test_entry_ids_follow_from_what_is_booked() -> None:
    books = MemoryBooks()

    step = books.take(a_sample(0) + a_sample(15))

    assert (
        step.postings[0].id_in("demo") == "demo/park_acceptance/grid-import/2019-06-04T04:00:00Z/v1"
    )


def test_meters_that_do_not_close_show_the_gap_as_lines_of_their_own() -> None:
    books = MemoryBooks()

    books.take(
        a_sample(0)
        + a_sample(15, grid_in=1000, load_used=900)
        + a_sample(30, grid_in=1000, load_used=1000)
    )

    assert (books.energy_wh("unaccounted-load"), books.energy_wh("unaccounted-supply")) == (100, 0)
    assert books.energy_wh("unaccounted-supply", 1) == 100
    # consumed without a metered supply: counted like grid power
    assert books.emissions_mg("unaccounted-supply", Ledger.PARK_ACCEPTANCE, 1) == 83_250
    assert books.emissions_mg("unaccounted-load", Ledger.PARK_ACCEPTANCE) == 0


def test_a_late_load_reading_leaves_the_grid_line_measured() -> None:
    books = MemoryBooks()
    without_load = [r for r in a_sample(15, grid_in=10) if r[0] not in (LOAD, PV, CHARGE)]

    books.take(a_sample(0) + without_load + a_sample(30, grid_in=10) + a_sample(180))

    grid = books.standing[EntryKey(NOON, Ledger.PARK_ACCEPTANCE, "grid-import")]
    assert grid.quality is Quality.MEASURED
