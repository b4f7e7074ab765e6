"""What is booked of a quarter, and what another word on a register restates."""

import asyncio

import numpy as np

from services.carbon_accounting.domain.inventory.electricity import Certificate
from services.carbon_accounting.domain.ledgers import LIVE_LEDGERS
from services.carbon_accounting.domain.matching.supply import EmissionRate
from services.carbon_accounting.domain.words import Method
from services.carbon_accounting.live.bookkeeping import Order, Step, rebook
from services.carbon_accounting.live.catching_up import next_portion
from services.energy.time_grid import QUARTER
from tests.support.carbon import (
    CHARGE,
    DISCHARGE,
    GAS,
    LOAD,
    NOON,
    PV,
    a_quarter,
    a_word,
    an_estimate,
    nothing_known,
    the_rules,
    the_site,
)
from tests.support.carbon_books import MemoryBooks

PARK, LOCATION, MARKET = LIVE_LEDGERS


def test_a_kilowatt_hour_of_grid_power_has_another_emission_in_each_ledger() -> None:
    books = MemoryBooks()

    books.take(a_quarter(grid_in=1000, load_used=1000))

    assert books.booked_ng(PARK) == 832_500 * 10**6
    assert books.booked_ng(LOCATION) == 530_600 * 10**6
    assert books.booked_ng(MARKET) == 609_600 * 10**6


def test_a_kilowatt_hour_of_gas_is_the_same_to_the_nanogram_in_every_ledger() -> None:
    books = MemoryBooks()

    books.take(a_quarter(boiler_gas=1000))

    assert {books.booked_ng(ledger) for ledger in LIVE_LEDGERS} == {200_201_760_000}


def test_own_generation_used_on_site_is_booked_with_its_energy_and_no_emission() -> None:
    books = MemoryBooks()

    books.take(a_quarter(pv_made=300, wind_made=100, load_used=400))

    assert books.booked_amount(PARK, origin="pv:pv.made") == 300
    assert books.booked_amount(PARK, origin="wind:wind.made") == 100
    assert books.booked_ng(PARK) == 0


def test_each_enterprise_has_its_own_meter_s_energy() -> None:
    books = MemoryBooks()

    books.take(a_quarter(grid_in=1000, load_used=600, car_used=400))

    assert books.booked_amount(PARK, enterprise="steel") == 600
    assert books.booked_amount(PARK, enterprise="campus") == 400


def test_a_quarter_waits_until_there_is_a_word_on_every_register() -> None:
    books = MemoryBooks()
    *most, last = a_quarter(grid_in=1000, load_used=1000)

    first, second = books.take(most), books.take([last])

    assert first.postings == []
    assert [posting.number for posting in second.postings] == [1, 1, 1]


def test_once_a_later_quarter_is_complete_one_is_booked_without_what_is_unknown() -> None:
    books = MemoryBooks()
    without_load = [w for w in a_quarter(grid_in=1000, boiler_gas=7) if w.point_id != LOAD]

    books.take(without_load)
    books.take(a_quarter(1))

    assert books.booked_amount(PARK, carrier="electricity") == 0
    assert books.booked_amount(PARK, meter=GAS) == 7
    assert books.facts[NOON][0].waits_for == LOAD
    assert books.facts[NOON][0].flows is None


def test_what_becomes_known_of_a_quarter_booked_in_part_is_booked_then() -> None:
    books = MemoryBooks()
    books.take([w for w in a_quarter(grid_in=1000) if w.point_id != LOAD] + a_quarter(1))

    step = books.take([a_word(LOAD, 0, 1000, known=60)])

    assert books.booked_amount(PARK, meter=LOAD) == 1000
    assert {posting.because for posting in step.postings} == {""}  # nothing was booked before


def test_nothing_before_the_ledger_begins_is_booked() -> None:
    assert MemoryBooks().take(a_quarter(-1, boiler_gas=5)).postings == []


def test_the_same_words_again_book_nothing() -> None:
    books, words = MemoryBooks(), a_quarter(grid_in=1000, load_used=1000)
    books.take(words)

    assert books.take(words) == Step()


def test_another_word_that_says_the_same_restates_nothing() -> None:
    books = MemoryBooks()
    books.take(a_quarter(boiler_gas=100))

    assert books.take([a_word(GAS, 0, 100, known=40)]).postings == []


def test_what_is_known_later_restates_exactly_the_lines_it_touches_and_says_why() -> None:
    books = MemoryBooks()
    both = {"boiler_gas": 100, "grid_in": 500, "load_used": 500}
    books.take(a_quarter(**both) + a_quarter(1, **both))

    step = books.take([a_word(GAS, 0, 110, known=40)])

    assert {(p.start, p.number, p.because) for p in step.postings} == {
        (NOON, 2, f"{GAS}: 100 Wh became 110 Wh")
    }
    assert [(len(p.booked), len(p.reversed)) for p in step.postings] == [(1, 1)] * 3
    assert books.booked_amount(PARK, meter=GAS) == 210


def test_more_than_three_registers_are_counted() -> None:
    books = MemoryBooks()
    books.take(a_quarter(grid_in=100, load_used=100))

    step = books.take(
        [
            a_word(word.point_id, 0, word.energy_wh + 50, known=60)
            for word in a_quarter(grid_in=100, load_used=100)
        ]
    )

    assert step.postings[0].because == (
        "bat.in: 0 Wh became 50 Wh; bat.out: 0 Wh became 50 Wh; boiler.gas: 0 Wh became 50 Wh; "
        "and 6 more"
    )


