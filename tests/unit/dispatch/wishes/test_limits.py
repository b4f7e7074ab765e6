"""Limits of a window: carbon of what is bought, power of import."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.dispatch.domain.park.rules import CarbonCap
from services.dispatch.domain.wishes.applied import applied
from services.dispatch.domain.wishes.days import local_day
from services.dispatch.domain.wishes.wish import CarbonLimit, ImportLimit
from services.energy.time_grid import Interval
from tests.support.tiny_parks import a_grid, planned
from tests.unit.dispatch.wishes.wishes import a_battery, a_park, between, respecting

BERLIN = ZoneInfo("Europe/Berlin")


def a_cap(first: float, last: float, limit_kg: float) -> CarbonLimit:
    return CarbonLimit(wish_id="c", window=between(first, last), limit_kg=limit_kg)


def a_limit(first: float, last: float, limit_kw: float) -> ImportLimit:
    return ImportLimit(wish_id="i", window=between(first, last), limit_kw=limit_kw)


def test_a_carbon_cap_holds_in_its_window() -> None:
    problem, caveats = respecting(a_cap(7, 9, 30.0))  # the works alone take 40 kWh, 1 kg each

    plan = planned(problem)

    assert sum(plan.course("grid", "import_kw")[1:3]) == pytest.approx(30.0)
    assert plan.broken == {}
    assert caveats == []


def test_a_cap_that_cannot_be_kept_is_a_violation_in_kg() -> None:
    problem, _ = respecting(a_cap(6, 10, 0.0), park=a_park(stores=()))

    assert planned(problem).broken == {"carbon_cap": 80.0}


def test_of_a_cap_that_has_begun_the_time_left_counts_and_that_is_said() -> None:
    problem, caveats = respecting(a_cap(2, 10, 100.0))  # four of eight hours are over

    assert problem.carbon.caps == (CarbonCap(from_h=0.0, to_h=4.0, limit_kg=50.0),)
    assert caveats == [
        "carbon cap [c]: what was emitted in the 4.00 h that are over is not known here: of"
        " 100 kg 50.0 kg stay for the rest, by time"
    ]


def test_a_grid_of_unknown_intensity_is_named() -> None:
    _, caveats = respecting(a_cap(7, 9, 30.0), park=a_park(grids=(a_grid(),)))

    assert caveats == [
        "carbon cap [c]: carbon intensity of grid is unknown: its import is not seen"
    ]


@pytest.mark.parametrize("hours", [(1, 6), (10, 20)], ids=["over", "after the horizon"])
def test_a_cap_outside_the_horizon_is_nothing(hours: tuple[float, float]) -> None:
    assert respecting(a_cap(*hours, 5.0)) == (a_park(), [])


def test_an_import_limit_holds_in_every_step_that_its_window_touches() -> None:
    problem, _ = respecting(a_limit(7.5, 8.5, 15.0))

    plan = planned(problem)

    assert problem.grids[0].import_limit_kw == (1000.0, 15.0, 15.0, 1000.0)
    assert plan.course("grid", "import_kw")[1:3] == [15.0, 15.0]
    assert plan.broken == {}


def test_an_import_limit_that_cannot_be_kept_is_a_violation() -> None:
    problem, _ = respecting(a_limit(7, 8, 15.0), park=a_park(stores=()))

    assert planned(problem).broken == {"import_limit": 5.0}


def test_of_two_import_limits_the_lower_holds() -> None:
    problem, _ = respecting(a_limit(6, 8, 50.0), a_limit(7, 9, 80.0))

    assert problem.grids[0].import_limit_kw == (50.0, 50.0, 80.0, 1000.0)


def test_a_limit_of_a_park_with_two_connections_is_named() -> None:
    two = a_park(grids=(a_grid(), a_grid(id="other")))

    problem, caveats = respecting(a_limit(7, 8, 15.0), park=two)

    assert problem == two
    assert caveats == ["import limit [i]: it needs one connection, the park has 2"]


@pytest.mark.parametrize(
    ("day", "hours"), [((2026, 3, 29), 23), ((2026, 6, 15), 24), ((2026, 10, 25), 25)]
)
def test_a_day_is_as_long_as_the_clocks_make_it(day: tuple[int, int, int], hours: int) -> None:
    window = local_day(date(*day), BERLIN)

    assert window.duration.total_seconds() == hours * 3600


def test_hours_elapse_while_the_clocks_go_back() -> None:
    start = datetime(2026, 10, 25, 1, 0, tzinfo=BERLIN)  # 23:00 UTC of the day before
    after = datetime(2026, 10, 25, 3, 0, tzinfo=BERLIN)  # 02:00 UTC: three hours later, not two
    wish = ImportLimit(
        wish_id="i", window=Interval(after, datetime(2026, 10, 25, 3, tzinfo=UTC)), limit_kw=15.0
    )

    problem, _ = applied(a_park(stores=(a_battery(),)), (wish,), start)

    assert problem.grids[0].import_limit_kw == (1000.0, 1000.0, 1000.0, 15.0)
