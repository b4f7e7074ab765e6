"""Nowcasts hold on to the present, go over to the outlook, and stay what physics allows."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.forecasting.domain.nowcast.base import held, joined
from services.forecasting.domain.nowcast.leads import (
    CELLS,
    HEAD_QUARTERS,
    LEADS,
    MINUTES,
    QUARTER_MIN,
    ahead_min,
    cells,
    over_leads,
)
from services.forecasting.domain.nowcast.learning import Trust, taught
from services.forecasting.domain.nowcast.nowcast import FRESH_MIN, Based, Nowcast, nowcast
from services.forecasting.domain.nowcast.ways import NAMES
from services.forecasting.domain.series import Floats

QUARTER = 1_730_000  # some quarter of the hour's first
RNG = np.random.default_rng(5)


def an_outlook(middle: Floats, width: float = 20.0, **bounds: float) -> Based:
    """Return the outlook of one point with P10 and P90 `width` around its middle."""
    quantiles = np.array([[middle - width, middle, middle + width]])
    lowest, highest = bounds.get("lowest", -np.inf), bounds.get("highest", np.inf)
    sun = np.array([bool(bounds.get("sun", 0))])
    return Based(QUARTER, quantiles, np.array([lowest]), np.array([highest]), sun)


def nowcast_of(based: Based, recent: list[float], into_min: int = 5) -> Nowcast:
    newest = np.full((1, FRESH_MIN), np.nan)
    newest[0, FRESH_MIN - len(recent) :] = recent
    trust = Trust.untaught(1)
    return nowcast(QUARTER * QUARTER_MIN + into_min, based, newest, trust)


FLAT = np.full(HEAD_QUARTERS, 100.0)


def test_the_first_minute_is_near_the_last_reading_and_hours_later_the_outlook_is_back() -> None:
    made = nowcast_of(an_outlook(FLAT), [160.0])

    p50 = made.quantiles[0, 1]
    assert p50[0] == pytest.approx(160.0, abs=1.0)  # the deviation fades slowly
    assert np.all(np.diff(p50[:MINUTES]) <= 1e-9)
    assert p50[-1] == pytest.approx(100.0, abs=5.0)
    assert (made.last[0], made.age_min[0]) == (160.0, 0)


def test_at_horizon_zero_the_nowcast_meets_the_last_reading_whatever_was_learnt() -> None:
    outlook_only = Trust.untaught(1)
    outlook_only.weight[:] = 0.0
    outlook_only.weight[:, :, NAMES.index("outlook")] = 1.0
    minute = QUARTER * QUARTER_MIN + 5

    made = nowcast(minute, an_outlook(FLAT), np.full((1, FRESH_MIN), 160.0), outlook_only)

    first, second, third = made.quantiles[0, 1, :3]
    assert first == pytest.approx(140.0)  # a third of the way, so back at 160 at the issue
    assert (second, third) == pytest.approx((120.0, 100.0))


def test_without_a_minute_of_the_last_five_the_outlook_stands() -> None:
    based = an_outlook(np.linspace(100.0, 270.0, HEAD_QUARTERS))

    made = nowcast_of(based, [])

    assert made.age_min[0] == -1
    assert np.isnan(made.last[0])
    np.testing.assert_allclose(made.quantiles[0, 1, MINUTES:], np.arange(110.0, 270.0, 10.0))


def test_a_minute_that_is_two_minutes_old_still_holds() -> None:
    made = nowcast_of(an_outlook(FLAT), [160.0, np.nan, np.nan])

    assert (made.last[0], made.age_min[0]) == (160.0, 2)
    assert made.quantiles[0, 1, 0] > 155.0


def test_a_point_without_an_outlook_has_no_nowcast() -> None:
    made = nowcast_of(an_outlook(np.full(HEAD_QUARTERS, np.nan)), [160.0])

    assert np.isnan(made.quantiles).any()


def test_where_the_outlook_says_night_production_is_zero() -> None:
    dusk = np.where(np.arange(HEAD_QUARTERS) < 3, -50.0, 0.0)
    quantiles = np.array([[1.4 * dusk, dusk, 0.6 * dusk]])
    based = Based(QUARTER, quantiles, np.array([-1e3]), np.array([0.0]), np.array([True]))

    made = nowcast_of(based, [-80.0])

    assert made.quantiles[0, 1, 0] < -40.0
    assert np.all(made.quantiles[0, :, MINUTES + 3 :] == 0.0)


def a_plant_at(hour: int) -> Based:
    """Return an outlook of nothing for a plant of 1000, from an hour of a day in June (UTC) on."""
    june = 19_900 * 96
    zero, bounds = np.zeros((1, 3, HEAD_QUARTERS)), (np.array([-1e3]), np.array([0.0]))
    return Based(june + 4 * hour, zero, *bounds, np.array([True]))


def of_a_lit_plant(based: Based) -> Floats:
    minute = based.first_quarter * QUARTER_MIN + 5
    made = nowcast(minute, based, np.full((1, FRESH_MIN), -800.0), Trust.untaught(1))
    return np.asarray(made.quantiles[0], np.float64)


def test_a_plant_that_is_lit_by_day_is_back_whatever_its_outlook_says() -> None:
    made = of_a_lit_plant(a_plant_at(hour=11))

    assert made[1, 0] < -700.0
    assert (made[1, :MINUTES] < -500.0).all()


def test_in_the_deep_of_the_night_no_reading_makes_light() -> None:
    assert not of_a_lit_plant(a_plant_at(hour=23)).any()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 30))
def test_quantiles_are_in_order_and_within_the_bounds(seed: int, into_min: int) -> None:
    rng = np.random.default_rng(seed)
    middle = rng.normal(0.0, 80.0, HEAD_QUARTERS + 2)
    based = an_outlook(middle, float(rng.uniform(0, 60)), lowest=-30.0, highest=90.0)

    made = nowcast_of(based, rng.normal(0.0, 200.0, 3).tolist(), into_min)

    assert np.all(np.diff(made.quantiles[0], axis=0) >= 0.0)
    assert made.quantiles.min() >= -30.0
    assert made.quantiles.max() <= 90.0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_joined_minutes_keep_the_mean_of_each_quarter(quarters: list[float]) -> None:
    minutes = joined(np.array(quarters))

    means = minutes.reshape(-1, QUARTER_MIN).mean(axis=1)
    np.testing.assert_allclose(means, quarters, atol=1e-6 * (1 + np.abs(quarters).max()))


def test_joined_minutes_do_not_step_at_borders_where_held_ones_do() -> None:
    ramp = np.arange(6) * 15.0

    assert np.abs(np.diff(joined(ramp))).max() == pytest.approx(1.0)
    assert np.abs(np.diff(held(ramp))).max() == 15.0


def test_leads_are_fifteen_minutes_and_then_quarters_of_the_grid() -> None:
    minutely = np.arange(400.0)

    leads = over_leads(minutely, 7)

    assert len(leads) == LEADS
    np.testing.assert_array_equal(leads[:MINUTES], np.arange(7.0, 22.0))
    assert leads[MINUTES] == pytest.approx(22.0)  # the mean of minutes 15 .. 29
    assert ahead_min(7)[MINUTES] == pytest.approx(15.5)


def test_every_lead_of_every_minute_has_a_cell() -> None:
    used = np.unique([cells(minute) for minute in range(60)])

    np.testing.assert_array_equal(used, np.arange(CELLS))


DAYS_MIN = 2 * 1440


def lessons(kind: str) -> tuple[Floats, Floats]:
    """Return two days of minutes and the issues of each quarter: flat outlooks of 100 ± 40."""
    noise = RNG.normal(0.0, 1.0, DAYS_MIN)
    if kind == "wandering":
        minutes = 100.0 + 3.0 * np.cumsum(noise)  # a walk: the last value is best
    elif kind == "returning":
        minutes = np.full(DAYS_MIN, 100.0)
        for i in range(1, DAYS_MIN):
            minutes[i] = 100.0 + 0.8 * (minutes[i - 1] - 100.0) + 5.0 * noise[i]
    else:
        minutes = np.repeat(100.0 + 30.0 * RNG.normal(0.0, 1.0, DAYS_MIN // 15), 15)  # steps
    middle = np.full((DAYS_MIN // QUARTER_MIN, HEAD_QUARTERS), 100.0)
    return minutes, np.stack([middle, np.full_like(middle, 80.0)], axis=1)


def learnt(kind: str) -> Trust:
    return taught(0, *lessons(kind))


def test_a_load_that_wanders_is_nowcast_by_its_last_value() -> None:
    weight = learnt("wandering").weight[0]

    now = weight[:, NAMES.index("outlook")]
    assert now[:10].max() < 0.2


def test_a_load_that_returns_is_nowcast_by_the_outlook_an_hour_ahead() -> None:
    weight = learnt("returning").weight[0]

    assert weight[-1, NAMES.index("outlook")] > 0.6


def test_a_meter_that_holds_its_value_for_a_quarter_is_trusted_until_its_border() -> None:
    trust = learnt("steps")
    minute = (QUARTER - QUARTER % 4) * QUARTER_MIN + 5
    based = an_outlook(FLAT)

    based = Based(minute // 15, based.quantiles, based.lowest, based.highest, based.sun)
    made = nowcast(minute, based, np.full((1, FRESH_MIN), 150.0), trust)

    p50 = made.quantiles[0, 1]
    np.testing.assert_allclose(p50[:10], 150.0, atol=0.5)
    assert p50[MINUTES] < 120.0


def test_bands_hold_about_eight_of_ten_truths() -> None:
    minutes, heads = lessons("returning")
    trust = taught(0, minutes[: DAYS_MIN // 2], heads[: DAYS_MIN // 2 // 15])
    inside = []
    for minute in range(DAYS_MIN // 2 + 1, DAYS_MIN - 300, 7):
        issue = (minute - 1) // 15
        flat = an_outlook(FLAT, 40.0)
        based = Based(issue, flat.quantiles, flat.lowest, flat.highest, flat.sun)
        made = nowcast(minute, based, minutes[None, minute - FRESH_MIN : minute], trust)
        truth = over_leads(minutes[issue * 15 :], minute - issue * 15)
        low, _, high = made.quantiles[0]
        inside.append((low <= truth) & (truth <= high))

    assert 0.70 < np.mean(inside) < 0.90


def test_a_meter_that_was_silent_for_days_teaches_nothing_and_is_nowcast_all_the_same() -> None:
    _, heads = lessons("returning")

    trust = taught(0, np.full(DAYS_MIN, np.nan), heads)

    np.testing.assert_array_equal(trust.weight, Trust.untaught(1).weight)
    assert np.isnan(trust.error).all()


def test_a_thousand_points_are_nowcast_in_well_under_5_ms_each() -> None:
    points = 1_000
    quantiles = np.sort(RNG.normal(100.0, 20.0, (points, 3, HEAD_QUARTERS)), axis=1)
    bounds = np.full(points, np.inf)
    based = Based(QUARTER, quantiles, -bounds, bounds, np.zeros(points, bool))
    newest, trust = RNG.normal(100.0, 20.0, (points, FRESH_MIN)), Trust.untaught(points)

    took_s = []
    for _ in range(3):
        began = time.process_time()
        nowcast(QUARTER * QUARTER_MIN + 5, based, newest, trust)
        took_s.append(time.process_time() - began)

    assert min(took_s) / points < 0.001
