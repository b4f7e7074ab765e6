"""How many quarter hours of a source's registers are measured, estimated, or neither."""

import numpy as np

from services.validation.domain.energy.columns import intervals_of_rows
from services.validation.domain.energy.intervals import NOTHING, Parts
from services.validation.domain.energy.past import MOST_DAYS, Past, days_for
from services.validation.domain.energy.splitting import QUARTER_US
from services.validation.domain.energy_quality import EnergyQuality, energy_quality_of
from services.validation.domain.quality import Sources
from tests.support.energy import quarter

BELIEVED = Parts(believed_wh=900, believed_us=QUARTER_US, known_us=QUARTER_US)
ESTIMATED = Parts(believed_wh=300, estimated_wh=5, believed_us=9, known_us=QUARTER_US)
SET_ASIDE = Parts(suspense_wh=70)
SOURCES = Sources(("far", "near"), np.array([1, 1, 0]))


def told(*rows: tuple[int, int, Parts]) -> Past:
    past = Past(3)
    past.take(intervals_of_rows([(row, quarter(number), parts) for row, number, parts in rows]))
    return past


def test_quarter_hours_of_all_registers_of_a_source_are_counted_by_what_they_are() -> None:
    past = told((0, 0, BELIEVED), (0, 1, ESTIMATED), (0, 2, SET_ASIDE), (1, 2, BELIEVED))

    assert energy_quality_of(past, SOURCES) == [EnergyQuality("near", 4, 2, 1)]


def test_only_the_newest_day_counts_and_what_was_withdrawn_does_not() -> None:
    past = told((0, 0, BELIEVED), (0, 1, BELIEVED), (1, 96, BELIEVED), (2, 50, ESTIMATED))
    past.take(intervals_of_rows([(1, quarter(96), NOTHING)]))

    assert energy_quality_of(past, SOURCES) == [
        EnergyQuality("far", 1, 0, 1),
        EnergyQuality("near", 1, 1, 0),
    ]


def test_a_quarter_that_nobody_told_is_not_the_one_of_five_weeks_ago() -> None:
    weeks = MOST_DAYS * 96
    past = told((0, 5, BELIEVED), (0, 6, BELIEVED))

    past.take(intervals_of_rows([(0, quarter(weeks + 4), BELIEVED)]))
    past.take(intervals_of_rows([(0, quarter(weeks + 7), BELIEVED)]))

    assert np.count_nonzero(past.plus_one) == 2


def test_memory_is_bounded_by_quarters_and_very_large_parks_hold_none() -> None:
    assert days_for(67) == days_for(2_380) == 35
    assert days_for(10_000) == 8
    assert days_for(10_417) == 0
    assert not energy_quality_of(Past(10_417), Sources((), np.zeros(10_417, np.int64)))