def test_an_estimate_makes_what_rests_on_it_estimated() -> None:
    books = MemoryBooks()
    books.take(a_quarter(grid_in=500, load_used=500, boiler_gas=9))

    books.take([an_estimate(LOAD, 0, 500, Method.PROFILE, known=60)])

    said = {line.account.meter: sure for (_, line), (_, _, sure) in books.picture().items()}
    assert said == {LOAD: False, GAS: True}


def test_energy_that_is_set_aside_leaves_the_books() -> None:
    books = MemoryBooks()
    books.take(a_quarter(boiler_gas=100) + a_quarter(1))

    step = books.take([nothing_known(GAS, 0, known=60, aside=100)])

    assert books.picture() == {}
    assert step.postings[0].because == f"{GAS}: 100 Wh became unknown (100 Wh set aside)"
    assert books.facts[NOON][0].waits_for == f"{GAS} (100 Wh set aside)"


def test_a_quarter_that_nothing_later_completes_any_more_leaves_the_books() -> None:
    books = MemoryBooks()
    books.take(a_quarter(boiler_gas=100))

    step = books.take([nothing_known(GAS, 0, known=60)])

    assert books.picture() == {}
    assert books.facts == {}
    assert step.postings[0].because == f"{GAS}: 100 Wh became unknown"


def test_a_store_gives_back_later_what_it_was_charged_with() -> None:
    books = MemoryBooks()

    books.take(a_quarter(pv_made=1000, bat_in=1000) + a_quarter(1, bat_out=900, load_used=900))

    assert books.booked_amount(LOCATION, meter=LOAD, origin="pv:pv.made") == 900
    assert books.booked_amount(LOCATION, meter="losses@bat") == 100
    assert books.booked_ng(LOCATION) == 0


def test_what_was_charged_is_corrected_where_it_is_used() -> None:
    books = MemoryBooks()
    books.take(a_quarter(pv_made=1000, bat_in=1000) + a_quarter(1))
    books.take(a_quarter(2, bat_out=900, load_used=900))

    words = [a_word(PV, 0, 0, known=90), a_word("grid.in", 0, 1000, known=90)]
    step = books.take(words)

    later = [posting for posting in step.postings if posting.start == NOON + 2 * QUARTER]
    assert books.booked_ng(LOCATION, meter=LOAD) == 900 * 530_600_000
    assert {posting.because for posting in later} == {
        "what the stores held changed by what earlier quarters say now"
    }


def test_a_correction_reaches_as_far_as_the_content_of_the_store_differs() -> None:
    books, days = MemoryBooks(), 3 * 96
    books.take([*a_quarter(0, pv_made=1000, bat_in=1000), *a_quarter(days)])
    for quarter in range(1, days):
        books.take(a_quarter(quarter))
    before = len(books.postings)

    late = [a_word(CHARGE, 0, 500, known=9000), a_word(DISCHARGE, days, 450, known=9000)]
    step = books.take(late)

    assert {posting.start for posting in step.postings} == {NOON, NOON + days * QUARTER}
    assert len(books.postings) - before == len(step.postings)


def test_a_factor_of_another_year_restates_what_was_made_with_it_and_says_so() -> None:
    books, rules = MemoryBooks(), the_rules(the_site(factor_year=2021))
    books.take(a_quarter(grid_in=1000, load_used=1000, boiler_gas=5))

    step, left = asyncio.run(next_portion(books, rules, NOON))

    assert left == 0
    location, market = step.postings
    assert (location.ledger, location.because) == (
        LOCATION,
        "factor location_based/grid-electricity/CN/2023 v1 became "
        "location_based/grid-electricity/CN/2021 v1",
    )
    assert (market.ledger, len(market.booked)) == (MARKET, 0)  # there is no residual mix of 2021
    assert asyncio.run(next_portion(books, rules, NOON)) == (Step(), 0)


def test_other_rules_that_change_no_number_leave_the_books_as_they_are() -> None:
    books = MemoryBooks()
    books.take(a_quarter(grid_in=1000, load_used=1000))

    step, _ = asyncio.run(next_portion(books, the_rules(the_site(efficiency="0.8")), NOON))

    assert (step.quarters, step.postings) == (1, [])


def test_what_a_certificate_covers_has_its_rate_in_the_ledgers_it_names() -> None:
    books = MemoryBooks()
    books.take(a_quarter(grid_in=1000, load_used=1000))
    gec = Certificate("GEC-1", EmissionRate("certificate/GEC-1", 0, "V2"))
    books.covered = {MARKET: {"steel": {gec: np.array([5_000])}}}  # more than was used

    step = asyncio.run(rebook(books, [NOON], the_rules(), NOON, Order("certificate GEC-1")))

    assert books.booked_amount(MARKET, origin="certificate:GEC-1") == 1000
    assert (books.booked_ng(MARKET), books.booked_ng(LOCATION)) == (0, 530_600_000_000)
    assert [(p.ledger, p.because) for p in step.postings] == [(MARKET, "certificate GEC-1")]
    assert books.facts[NOON][0].claimed_beyond == "4000 Wh of GEC-1 for steel, market_based"
