"""What is booked for a quarter, when, and what another word on a register restates."""

import asyncio

import pytest

from services.carbon_accounting.bookkeeping import Step, rebook
from services.carbon_accounting.domain.booking import Booked, Waiting
from services.carbon_accounting.domain.entries import Posting, Quality, Withdrawal
from services.carbon_accounting.domain.factors import FactorSet, FactorYear
from services.carbon_accounting.domain.ledgers import LIVE_LEDGERS, Ledger
from services.carbon_accounting.domain.words import Method
from services.energy.time_grid import QUARTER
from tests.support.carbon import (
    CHOICES,
    GAS,
    GRID,
    LOAD,
    NOON,
    MemoryBooks,
    a_quarter,
    a_word,
    an_estimate,
    nothing_known,
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


def the_entry(books: MemoryBooks, activity: str) -> Posting:
    """The newest version of an entry of the first quarter."""
    found = [
        posting
        for key, posting in books.entries
        if (key.activity, key.interval_start) == (activity, NOON) and isinstance(posting, Posting)
    ]
    return found[-1]


def test_a_kilowatt_hour_of_grid_power_has_another_emission_in_each_ledger() -> None:
    books = MemoryBooks()

    books.take(a_quarter(grid_in=1000, load_used=1000))

    assert books.emissions_mg("grid-import", Ledger.PARK_ACCEPTANCE) == 832_500
    assert books.emissions_mg("grid-import", Ledger.LOCATION_BASED) == 530_600
    assert books.emissions_mg("grid-import", Ledger.MARKET_BASED) == 609_600


def test_a_kilowatt_hour_of_gas_is_200_grams_in_every_ledger() -> None:
    books = MemoryBooks()

    books.take(a_quarter(boiler_gas=1000))

    assert {books.emissions_mg("gas:boiler", ledger) for ledger in LIVE_LEDGERS} == {200_202}


def test_own_generation_used_on_site_is_booked_with_its_energy_and_no_emission() -> None:
    books = MemoryBooks()

    books.take(a_quarter(pv_made=300, wind_made=100, load_used=400))

    assert (books.energy_wh("pv-self-use"), books.energy_wh("wind-self-use")) == (300, 100)
    assert books.emissions_mg("pv-self-use", Ledger.PARK_ACCEPTANCE) == 0


def test_every_quarter_has_the_same_lines_in_every_ledger() -> None:
    books = MemoryBooks()

    step = books.take(a_quarter())

    assert {p.entry.key.activity for p in step.postings} == LINES
    assert len(step.postings) == 3 * len(LINES)


def test_a_quarter_waits_until_there_is_a_word_on_every_register() -> None:
    books = MemoryBooks()
    *most, last = a_quarter(grid_in=1000, load_used=1000)

    first = books.take(most)
    second = books.take([last])

    assert first.postings == ()
    assert len(second.postings) == 3 * len(LINES)


def test_nothing_before_the_ledger_begins_is_booked() -> None:
    books = MemoryBooks()

    step = books.take(a_quarter(-1))

    assert step.postings == ()


def test_the_same_words_again_book_nothing() -> None:
    books = MemoryBooks()
    words = a_quarter(grid_in=1000, load_used=1000)
    books.take(words)

    again = books.take(words)

    assert again == Step()


def test_another_word_that_says_the_same_restates_nothing() -> None:
    books = MemoryBooks()
    books.take(a_quarter(boiler_gas=100))

    step = books.take([a_word(GAS, 0, 100, known=40)])

    assert (step.postings, step.withdrawals) == ((), ())


def test_an_entry_names_what_it_was_made_of() -> None:
    books = MemoryBooks()

    books.take([*a_quarter(), a_word(GAS, 0, 100, known=40, log_position=7)])

    entry = the_entry(books, "gas:boiler").entry
    assert entry.sources == (f"{GAS}@100 Wh",)
    assert entry.words == (f"{GAS}@2019-06-04T04:40:00Z/7",)


def test_what_is_known_later_restates_exactly_the_entries_it_touches_and_says_why() -> None:
    books = MemoryBooks()
    books.take(a_quarter(boiler_gas=100) + a_quarter(1, boiler_gas=100))

    step = books.take([a_word(GAS, 0, 110, known=40)])

    assert restated(step.postings) == {"gas:boiler v2"}
    assert {p.entry.key.interval_start for p in step.postings} == {NOON}
    assert (books.energy_wh("gas:boiler", 0), books.energy_wh("gas:boiler", 1)) == (110, 100)
    assert step.postings[0].restated_because == f"{GAS}: 100 Wh became 110 Wh"


def test_a_word_that_was_known_earlier_never_replaces_a_later_one() -> None:
    books = MemoryBooks()
    books.take([*a_quarter(), a_word(GAS, 0, 110, known=40)])

    step = books.take([a_word(GAS, 0, 100, known=39)])

    assert step == Step()


def test_of_words_of_one_instant_the_one_from_the_later_place_of_the_log_stands() -> None:
    books = MemoryBooks()
    books.take([*a_quarter(), a_word(GAS, 0, 110, known=40, log_position=8)])

    step = books.take([a_word(GAS, 0, 100, known=40, log_position=7)])

    assert step == Step()
    assert books.energy_wh("gas:boiler") == 110


# ---- how well it is known


def test_a_line_is_measured_when_all_of_its_energy_is_believed_for_all_of_the_quarter() -> None:
    books = MemoryBooks()

    books.take(a_quarter(grid_in=10))

    assert the_entry(books, "grid-import").entry.quality is Quality.MEASURED


@pytest.mark.parametrize(
    ("how", "says"),
    [
        (Method.LINEAR, "~200 Wh linear"),
        (Method.PROFILE | Method.SUSPECT, "~200 Wh profile, suspect"),
        (Method.ACCEPTED, "~200 Wh accepted"),
        (Method.EDITED, "~200 Wh edited"),
    ],
)
def test_an_estimate_is_booked_as_such_and_says_how_it_came_about(how: Method, says: str) -> None:
    books = MemoryBooks()

    books.take([*a_quarter(), an_estimate(GAS, 0, 200, how, known=40)])

    entry = the_entry(books, "gas:boiler").entry
    assert (entry.energy_wh, entry.quality) == (200, Quality.ESTIMATED)
    assert entry.sources == (f"{GAS}@{says}",)


def test_a_quarter_that_is_believed_in_part_is_estimated_and_its_parts_are_told() -> None:
    books = MemoryBooks()
    partly = {"believed_us": 300_000_000, "estimated_wh": 200, "methods": int(Method.LINEAR)}

    books.take([*a_quarter(), a_word(GAS, 0, 500, known=40, **partly)])

    entry = the_entry(books, "gas:boiler").entry
    assert (entry.energy_wh, entry.quality) == (700, Quality.ESTIMATED)
    assert entry.sources == (f"{GAS}@500+~200 Wh linear",)


def test_what_was_written_off_is_not_booked_and_is_told() -> None:
    books = MemoryBooks()

    books.take([*a_quarter(), a_word(GAS, 0, 0, known=40, believed_us=0, written_off_wh=3_000)])

    entry = the_entry(books, "gas:boiler").entry
    assert (entry.energy_wh, entry.quality) == (0, Quality.ESTIMATED)
    assert entry.sources == (f"{GAS}@~0 Wh, 3000 Wh written off",)


def test_a_reading_that_takes_the_place_of_an_estimate_restates_what_it_touches() -> None:
    books = MemoryBooks()
    books.take([*a_quarter(load_used=1200), an_estimate(GRID, 0, 1000, Method.LINEAR, known=40)])

    step = books.take([a_word(GRID, 0, 1200, known=50)])

    assert restated(step.postings) == {
        "grid-import v2",
        "unaccounted-supply v2",  # the estimate left a gap of 200 Wh, the reading closes it
    }
    assert step.postings[0].restated_because == f"{GRID}: ~1000 Wh linear became 1200 Wh"
    assert the_entry(books, "grid-import").entry.quality is Quality.MEASURED


# ---- what is not known


def test_energy_set_aside_is_never_booked_and_the_quarter_names_it() -> None:
    books = MemoryBooks()

    step = books.take([*a_quarter(), nothing_known(GAS, 0, known=40, aside=92_000)])

    outcome, _ = books.outcomes[NOON]
    assert step.postings == ()
    assert isinstance(outcome, Waiting)
    assert outcome.waits_for == f"{GAS} (92000 Wh set aside)"
    assert outcome.set_aside == f"92000 Wh of {GAS}"


def test_energy_that_is_set_aside_later_leaves_the_books_until_it_is_released() -> None:
    books = MemoryBooks()
    books.take(a_quarter(boiler_gas=100))

    aside = books.take([nothing_known(GAS, 0, known=40, aside=100)])
    released = books.take([an_estimate(GAS, 0, 100, Method.ACCEPTED, known=50)])

    assert {type(w) for w in aside.withdrawals} == {Withdrawal}
    assert aside.withdrawals[0].restated_because == f"withdrawn, waits for {GAS} (100 Wh set aside)"
    assert books.energy_wh("gas:boiler") == 100
    assert {p.version for p in released.postings} == {3}
    assert books.outcomes[NOON][0].set_aside == ""


def test_a_quarter_that_an_editor_wrote_is_booked_beside_what_is_set_aside() -> None:
    books = MemoryBooks()
    written = {"believed_us": 0, "estimated_wh": 300, "methods": int(Method.EDITED)}

    books.take([*a_quarter(), a_word(GAS, 0, 0, known=40, suspense_wh=92_000, **written)])

    outcome, _ = books.outcomes[NOON]
    assert isinstance(outcome, Booked)
    assert books.energy_wh("gas:boiler") == 300
    assert outcome.set_aside == f"92000 Wh of {GAS}"


def test_an_energy_that_is_withdrawn_takes_its_quarter_out_of_the_books() -> None:
    books = MemoryBooks()
    books.take(a_quarter(boiler_gas=100) + a_quarter(1))

    step = books.take([nothing_known(GAS, 0, known=40)])
    healed = books.take([a_word(GAS, 0, 50, known=50)])

    assert {w.key.interval_start for w in step.withdrawals} == {NOON}
    assert {w.restated_because for w in step.withdrawals} == {f"withdrawn, waits for {GAS}"}
    assert len(step.withdrawals) == 3 * len(LINES)
    assert books.energy_wh("gas:boiler") == 50
    assert {p.version for p in healed.postings} == {3}


def test_a_quarter_that_is_known_in_part_stays_open_and_says_how_much_is_known() -> None:
    books = MemoryBooks()
    known = {"believed_us": 480_000_000, "known_us": 480_000_000}

    books.take([*a_quarter(), a_word(GAS, 0, 50, known=40, **known)])

    outcome, _ = books.outcomes[NOON]
    assert isinstance(outcome, Waiting)
    assert outcome.waits_for == f"{GAS} (known for 480 of 900 s)"


def test_an_open_quarter_names_energy_set_aside_before_everything_else_that_is_missing() -> None:
    books = MemoryBooks()

    books.take([nothing_known(GAS, 0, known=40, aside=5)])

    outcome, _ = books.outcomes[NOON]
    assert isinstance(outcome, Waiting)
    assert outcome.waits_for == f"{GAS} (5 Wh set aside), grid.in, grid.out and 6 more"


def test_quarters_without_any_word_are_open_once_time_has_passed_them_by() -> None:
    books = MemoryBooks()

    books.take(a_quarter(0) + a_quarter(10))  # two hours and a quarter lie between

    waiting = {start for start, (o, _) in books.outcomes.items() if isinstance(o, Waiting)}
    assert waiting == {NOON + QUARTER, NOON + 2 * QUARTER}


# ---- other rules, ids, balances


def test_a_new_factor_restates_exactly_the_entries_that_used_it() -> None:
    books = MemoryBooks()
    books.take(a_quarter(grid_in=1000, load_used=1000))
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
    books.take(a_quarter())

    unverified = {
        key.activity
        for key, entry in books.standing.items()
        if entry.unverified and key.ledger is Ledger.LOCATION_BASED
    }

    assert unverified == {"grid-import", "unaccounted-supply", "gas:boiler"}


def test_entry_ids_follow_from_what_is_booked() -> None:
    books = MemoryBooks()

    step = books.take(a_quarter())

    assert (
        step.postings[0].id_in("demo") == "demo/park_acceptance/grid-import/2019-06-04T04:00:00Z/v1"
    )


def test_meters_that_do_not_close_show_the_gap_as_lines_of_their_own() -> None:
    books = MemoryBooks()

    books.take(a_quarter(0, grid_in=1000, load_used=900) + a_quarter(1, load_used=100))

    assert (books.energy_wh("unaccounted-load"), books.energy_wh("unaccounted-supply")) == (100, 0)
    assert books.energy_wh("unaccounted-supply", 1) == 100
    # consumed without a metered supply: counted like grid power
    assert books.emissions_mg("unaccounted-supply", Ledger.PARK_ACCEPTANCE, 1) == 83_250
    assert books.emissions_mg("unaccounted-load", Ledger.PARK_ACCEPTANCE) == 0


def test_an_estimated_load_leaves_the_grid_line_measured() -> None:
    books = MemoryBooks()

    books.take([*a_quarter(grid_in=10), an_estimate(LOAD, 0, 10, Method.LINEAR, known=40)])

    assert the_entry(books, "grid-import").entry.quality is Quality.MEASURED
    assert books.outcomes[NOON][0].quality is Quality.ESTIMATED
