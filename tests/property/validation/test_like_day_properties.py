"""Gaps shaped by like days: every Wh kept, the same whatever came first, and after a restart."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.validation.domain.energy.checkpoint import from_bytes, to_bytes
from services.validation.domain.energy.edits import IntervalEdit, ReadingEdit
from services.validation.domain.energy.readings import Counts
from services.validation.domain.energy.steps import Method, Reading
from services.validation.domain.energy.suspense import SUSPENSE, balances_wh
from tests.support.energy import Meter, Row, a_rule, at, counted_at_once, quarter

DAY_MIN = 1440
RISES_WH = st.integers(0, 9_000)
COUNTS = st.sampled_from([Counts.BELIEVED] * 8 + [Counts.SUSPECT, Counts.CLAIMED])


@st.composite
def stretches(draw: st.DrawFn) -> list[Row]:
    """A register that speaks every quarter hour, for some hours of some days, silent between."""
    minute, wh, rows = 0.0, 0, []
    for day in range(draw(st.integers(2, 5))):
        minute = max(minute + 15, day * DAY_MIN + 15 * draw(st.integers(0, 20)))
        for _ in range(draw(st.integers(2, 12))):
            rows.append((minute, wh, draw(COUNTS)))
            minute += 15
            wh += draw(RISES_WH)
        wh += draw(st.integers(0, 300_000))
    return rows


def as_set(rows: list[Row]) -> dict[int, Reading]:
    return {at(minute): Reading(at(minute), wh, int(counts)) for minute, wh, counts in rows}


def in_parts(meter: Meter, rows: list[Row], data: st.DataObject) -> None:
    while rows:
        size = data.draw(st.integers(1, max(1, len(rows) // 2)))
        meter.reads(*rows[:size])
        rows = rows[size:]


@settings(max_examples=80)
@given(stretches(), st.data())
def test_any_order_and_repetition_ends_in_the_same_like_days(
    rows: list[Row], data: st.DataObject
) -> None:
    shown, entries = counted_at_once(as_set(rows), a_rule())
    meter = Meter()

    again = data.draw(st.permutations(rows + data.draw(st.lists(st.sampled_from(rows)))))
    in_parts(meter, again, data)

    assert meter.standing == shown
    assert meter.open_entries() == sorted((e.start_us, e.end_us, e.wh) for e in entries)


@settings(max_examples=50)
@given(stretches(), st.data())
def test_at_every_moment_all_parts_add_up_to_what_the_register_counted(
    rows: list[Row], data: st.DataObject
) -> None:
    meter, believed = Meter(), {}
    late = data.draw(st.permutations(rows))
    for row in late:
        meter.reads(row)
        if row[2] is Counts.BELIEVED:
            believed[at(row[0])] = row[1]

        if believed:
            first, last = min(believed), max(believed)
            total_wh = sum(
                parts.energy_wh + parts.suspense_wh + parts.written_off_wh
                for start_us, parts in meter.standing.items()
                if first <= start_us < last
            )
            assert total_wh == believed[last] - believed[first]


@settings(max_examples=50)
@given(stretches(), st.data())
def test_edits_of_shaped_gaps_keep_every_sum_and_the_order_does_not_matter(
    rows: list[Row], data: st.DataObject
) -> None:
    first, last = Meter(), Meter()
    numbers = st.integers(0, int(rows[-1][0]) // 15)
    edits = [
        IntervalEdit(quarter(number), data.draw(st.integers(0, 5_000)), "log")
        for number in data.draw(st.lists(numbers, max_size=3))
    ] + [
        ReadingEdit(at(row[0]), data.draw(st.sampled_from([Counts.BELIEVED, Counts.NOTHING])))
        for row in data.draw(st.lists(st.sampled_from(rows), max_size=2))
    ]

    first.is_edited(*edits, edit_id="")
    for row in data.draw(st.permutations(rows)):
        first.reads(row)
    last.reads(*rows)
    last.known_at_us = 0
    last.is_edited(*edits, edit_id="")

    assert first.standing == last.standing
    assert {a: wh for a, wh in balances_wh(first.postings).items() if wh} == {
        a: wh for a, wh in balances_wh(last.postings).items() if wh
    }


@settings(max_examples=50)
@given(stretches(), st.data())
def test_a_state_that_was_put_down_and_taken_up_shapes_gaps_as_before(
    rows: list[Row], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(rows))
    half = data.draw(st.integers(0, len(rows)))
    meter, undisturbed = Meter(), Meter()
    undisturbed.reads(*order[:half])
    undisturbed.reads(*order[half:])

    meter.reads(*order[:half])
    meter.registers = from_bytes(to_bytes(meter.registers), meter.table.ids)
    meter.reads(*order[half:])

    assert meter.shown == undisturbed.shown
    assert to_bytes(meter.registers) == to_bytes(undisturbed.registers)


@settings(max_examples=50)
@given(stretches(), st.integers(13, 30), st.data())
def test_a_short_memory_keeps_every_sum_of_readings_that_come_a_little_late(
    rows: list[Row], depth: int, data: st.DataObject
) -> None:
    meter = Meter(depth=depth)
    for first in range(0, len(rows), 5):
        for row in data.draw(st.permutations(rows[first : first + 5])):
            meter.reads(row)

    believed = [row for row in rows if row[2] is Counts.BELIEVED]
    total_wh = sum(
        parts.energy_wh + parts.suspense_wh
        for start_us, parts in meter.standing.items()
        if believed and at(believed[0][0]) <= start_us < at(believed[-1][0])
    )
    assert total_wh == (believed[-1][1] - believed[0][1] if believed else 0)


def a_working_day(day: int, wh: int) -> list[Row]:
    """Sixteen quarters from noon of a day: the first eight move 4 kWh each, the others 1 kWh."""
    rises = np.cumsum([0] + [4_000] * 8 + [1_000] * 8)
    return [
        (day * DAY_MIN + 15.0 * k, wh + int(rise), Counts.BELIEVED) for k, rise in enumerate(rises)
    ]


def test_a_gap_looks_like_the_day_before_until_a_late_reading_tells_otherwise() -> None:
    meter = Meter()
    monday = 4  # noon of 2019-01-07 is four days on
    whole = a_working_day(monday, 0)
    meter.reads(*whole)
    ends_wh = 40_000 + 80_000

    gap = [(monday + 1) * DAY_MIN + minute for minute in (0.0, 240.0)]
    meter.reads((gap[0], 80_000, Counts.BELIEVED), (gap[1], ends_wh, Counts.BELIEVED))
    quarters = [meter.at((monday + 1) * 96 + k) for k in range(16)]

    assert [parts.estimated_wh for parts in quarters] == [4_000] * 8 + [1_000] * 8
    assert {parts.methods for parts in quarters} == {Method.PROFILE}

    meter.reads((monday * DAY_MIN + 7.0, 0, Counts.BELIEVED))  # late: the first quarter moved less?
    meter.reads((gap[0] + 60, 90_000, Counts.BELIEVED))  # the real value, late

    assert meter.at((monday + 1) * 96).estimated_wh == 2_500  # an hour is short: a straight line
    assert sum(meter.at((monday + 1) * 96 + k).energy_wh for k in range(16)) == 40_000
    assert meter.balance_wh(SUSPENSE) == 0


def test_a_gap_that_was_withdrawn_and_comes_again_looks_at_the_days_as_they_are_now() -> None:
    meter, midnight = Meter(), 48
    rises = [1_000] * 40 + [9_000] * 8  # from ten in the evening on it moves more
    monday = [(15.0 * k, sum(rises[:k]), Counts.BELIEVED) for k in range(49)]
    begins: Row = (15.0 * 49, 113_000, Counts.BELIEVED)
    ends: Row = (15.0 * 49 + DAY_MIN, 263_000, Counts.BELIEVED)
    meter.reads(*monday[:41], begins, ends)
    assert meter.at(midnight + 92).estimated_wh == meter.at(midnight + 60).estimated_wh

    for gone in (begins, ends):
        meter.reads((gone[0], gone[1], Counts.NOTHING))
    for row in (*monday[41:], begins, ends):
        meter.reads(row)

    shown, _ = counted_at_once(as_set([*monday, begins, ends]), a_rule())
    assert meter.standing == shown
    assert meter.at(midnight + 92).estimated_wh > 3 * meter.at(midnight + 60).estimated_wh
