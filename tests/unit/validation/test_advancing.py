"""Each rule of §11 by an example: what is believed, what is not, and what is taken back."""

import pytest

from services.energy.quantities import Quantity
from services.energy.readings import Doubt, FieldQuality, Verdict
from services.energy.site import DeviceKind, Point
from services.validation.domain.advancing import advance
from services.validation.domain.batch import batch_of
from services.validation.domain.rules import Rules
from services.validation.domain.state import new_state
from tests.support.validation import MINUTE_US, Player

POWER, PV, AIR = "steel.active_power_w", "pv.active_power_w", "weather.temperature_c"
REGISTER = "steel.consumption_energy_wh"
BATTERY, CHARGER = "battery.active_power_w", "charger.active_power_w"
RULES = Rules.of(
    [
        Point(POWER, "steel", Quantity.ACTIVE_POWER, 0.0, 1_000_000.0),
        Point(REGISTER, "steel", Quantity.CONSUMPTION_ENERGY, 0.0, 1e12),
        Point(PV, "pv", Quantity.ACTIVE_POWER, -3_600_000.0, 60_000.0),
        Point(AIR, "weather", Quantity.TEMPERATURE, -60.0, 70.0),
        Point(BATTERY, "battery", Quantity.ACTIVE_POWER, -8e3, 8e3),
        Point(CHARGER, "charger", Quantity.ACTIVE_POWER, -140.0, 8.4e3),
    ],
    {
        "steel": DeviceKind.LOAD,
        "pv": DeviceKind.PV,
        "weather": DeviceKind.WEATHER,
        "battery": DeviceKind.BATTERY,
        "charger": DeviceKind.CHARGER,
    },
)
NOW = 1_559_599_200_000_000
HOUR = 60
NONE = Doubt.NONE


def a_player(point: str, *values: float, apart: int = 1) -> Player:
    """Return what validation made of values that arrived one by one, `apart` minutes each."""
    player = Player(RULES)
    for step, value in enumerate(values):
        says(player, point, step * apart, value)
    return player


def says(
    player: Player, point: str, minute: int, value: float, *, arrives: int | None = None
) -> Player:
    """Let a point say a value of a minute; it arrives in the same minute or the one given."""
    arrival_us = NOW + (minute if arrives is None else arrives) * MINUTE_US
    return player.takes(batch_of([(point, NOW + minute * MINUTE_US, value)], arrival_us=arrival_us))


def test_sound_readings_are_believed_and_known_on_arrival() -> None:
    player = a_player(POWER, 300e3, 310e3, 305e3)

    assert player.doubts(POWER) == [NONE, NONE, NONE]
    assert [row.known_us for row in player.rows.values()] == [NOW + k * MINUTE_US for k in range(3)]


@pytest.mark.parametrize(
    ("point", "minute", "value", "quality", "doubt"),
    [
        (POWER, 0, 1_000_001.0, FieldQuality.GOOD, Doubt.OUT_OF_RANGE),
        (POWER, 0, float("nan"), FieldQuality.GOOD, Doubt.NOT_A_NUMBER),
        (POWER, 0, float("inf"), FieldQuality.GOOD, Doubt.NOT_A_NUMBER),
        (POWER, 6, 1.0, FieldQuality.GOOD, Doubt.IN_FUTURE),
        (POWER, -41 * 24 * HOUR, 1.0, FieldQuality.GOOD, Doubt.TOO_OLD),
        ("steel.colour", 0, 1.0, FieldQuality.GOOD, Doubt.UNKNOWN_POINT),
        ("steel.colour", 6, 1.0, FieldQuality.GOOD, Doubt.IN_FUTURE),
        ("steel.colour", -41 * 24 * HOUR, 1.0, FieldQuality.GOOD, Doubt.TOO_OLD),
        (POWER, 0, 1.0, FieldQuality.INVALID, Doubt.FIELD_INVALID),
        (POWER, 0, 1.0, FieldQuality.QUESTIONABLE, Doubt.FIELD_QUESTIONABLE),
        (POWER, -16, 1.0, FieldQuality.GOOD, Doubt.LATE),
    ],
)
def test_some_doubts_need_no_other_reading(
    point: str, minute: int, value: float, quality: FieldQuality, doubt: Doubt
) -> None:
    frame = batch_of([(point, NOW + minute * MINUTE_US, value)], arrival_us=NOW, quality=quality)

    _, judged = advance(new_state(RULES), frame, RULES)

    assert judged.doubt.tolist() == [doubt]


