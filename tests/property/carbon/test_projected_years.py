"""A year cut anywhere is the same year; a path meets its own points."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.indicators.paths import Path, Shape, Standing, standing
from services.carbon_accounting.domain.indicators.projections import projected
from services.carbon_accounting.domain.indicators.snapshots import Snapshot
from services.carbon_accounting.domain.indicators.targets import Direction
from services.carbon_accounting.domain.indicators.values import Amount
from tests.support.indicators import edition, known, shown_for, the_book, totals

WATER = ("water.intake", "water.reused")
litres = st.integers(1, 10**12)


@given(st.lists(litres, min_size=4, max_size=4), st.integers(1, 364))
def test_a_year_is_the_same_wherever_today_cuts_it(parts: list[int], days: int) -> None:
    today = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days)
    first, second = parts[:2], parts[2:]
    year = totals({})
    so_far = Snapshot(replace(year.period, end=today), amounts(first))
    rest = Snapshot(replace(year.period, start=today), amounts(second))

    found = projected(edition(the_book().catalogue), so_far, rest, year_end=date(2026, 12, 31))

    whole = {name: f"{a + b} dm3" for name, a, b in zip(WATER, first, second, strict=True)}
    assert known(found["water_reuse"].at_year_end) == known(shown_for(whole)["water_reuse"])


def amounts(parts: list[int]) -> dict[str, Amount]:
    return {name: Amount(Fraction(dm3), "dm3") for name, dm3 in zip(WATER, parts, strict=True)}


above_zero = st.fractions(min_value=Fraction(1, 100), max_value=1000, max_denominator=100)


@given(above_zero, above_zero, st.integers(1, 30), st.sampled_from(Shape), st.data())
def test_whoever_is_on_the_path_needs_no_more_than_the_path_asks(
    base: Fraction, target: Fraction, years: int, shape: Shape, data: st.DataObject
) -> None:
    path = Path(2025, base, 2025 + years, target, shape, Direction.AT_MOST)
    value = data.draw(above_zero)
    year = 2025 + data.draw(st.integers(1, years))

    found = standing(path, {year: value})

    assert isinstance(found, Standing)
    if abs(found.beyond) > Fraction(1, 10**6):  # a compound path is shown as a float
        assert found.on_path == (found.beyond < 0)
    if found.needed_step is not None:
        assert value + found.needed_step * (path.target_year - year) == target
