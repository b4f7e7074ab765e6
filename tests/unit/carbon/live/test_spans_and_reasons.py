"""Local days by month, masses on the wire, and which input a restatement followed from."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.live.changed_inputs import roles_of, told_without_names
from services.carbon_accounting.live.local_days import LocalDays, days_of_month
from services.carbon_accounting.messages import mass
from tests.support.live_books import ng_of

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))


def test_a_day_of_the_park_begins_at_its_own_midnight() -> None:
    day = LocalDays(date(2024, 5, 1), date(2024, 5, 1))

    interval = day.interval(ZoneInfo("Asia/Shanghai"))

    assert interval.start == datetime(2024, 4, 30, 16, 0, tzinfo=UTC)
    assert interval.end - interval.start == timedelta(hours=24)


def test_a_day_on_which_the_clock_is_put_forward_has_23_hours() -> None:
    day = LocalDays(date(2024, 3, 31), date(2024, 3, 31))

    interval = day.interval(ZoneInfo("Europe/Berlin"))

    assert interval.end - interval.start == timedelta(hours=23)


def test_months_of_a_span_are_cut_at_both_ends() -> None:
    span = LocalDays(date(2023, 12, 30), date(2024, 2, 1))

    assert [(str(one.first), str(one.last)) for one in span.months()] == [
        ("2023-12-30", "2023-12-31"),
        ("2024-01-01", "2024-01-31"),
        ("2024-02-01", "2024-02-01"),
    ]


@given(DAYS, st.integers(0, 900))
def test_the_months_of_a_span_are_its_days_each_once(first: date, more: int) -> None:
    span = LocalDays(first, first + timedelta(days=more))

    months = [*span.months()]

    assert sum(one.count for one in months) == span.count
    assert (months[0].first, months[-1].last) == (span.first, span.last)
    assert all(
        (one.first.year, one.first.month) == (one.last.year, one.last.month) for one in months
    )


@pytest.mark.parametrize("text", ["2024-2", "2024-13", "24-02", "2024-02-01", "", "2024-02 "])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Month.read(text)


def test_february_of_a_leap_year_has_29_days() -> None:
    assert days_of_month(Month.read("2024-02")).count == 29


@given(st.integers(-(2**80), 2**80))
def test_a_mass_is_exact_and_its_parts_have_one_sign(ng: int) -> None:
    found = mass(ng)

    assert ng_of(found) == ng
    assert abs(found.ng) < 10**9
    assert found.g * found.ng >= 0


@pytest.mark.parametrize(
    ("because", "told"),
    [
        ("load_a: 5 Wh became 6 Wh", "reading changed"),
        ("load_a: 5 Wh became 6 Wh; and 3 more", "reading changed"),
        ("factor CN-grid v1 became CN-grid v2", "factor changed"),
        ("a: nothing became 6 Wh; factor x v1 became x v2", "reading changed and factor changed"),
        ("the park file or the rules of booking changed", "boundary changed"),
        ("what the stores held changed by what earlier quarters say now", "reading changed"),
        ("approved by li.wei (local): audited: a: 5 Wh became 6 Wh", "reading changed"),
        (
            "approved by wu (local): the park file lacked a factor: a: 5 Wh became 6 Wh",
            "reading changed",
        ),
        (
            "approved by wu (local): a reading of certificate G1: factor x v1 became x v2",
            "factor changed",
        ),
        ("certificates cover more of it", "certificate changed"),
        ("", "the same files: other software, or changed books"),
    ],
)
def test_a_reason_without_names_says_which_input_changed(because: str, told: str) -> None:
    assert told_without_names(roles_of(because)) == told


def test_other_words_under_a_factors_reason_are_a_reading_too() -> None:
    roles = roles_of("factor x v1 became x v2", other_words=True)

    assert roles == {"readings", "factors"}