def test_a_single_value_off_both_neighbours_is_taken_back_once_the_level_is_back() -> None:
    player = a_player(POWER, 300e3, 301e3, 700e3)
    assert player.doubts(POWER)[-1] is NONE  # it may be a step

    says(player, POWER, 3, 300e3)

    assert player.doubts(POWER) == [NONE, NONE, Doubt.SPIKE, NONE]
    assert player.rows[POWER, NOW + 2 * MINUTE_US].known_us == NOW + 3 * MINUTE_US


def test_a_step_that_stays_is_no_spike() -> None:
    assert set(a_player(POWER, 300e3, 301e3, 700e3, 702e3).doubts(POWER)) == {NONE}


def test_a_change_faster_than_the_quantity_can_waits_for_the_next_reading() -> None:
    player = a_player(AIR, 20.0, 20.1, 45.0)
    assert player.doubts(AIR)[-1] is Doubt.RATE_OF_CHANGE

    assert says(player, AIR, 3, 45.2).doubts(AIR) == [NONE] * 4


def test_a_late_reading_that_agrees_with_a_jump_makes_it_believed() -> None:
    player = a_player(AIR, 20.0, 20.1, 45.0, 20.2)
    assert player.doubts(AIR)[2] is Doubt.SPIKE
    half_a_minute = NOW + 2 * MINUTE_US + 30_000_000

    player.takes(batch_of([(AIR, half_a_minute, 45.1)], arrival_us=NOW + 9 * MINUTE_US))

    assert player.doubts(AIR)[:4] == [NONE] * 4


def test_a_value_that_stands_still_for_too_long_is_suspect_from_its_second_reading_on() -> None:
    hours = [300e3] + [250e3] * 13  # half an hour apart: six hours are too long

    player = a_player(POWER, *hours, apart=30)

    assert player.doubts(POWER) == [NONE, NONE, *[Doubt.STUCK] * 12]


def test_a_still_night_of_a_photovoltaic_plant_is_not_stuck() -> None:
    assert set(a_player(PV, *[0.0] * 40, apart=30).doubts(PV)) == {NONE}


def test_two_equal_values_with_silence_between_them_are_not_stuck() -> None:
    assert set(a_player(POWER, 250e3, 250e3, apart=12 * HOUR).doubts(POWER)) == {NONE}


def test_exactly_zero_from_a_load_that_never_rests_is_suspect() -> None:
    player = a_player(POWER, 300e3, 301e3, 0.0, 0.0, 299e3)

    assert player.doubts(POWER) == [NONE, NONE, Doubt.DROPOUT, Doubt.DROPOUT, NONE]


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_a_slipped_unit_is_rejected_for_as_long_as_it_lasts(factor: float) -> None:
    slipped = [value * factor for value in (301e3, 280e3, 190e3)]

    player = a_player(POWER, 300e3, 301e3, *slipped, 185e3)

    assert player.doubts(POWER) == [NONE, NONE, *[Doubt.UNIT_SLIP] * 3, NONE]


@pytest.mark.parametrize("then", [0.0, -0.5e6, -0.1e6])
def test_a_single_small_value_on_the_way_elsewhere_was_no_slip(then: float) -> None:
    assert a_player(PV, -2e6, -2.1e6, -2e3, then).doubts(PV) == [NONE] * 4


def test_a_slip_lasts_until_the_values_are_large_again() -> None:
    assert a_player(PV, -2e6, -2.1e6, -2e3, -2.1e3, 0.0).doubts(PV)[2:4] == [Doubt.UNIT_SLIP] * 2


def test_what_put_right_would_be_out_of_range_did_not_slip() -> None:
    assert a_player(PV, -3.5e6, -3.5e6, -3.7e3, -1.5e6).doubts(PV) == [NONE] * 4


@pytest.mark.parametrize("point", [BATTERY, CHARGER])
def test_what_is_steered_may_rest_at_a_thousandth_of_what_it_moved(point: str) -> None:
    player = a_player(point, 7e3, 7.1e3, 5.0, 7e3, 7.1e3, 5.0, 6.0, 5.0)

    assert player.doubts(point) == [NONE] * 8


def test_a_flipped_sign_is_rejected_and_named() -> None:
    player = a_player(PV, -2e6, -2.1e6, 2.05e6, -2e6)

    assert player.doubts(PV) == [NONE, NONE, Doubt.SIGN_SLIP, NONE]


def test_a_register_that_falls_and_comes_back_was_wrong_for_that_long() -> None:
    player = a_player(REGISTER, 5e6, 5e6 + 10, 17.0, 17.0, 5e6 + 20)

    backwards = Doubt.REGISTER_BACKWARDS
    assert player.doubts(REGISTER) == [NONE, NONE, backwards, backwards, NONE]


def test_a_register_that_rises_faster_than_its_device_can_is_rejected() -> None:
    player = a_player(REGISTER, 5000.0, 900_000.0, 5010.0)  # 1 MW gives 267 kWh in 16 minutes

    assert player.doubts(REGISTER) == [NONE, Doubt.REGISTER_TOO_STEEP, NONE]


