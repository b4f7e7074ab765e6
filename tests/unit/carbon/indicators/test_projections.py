"""The year's end from year to date and forecast, and the way to a target year."""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from services.carbon_accounting.domain.indicators.paths import (
    NotYet,
    Path,
    Shape,
    Standing,
    standing,
)
from services.carbon_accounting.domain.indicators.projections import Projected, projected
from services.carbon_accounting.domain.indicators.showing import Verdict
from services.carbon_accounting.domain.indicators.snapshots import Snapshot
from services.carbon_accounting.domain.indicators.targets import Direction
from services.carbon_accounting.domain.indicators.values import Absent
from tests.support.indicators import edition, known, the_book, totals

JULY = datetime(2026, 7, 1, tzinfo=UTC)
SO_FAR = {
    "ledger.park_acceptance.total": "10 tCO2",
    "energy.comprehensive": "100 tce",
    "energy.comprehensive_a_year": "300000 tce",
    "electricity.unbundled_counted": "0 kWh",
    "electricity.unbundled_emissions": "0 tCO2",
    "electricity.fossil_power_factor": "0.8325 kgCO2/kWh",
}


def year_of(so_far: dict[str, str], rest: dict[str, str]) -> Projected:
    """The core indicator of a year whose halves are these."""
    first, second = totals(so_far), totals(rest)
    until_july = Snapshot(replace(first.period, end=JULY), first.amounts)
    from_july = Snapshot(replace(second.period, start=JULY), second.amounts)
    found = projected(
        edition(the_book().catalogue), until_july, from_july, year_end=date(2026, 12, 31)
    )
    return found["core_carbon_intensity"]


def test_totals_are_added_and_then_divided_never_ratios_averaged() -> None:
    rest = {"ledger.park_acceptance.total": "80000 kgCO2", "energy.comprehensive": "200 tce"}

    year = year_of(SO_FAR, rest)

    assert known(year.so_far) == Fraction("0.1")
    assert known(year.at_year_end) == Fraction("0.3")  # the mean of 0.1 and 0.4 is 0.25
    assert (year.so_far.verdict, year.at_year_end.verdict) == (Verdict.MET, Verdict.OPEN)


def test_what_was_not_foreseen_is_named_and_makes_the_year_absent() -> None:
    rest = {
        "energy.comprehensive": "200 tce",
        "electricity.unbundled_counted": "0 kWh",
        "electricity.unbundled_emissions": "0 tCO2",
    }

    year = year_of(SO_FAR, rest)

    assert year.not_foreseen == ("ledger.park_acceptance.total",)
    assert isinstance(year.at_year_end.value, Absent)


def test_a_size_is_no_flow_and_stays_what_it_is() -> None:
    year = year_of(
        SO_FAR, {"energy.comprehensive": "1 tce", "ledger.park_acceptance.total": "0 tCO2"}
    )

    assert year.at_year_end.confirm == ()


def test_year_to_date_and_forecast_must_meet() -> None:
    with pytest.raises(ValueError, match="they must meet"):
        projected(
            edition(the_book().catalogue), totals({}), totals({}), year_end=date(2026, 12, 31)
        )


def a_path(base: str, target: str, shape: Shape = Shape.LINEAR, years: int = 4) -> Path:
    return Path(2026, Fraction(base), 2026 + years, Fraction(target), shape, Direction.AT_MOST)


def test_a_linear_path_takes_the_same_step_every_year() -> None:
    path = a_path("1.0", "0.2")

    assert [path.at(year) for year in range(2026, 2031)] == [
        Fraction(text) for text in ("1", "0.8", "0.6", "0.4", "0.2")
    ]


def test_a_compound_path_takes_the_same_rate_every_year() -> None:
    path = a_path("1.6", "0.1", Shape.COMPOUND)

    assert [float(path.at(year)) for year in (2026, 2027, 2028, 2030)] == pytest.approx(
        [1.6, 0.8, 0.4, 0.1]
    )
    assert path.is_on(2027, Fraction("0.8"))
    assert not path.is_on(2027, Fraction("0.8000001"))


def test_on_the_path_the_needed_step_is_the_paths_own() -> None:
    found = standing(a_path("1.0", "0.2"), {2026: Fraction(1), 2027: Fraction("0.8")})

    assert isinstance(found, Standing)
    assert found.on_path
    assert found.beyond == 0
    assert found.needed_step == Fraction("-0.2")


def test_off_the_path_it_is_told_how_far_and_what_is_needed_from_here() -> None:
    found = standing(a_path("1.6", "0.1", Shape.COMPOUND), {2028: Fraction("0.9")})

    assert isinstance(found, Standing)
    assert not found.on_path
    assert float(found.beyond) == pytest.approx(0.5)
    assert found.needed_step == Fraction("-0.4")
    assert found.needed_rate == pytest.approx(-2 / 3)  # 0.9 -> 0.3 -> 0.1


def test_a_share_that_must_rise_is_off_its_path_when_it_is_below() -> None:
    rising = replace(a_path("30", "90"), direction=Direction.AT_LEAST)

    below = standing(rising, {2027: Fraction(44)})
    above = standing(rising, {2027: Fraction(46)})

    assert isinstance(below, Standing)
    assert isinstance(above, Standing)
    assert not below.on_path
    assert below.beyond == 1
    assert above.on_path
    assert above.beyond == -1


def test_nothing_can_be_said_before_the_first_year_and_nothing_is_needed_after_the_last() -> None:
    path = a_path("1.0", "0.2")

    assert standing(path, {2026: Fraction(1)}) == NotYet()
    last = standing(path, {2030: Fraction("0.3")})
    assert isinstance(last, Standing)
    assert (last.on_path, last.needed_step, last.needed_rate) == (False, None, None)


def test_no_rate_leads_to_zero_and_a_linear_path_does() -> None:
    with pytest.raises(ValueError, match="no yearly rate"):
        a_path("1", "0", Shape.COMPOUND)
    assert a_path("1", "0").at(2028) == Fraction("0.5")
