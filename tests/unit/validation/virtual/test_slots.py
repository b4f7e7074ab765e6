"""Which stretches of time a virtual point's change is worked out from."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.energy.formula import VirtualPoint
from services.energy.readings import Doubt
from services.validation.domain.virtual.formulas import Formulas, Int64s
from services.validation.domain.virtual.inputs import Inputs, Judgements
from services.validation.domain.virtual.slots import Needs, is_placed, needs_of
from services.validation.domain.virtual.stepping import advance_virtual

MINUTE = 60_000_000
DAY = 1440
NOON = 17_900 * DAY * MINUTE + 12 * 60 * MINUTE
NET = VirtualPoint.of("site.net_w", "load.w - pv.w", timedelta(minutes=1))
MEAN = VirtualPoint.of("site.half_w", "0.5 * 'site.net_w'", timedelta(minutes=5))
OTHER = VirtualPoint.of("site.heat_w", "2 * boiler.w", timedelta(minutes=15))
FORMULAS = Formulas.of((NET, MEAN, OTHER))
Reading = tuple[str, float, float]


def stretches(*readings: tuple[str, float]) -> list[tuple[float, float]]:
    """Return what is needed for readings, in minutes since noon."""
    names, minutes = zip(*readings, strict=True)
    needs = needs_of(FORMULAS, FORMULAS.rows_of(names), NOON + times(minutes))
    return [((f - NOON) / MINUTE, (u - NOON) / MINUTE) for f, u in stretches_of(needs)]


def stretches_of(needs: Needs) -> list[tuple[int, int]]:
    return list(zip(needs.from_us.tolist(), needs.until_us.tolist(), strict=True))


def times(minutes: Sequence[float]) -> Int64s:
    return (np.array(minutes) * MINUTE).astype(np.int64)


def test_a_reading_needs_its_slot_and_the_slots_that_this_one_falls_into() -> None:
    assert stretches(("load.w", 7.3)) == [(5, 10)]  # the minute 7 lies in the five minutes from 5


def test_only_the_points_of_the_formulas_it_touches_are_needed() -> None:
    needs = needs_of(FORMULAS, FORMULAS.rows_of(["boiler.w"]), np.array([NOON]))

    assert set(needs.point_ids) == {"boiler.w", "site.heat_w"}


def test_a_backfill_beside_live_readings_needs_nothing_of_the_time_between() -> None:
    assert stretches(("load.w", 0), ("pv.w", -30 * DAY), ("load.w", 4.9)) == [
        (-30 * DAY, -30 * DAY + 5),
        (0, 5),
    ]


def test_stretches_that_meet_or_overlap_are_one() -> None:
    assert stretches(("load.w", 0), ("load.w", 5), ("boiler.w", 3)) == [(0, 15)]


def test_a_virtual_points_own_name_is_no_input_and_needs_nothing() -> None:
    assert stretches(("site.heat_w", 0)) == []


@pytest.mark.parametrize("doubt", [Doubt.IN_FUTURE, Doubt.TOO_OLD, Doubt.UNKNOWN_POINT])
def test_a_refused_stamp_and_an_unknown_point_are_in_no_slot(doubt: Doubt) -> None:
    assert not is_placed(np.array([doubt], np.uint8)).any()


def test_every_other_reading_is_in_its_slot_rejected_or_not() -> None:
    doubts = [Doubt.NONE, Doubt.LATE, Doubt.SPIKE, Doubt.OUT_OF_RANGE, Doubt.FIELD_INVALID]

    assert is_placed(np.array(doubts, np.uint8)).all()


READINGS = st.lists(
    st.tuples(
        st.sampled_from(["load.w", "pv.w", "boiler.w"]),
        st.integers(0, 40).map(lambda half: half / 2),
        st.integers(0, 5).map(float),
    ),
    min_size=1,
    max_size=30,
    unique_by=lambda reading: reading[:2],
)


def judgements(readings: list[Reading]) -> Judgements:
    names, minutes, values = zip(*readings, strict=True)
    believed, none = np.ones(len(names), np.uint8), np.zeros(len(names), np.uint8)
    rows = FORMULAS.rows_of(names)
    return Judgements(rows, NOON + times(minutes), np.array(values), believed, none)


def remembered(inputs: Inputs, news: Judgements) -> Inputs:
    """Return of what is remembered as much as is needed for what is new."""
    needs = needs_of(FORMULAS, news.row, news.event_time_us)
    less = Inputs(FORMULAS.ids)
    for row in FORMULAS.rows_of(needs.point_ids).tolist():
        used = inputs.used[row]
        at_us = inputs.times[row, :used]
        held = [(at_us >= f) & (at_us < u) for f, u in stretches_of(needs)]
        columns = (at_us, inputs.values[row], inputs.verdicts[row], inputs.doubts[row])
        kept = [column[:used][np.any(held, axis=0)] for column in columns]
        less.take(Judgements(np.full(len(kept[0]), row), *kept))
    return less


@given(READINGS, READINGS)
def test_what_is_needed_is_enough_to_come_to_what_follows_from_everything(
    before: list[Reading], after: list[Reading]
) -> None:
    everything, _, _ = advance_virtual(Inputs(FORMULAS.ids), FORMULAS, judgements(before))
    news = judgements(after)
    less = remembered(everything, news)

    _, changed, _ = advance_virtual(everything, FORMULAS, news)
    _, same, _ = advance_virtual(less, FORMULAS, news)

    for name in Judgements.__slots__:
        assert np.array_equal(getattr(same, name), getattr(changed, name), equal_nan=True)