def test_a_register_that_was_a_little_too_high_once_is_taken_back() -> None:
    player = a_player(REGISTER, 5000.0, 90_000.0, 5010.0, 5020.0)

    assert player.doubts(REGISTER) == [NONE, Doubt.SPIKE, NONE, NONE]


@pytest.mark.parametrize(
    ("level", "new", "doubt"),
    [
        (9e6, 0.0, Doubt.REGISTER_RESET),
        (9e6, 4e6, Doubt.METER_SWAP),
        (9e6, 40e6, Doubt.METER_SWAP),
    ],
)
def test_a_register_that_keeps_to_another_level_for_an_hour_is_believed_from_its_first_reading(
    level: float, new: float, doubt: Doubt
) -> None:
    player = a_player(REGISTER, level, *[new + 10.0 * k for k in range(5)], apart=15)

    assert player.doubts(REGISTER) == [NONE, doubt, NONE, NONE, NONE, NONE]
    assert {row.known_us for row in player.rows.values()} == {NOW, NOW + 75 * MINUTE_US}


def test_a_register_that_passes_its_highest_number_is_believed_at_the_second_reading() -> None:
    player = a_player(REGISTER, 99_999_950.0, 30.0, 60.0)

    assert player.doubts(REGISTER) == [NONE, Doubt.REGISTER_ROLLOVER, NONE]


def test_a_reset_register_that_passes_a_thousandth_of_its_old_level_is_still_reset() -> None:
    counts = [2000.0, 4000.0, 5000.0, 6000.0, 8000.0]  # the old level was 5,000 kWh

    player = a_player(REGISTER, 5e6, *counts, apart=15)

    assert player.doubts(REGISTER) == [NONE, Doubt.REGISTER_RESET, NONE, NONE, NONE, NONE]


def test_the_same_reading_again_leaves_no_row() -> None:
    player = a_player(POWER, 300e3)

    says(player, POWER, 0, 300e3, arrives=5)

    assert player.dropped == {Doubt.DUPLICATE: 1}
    assert player.rows[POWER, NOW].known_us == NOW


def test_another_value_of_the_same_time_corrects_the_one_that_arrived_before() -> None:
    player = a_player(POWER, 300e3, 310e3)

    says(player, POWER, 0, 305e3, arrives=5)

    row = player.rows[POWER, NOW]
    assert (row.value, row.doubt, row.known_us) == (305e3, Doubt.CORRECTED, NOW + 5 * MINUTE_US)


def test_a_correction_that_overtakes_what_it_corrects_stands_all_the_same() -> None:
    player = a_player(POWER, 300e3)
    says(player, POWER, 1, 320e3, arrives=6)

    says(player, POWER, 1, 310e3, arrives=1)

    row = player.rows[POWER, NOW + MINUTE_US]
    assert (row.value, row.known_us) == (320e3, NOW + 6 * MINUTE_US)
    assert player.dropped == {Doubt.CORRECTED: 1}


def test_an_impossible_value_never_hides_a_possible_one_of_the_same_time() -> None:
    player = a_player(POWER, 300e3)

    says(player, POWER, 0, float("nan"), arrives=5)

    assert player.rows[POWER, NOW].value == 300e3
    assert player.dropped == {Doubt.NOT_A_NUMBER: 1}


def test_a_correction_that_does_not_follow_leaves_what_does() -> None:
    player = a_player(AIR, 20.0, 20.5, 21.0)

    says(player, AIR, 1, 60.0, arrives=5)

    assert player.rows[AIR, NOW + MINUTE_US].value == 20.5


def test_memory_keeps_the_newest_readings_and_judges_older_ones_among_themselves() -> None:
    player = Player(RULES, depth=16)
    for minute in range(40):
        says(player, POWER, minute, 300e3 + minute)
    old = [(POWER, NOW - minute * MINUTE_US, 300e3) for minute in range(1, 4)]

    player.takes(batch_of(old, arrival_us=NOW + 60 * MINUTE_US))

    assert int(player.state.count[0]) == 16
    assert player.doubts(POWER)[:3] == [Doubt.LATE] * 3


def test_verdicts_follow_from_doubts() -> None:
    frame = batch_of([(POWER, NOW, 300e3), (PV, NOW, 1e9)], arrival_us=NOW)

    _, judged = advance(new_state(RULES), frame, RULES)

    assert judged.verdict.tolist() == [Verdict.BELIEVED, Verdict.REJECTED]


def test_an_empty_frame_comes_to_nothing() -> None:
    _, judged = advance(new_state(RULES), batch_of([], arrival_us=NOW), RULES)

    assert not len(judged)
