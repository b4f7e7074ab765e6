"""What is reversed and booked so that books say what was computed; and the sums of days."""

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.live.days import day_changes, day_sums
from services.carbon_accounting.domain.live.differing import Difference, difference
from services.carbon_accounting.domain.live.lines import Entries, summed, together
from services.carbon_accounting.domain.words import QUARTER_US
from services.energy.time_grid import to_microseconds
from tests.support.carbon import NOON

NOON_US = to_microseconds(NOON)
ZONE = ZoneInfo("Asia/Shanghai")
Row = tuple[int, int, int, int, bool]
"""Quarter after noon, line, amount, ng, measured."""


def entries(*rows: Row) -> Entries:
    """Entries of quarters after noon."""
    if not rows:
        return Entries.nothing()
    quarters, lines, amounts, ng, measured = zip(*rows, strict=True)
    starts = NOON_US + np.array(quarters, np.int64) * QUARTER_US
    of, wh, emissions = (np.array(column, np.int64) for column in (lines, amounts, ng))
    return summed(Entries(starts, of, wh, emissions, np.array(measured, np.bool_)))


def rows(found: Entries) -> list[Row]:
    quarters = ((found.starts_us - NOON_US) // QUARTER_US).tolist()
    columns = (found.line_ids, found.amounts, found.emissions_ng, found.measured)
    return [*zip(quarters, *(column.tolist() for column in columns), strict=True)]


ROWS = st.lists(
    st.tuples(
        *(st.integers(0, 120), st.integers(1, 4), st.integers(1, 3), st.integers(0, 2)),
        st.booleans(),
    ),
    max_size=12,
    unique_by=lambda row: row[:2],
)


def test_only_the_line_that_differs_is_reversed_and_booked() -> None:
    standing = entries((0, 1, 10, 100, True), (0, 2, 5, 0, True))
    computed = entries((0, 1, 11, 110, True), (0, 2, 5, 0, True))

    found = difference(computed, standing)

    assert rows(found.booked) == [(0, 1, 11, 110, True)]
    assert rows(found.reversed) == [(0, 1, 10, 100, True)]


def test_another_quality_alone_is_a_difference() -> None:
    found = difference(entries((0, 1, 10, 100, False)), entries((0, 1, 10, 100, True)))

    assert (len(found.booked), len(found.reversed)) == (1, 1)


def test_two_entries_of_one_line_and_quarter_are_one() -> None:
    assert rows(entries((0, 1, 10, 100, True), (0, 1, 3, 30, False))) == [(0, 1, 13, 130, False)]


@given(ROWS, ROWS)
def test_what_stands_less_what_is_reversed_and_what_is_booked_is_what_was_computed(
    before: list[Row], after: list[Row]
) -> None:
    standing, computed = entries(*before), entries(*after)

    found = difference(computed, standing)

    gone = {row[:2] for row in rows(found.reversed)}
    rest = entries(*(row for row in rows(standing) if row[:2] not in gone))
    assert rows(together([rest, found.booked])) == rows(computed)


@given(ROWS, ROWS)
def test_changes_of_days_take_the_sums_of_before_to_those_of_after(
    before: list[Row], after: list[Row]
) -> None:
    standing, computed = entries(*before), entries(*after)
    sums: dict[tuple[date, int], list[int]] = {}

    for one in [*day_sums(standing, ZONE), *day_changes(difference(computed, standing), ZONE)]:
        values = (one.amount, one.emissions_ng, one.entries, one.estimated)
        held = sums.setdefault((one.day, one.line_id), [0, 0, 0, 0])
        sums[one.day, one.line_id] = [a + b for a, b in zip(held, values, strict=True)]

    assert {key: tuple(held) for key, held in sums.items() if held[2]} == {
        (one.day, one.line_id): (one.amount, one.emissions_ng, one.entries, one.estimated)
        for one in day_sums(computed, ZONE)
    }


def test_a_day_ends_at_local_midnight() -> None:
    evening, night = (0, 1, 1, 1, True), (48, 1, 2, 2, True)  # 12:00 and 00:00 in the park

    found = {one.day: one.amount for one in day_sums(entries(evening, night), ZONE)}

    assert found == {date(2019, 6, 4): 1, date(2019, 6, 5): 2}


def test_sums_beyond_64_bits_are_exact() -> None:
    largest = 2**63 - 1
    booked = entries(*((quarter, 1, 1, largest, True) for quarter in range(40)))

    (one,) = day_changes(Difference(booked, Entries.nothing()), ZONE)

    assert one.emissions_ng == 40 * largest
