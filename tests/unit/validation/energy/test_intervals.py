"""Quarter-hour energies out of cumulative registers, in numbers for the head."""

import pytest

from services.validation.domain.energy.intervals import Parts
from services.validation.domain.energy.splitting import QUARTER_US
from services.validation.domain.energy.steps import Method
from services.validation.domain.energy.table import BY_ITS_DIGITS
from tests.support.energy import (
    MINUTE,
    Meter,
    a_rule,
    believed,
    quarter,
    rejected,
    suspect,
    withdrawn,
)


def full(believed_wh: int) -> Parts:
    return Parts(believed_wh, believed_us=QUARTER_US, known_us=QUARTER_US)


def test_readings_on_the_borders_give_their_differences() -> None:
    meter = Meter()

    meter.reads(believed(0, 1000), believed(15, 3500), believed(30, 6100))

    assert meter.standing == {quarter(0): full(2500), quarter(1): full(2600)}


def test_a_border_between_two_readings_is_interpolated_and_nothing_is_lost_to_rounding() -> None:
    meter = Meter()

    meter.reads(believed(0, 0), believed(10, 100), believed(20, 201), believed(30, 300))

    assert meter.at(0) == full(150)  # 100 + half of 101, rounded down
    assert meter.at(1) == full(150)  # the other 51 + 99
    assert meter.at(0).believed_wh + meter.at(1).believed_wh == 300


def test_a_quarter_is_shown_when_it_is_over_and_not_before() -> None:
    meter = Meter()

    meter.reads(believed(0, 0), believed(14, 700))
    assert meter.standing == {}

    meter.reads(believed(15, 800))
    assert meter.standing == {quarter(0): full(800)}


def test_a_quarter_that_was_read_in_part_only_says_how_much_of_it_is_known() -> None:
    meter = Meter()

    meter.reads(believed(10, 100), believed(15, 200))

    assert meter.at(0) == Parts(100, believed_us=5 * MINUTE, known_us=5 * MINUTE)


def test_a_late_reading_restates_the_quarters_it_touches_and_no_other() -> None:
    meter = Meter()
    meter.reads(*(believed(minute, minute * 100) for minute in (0, 15, 25, 35, 45, 60)))

    step = meter.reads(believed(30, 2800))  # on the straight line it would be 3000

    assert step.intervals.by_key() == {(0, quarter(1)): full(1300), (0, quarter(2)): full(1700)}


def test_the_same_readings_again_change_nothing() -> None:
    meter = Meter()
    readings = [believed(minute, minute * 10) for minute in (0, 10, 20, 30)]
    meter.reads(*readings)

    step = meter.reads(*readings, *readings)

    assert len(step.intervals) == 0
    assert step.postings == ()


def test_a_correction_takes_the_place_of_what_it_corrects() -> None:
    meter = Meter()
    meter.reads(believed(0, 0), believed(15, 900), believed(30, 1000))

    meter.reads(believed(15, 500))

    assert [meter.at(0), meter.at(1)] == [full(500), full(500)]


def test_a_reading_that_is_no_longer_believed_leaves_its_energy_to_its_neighbours() -> None:
    meter = Meter()
    meter.reads(believed(0, 0), believed(10, 900), believed(15, 1000), believed(30, 2000))

    meter.reads(rejected(10, 900))

    assert meter.at(0) == full(1000)


def test_a_quarter_whose_end_was_withdrawn_is_no_longer_over() -> None:
    meter = Meter()
    meter.reads(believed(0, 0), believed(15, 900))

    meter.reads(withdrawn(15))

    assert meter.at(0) == Parts()


def test_a_spike_between_believed_readings_moves_nothing() -> None:
    meter = Meter()

    meter.reads(believed(0, 1000), rejected(5, 99_999_999), believed(15, 2000))

    assert meter.at(0) == full(1000)
    assert meter.balance_wh() == 0


@pytest.mark.parametrize(("modulus_wh", "before_wh"), [(50_000, 49_500), (BY_ITS_DIGITS, 99_500)])
def test_a_register_rolls_over_where_it_was_declared_to_or_its_digits_end(
    modulus_wh: int, before_wh: int
) -> None:
    meter = Meter(a_rule(modulus_wh=modulus_wh))

    meter.reads(believed(0, before_wh), believed(15, 700))

    assert meter.at(0) == full(1200)


def test_a_reset_register_has_counted_since_zero_and_that_is_an_estimate() -> None:
    meter = Meter()

    meter.reads(believed(0, 50_000), believed(15, 51_000), believed(30, 400))

    assert meter.at(0) == full(1000)
    assert meter.at(1) == Parts(
        estimated_wh=400, known_us=QUARTER_US, methods=Method.FROM_ZERO | Method.LINEAR
    )


def test_a_register_that_begins_again_nobody_knows_where_leaves_time_unknown() -> None:
    meter = Meter()

    meter.reads(believed(0, 50_000), believed(15, 40_000), believed(30, 41_000))

    assert meter.at(0) == Parts(methods=Method.BROKEN)  # absent is not zero: nothing is known
    assert meter.at(1) == full(1000)


def test_a_short_gap_is_spread_evenly_and_named_so() -> None:
    meter = Meter()

    meter.reads(believed(0, 0), believed(60, 4001))

    assert [meter.at(k).estimated_wh for k in range(4)] == [1000, 1000, 1000, 1001]
    assert all(meter.at(k).methods == Method.LINEAR for k in range(4))
    assert all(meter.at(k).believed_us == 0 for k in range(4))


def test_an_estimate_is_replaced_when_the_real_reading_arrives() -> None:
    meter = Meter()
    meter.reads(believed(0, 0), believed(30, 3000))
    assert meter.at(0).estimated_wh == 1500

    meter.reads(believed(15, 500))

    assert [meter.at(0), meter.at(1)] == [full(500), full(2500)]


def test_a_suspect_reading_shapes_a_gap_but_is_not_believed() -> None:
    meter = Meter()

    meter.reads(believed(0, 0), suspect(15, 800), believed(30, 1000))

    estimated = Method.LINEAR | Method.SUSPECT
    assert meter.at(0) == Parts(estimated_wh=800, known_us=QUARTER_US, methods=estimated)
    assert meter.at(1) == Parts(estimated_wh=200, known_us=QUARTER_US, methods=estimated)


@pytest.mark.parametrize("wrong_wh", [1200, 99_999])
def test_a_suspect_reading_that_does_not_fit_is_as_if_it_were_not_there(wrong_wh: int) -> None:
    meter = Meter()

    meter.reads(believed(0, 0), suspect(10, wrong_wh), believed(15, 1000))

    assert meter.at(0) == full(1000)
