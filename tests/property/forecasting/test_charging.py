"""A fleet's demand against an independent count by the minute, and the recorded sessions' gain."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.forecasting.domain.charging.connected import (
    AHEAD,
    Said,
    like_days,
    own_w,
    told,
)
from services.forecasting.domain.charging.demand import power_w
from services.forecasting.domain.charging.stays import Stays, stays_of
from services.forecasting.domain.charging.words import Words, connections, joined, wishes
from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.outlook.effort import PLAIN
from services.forecasting.domain.outlook.rolling import advanced
from services.forecasting.domain.outlook.state import State
from services.forecasting.domain.series import Floats, Series
from services.forecasting.domain.series_record import task_of
from services.forecasting.domain.targets import targets_of
from tests.support.backtest import known_of
from tests.support.builders import a_park
from tests.support.charging import FLEET, recorded_sessions

RATING_W = 6_000.0
PORT_DAY = st.lists(
    st.tuples(st.integers(1, 90), st.integers(20, 200), st.integers(100, 15_000)), max_size=6
)
"""Visits of one port: minutes of rest before, of stay, and Wh that are wanted."""


def readings(visits: list[tuple[int, int, int]], minutes: int) -> tuple[Floats, Floats]:
    """Return by minute whether a vehicle is there and what it says it wants (nobody charges it)."""
    there, wants, at = np.zeros(minutes), np.zeros(minutes), 0
    for rest, stay, wanted_wh in visits:
        begin = at + rest + 15  # no two visits in one quarter hour
        at = begin + stay
        there[begin:at], wants[begin:at] = 1.0, wanted_wh
    return there, wants


def counted(there: Floats, wants: Floats) -> Floats:
    """Return the demand by counting minute by minute what an unsteered vehicle would draw."""
    left, drawn, before = 0.0, np.zeros(len(there)), 0.0
    for minute, (plugged, wanted) in enumerate(zip(there, wants, strict=True)):
        if plugged and not before:
            left = wanted
        before = plugged
        taken = min(left, RATING_W / 60.0) if plugged else 0.0
        left -= taken
        drawn[minute] = 60.0 * taken
    return drawn


def words_of(there: Floats, wants: Floats) -> Words:
    port, minute = np.zeros(len(there), np.int64), np.arange(len(there), dtype=np.float64)
    return joined(wishes(port, minute, wants), connections(port, minute, there))


@settings(max_examples=80, deadline=None)
@given(visits=PORT_DAY)
def test_the_demand_is_what_vehicles_would_draw_minute_by_minute(
    visits: list[tuple[int, int, int]],
) -> None:
    there, wants = readings(visits, 2_000)

    demand = power_w(stays_of(words_of(there, wants), [RATING_W]), 0.0, 1.0, 2_000)

    np.testing.assert_allclose(demand, counted(there, wants), atol=0.01)


@settings(max_examples=40, deadline=None)
@given(visits=PORT_DAY, seed=st.integers(0, 99), quarter=st.integers(1, 100))
def test_words_come_to_the_same_in_any_order_and_later_ones_change_nothing_before(
    visits: list[tuple[int, int, int]], seed: int, quarter: int
) -> None:
    there, wants = readings(visits, 2_000)
    whole = words_of(there, wants)
    order = np.random.default_rng(seed).permutation(4_000) % 2_000
    port, minute = np.zeros(4_000, np.int64), order.astype(np.float64)

    shuffled = joined(wishes(port, minute, wants[order]), connections(port, minute, there[order]))
    until = stays_of(whole.at(whole.quarter < quarter), [RATING_W])
    poisoned_wants = np.where(np.arange(2_000) < 15 * quarter, wants, 99_000.0)
    poisoned_there = np.where(np.arange(2_000) < 15 * quarter, there, 1.0)
    poisoned = words_of(poisoned_there, poisoned_wants)
    after = stays_of(poisoned.at(poisoned.quarter < quarter), [RATING_W])

    for name in Words.__slots__:
        np.testing.assert_array_equal(getattr(shuffled, name), getattr(whole, name))
    for name in Stays.__slots__:
        np.testing.assert_array_equal(getattr(after, name), getattr(until, name))


def recorded_demand(first: int, quarters: int) -> tuple[Floats, Floats]:
    """Return the recorded fleet's demand, and its vehicles' courses as known at each quarter."""
    sessions = recorded_sessions()
    begin = sessions.arrival_s / 60.0
    end = np.minimum(begin + sessions.wanted_wh / 7_000.0 * 60.0, sessions.departure_s / 60.0)
    rating = np.full(len(begin), 7_000.0)
    demand = power_w(Stays(begin, end, rating), 15.0 * first, 15.0, quarters)
    course = np.zeros((quarters, AHEAD))
    for quarter in range(quarters):
        now = 15.0 * (first + quarter)
        here = (begin < now) & (end > now)
        plugged = Stays(begin[here], end[here], rating[here])
        course[quarter] = power_w(plugged, now, 15.0, AHEAD)
    return demand, course


def test_vehicles_that_are_plugged_in_make_the_recorded_fleets_next_hours_far_better() -> None:
    (target,) = (one for one in targets_of(a_park()) if one.point_id == FLEET)
    days, park = 60, a_park()
    task, first = task_of(target, park), (recorded_sessions().arrival_s.min() // 86_400 + 150) * 96
    demand, course = recorded_demand(int(first), days * 96)
    own = np.full_like(course, np.nan)
    core = np.full((days * 96, 3, AHEAD), np.nan)
    state: State | None = None
    errors: list[Floats] = []
    for issue in range(20 * 96, (days - 1) * 96, 13):
        series = Series(int(first), demand[:issue])
        record = known_of(series, target, task)
        state = advanced(record, task, PLAIN, state)
        outlook = answer(record, state)
        said = Said(first + np.arange(issue), course[:issue], own[:issue], core[:issue])
        like = like_days(series.end_quarter, park.time_zone, park.holidays)
        own[issue] = own_w(course[issue], said, series, like)
        core[issue] = outlook.quantiles[:, :AHEAD]
        if issue >= 40 * 96:
            better = told(outlook, own[issue], said, series, target.highest_w)
            came = demand[issue : issue + AHEAD]
            pair = (better.quantiles[1, :AHEAD], outlook.quantiles[1, :AHEAD])
            errors.append(np.abs(np.array(pair) - came))
    ours, bare = np.mean(errors, axis=0)

    assert ours[0] < 0.7 * bare[0]
    assert ours[:4].mean() < 0.85 * bare[:4].mean()
    assert ours[8:].mean() < 1.02 * bare[8:].mean()
