"""What several partitions know of one source, put together."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from services.energy.readings import Doubt
from services.validation.source_quality import Quality, Quarters, together
from tests.support.builders import after


def a_quality(
    first: datetime, filled: list[int], doubts: dict[Doubt, int], unheard: int = 0
) -> Quality:
    quarters = Quarters(first, filled, [2] * len(filled))
    return Quality("near", first, first, first, quarters, unheard, Counter[int](doubts))


def test_a_quarter_hour_is_as_full_as_the_partition_that_knows_most_has_it() -> None:
    one = a_quality(after(), [2, 0, 1], {Doubt.NONE: 3})
    other = a_quality(after(), [1, 1, 0], {Doubt.NONE: 1, Doubt.SPIKE: 2})

    both = together(one, other)

    assert both.quarters.filled == [2, 1, 1]
    assert both.completeness_share == 4 / 6
    assert both.doubts == {Doubt.NONE: 4, Doubt.SPIKE: 2}


def test_partitions_of_different_ages_meet_in_the_newer_window() -> None:
    older = a_quality(after(minutes=-30), [2, 2, 2], {})
    newer = a_quality(after(), [0, 0, 1], {})

    for both in (together(older, newer), together(newer, older)):
        assert both.quarters == Quarters(after(), [2, 0, 1], [2, 2, 2])
        assert both.as_of == after()


def test_of_a_source_from_which_nothing_was_expected_nothing_is_claimed() -> None:
    nothing = Quality("near", after(), after(), after(), Quarters(after(), [0], [0]), 5, Counter())

    assert nothing.completeness_share == 0.0


def test_points_that_any_partition_heard_are_heard() -> None:
    live, imported = a_quality(after(), [1], {}, unheard=1), a_quality(after(), [1], {}, unheard=4)

    assert together(live, imported).unheard == 1
