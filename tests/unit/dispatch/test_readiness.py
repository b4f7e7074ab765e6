"""The live problem keeps ready for what its forecast's paths may come to."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from services.dispatch.domain.expected import Forecast, ResidualPaths, Series
from services.dispatch.domain.framed import Framed
from services.dispatch.domain.readiness import NO_PATHS, ready
from tests.support.builders import MORNING
from tests.unit.dispatch.builders import HOUR, a_problem, a_storage, line, the_sun

RISK = 3.0


def a_forecast(*median_w: float) -> Forecast:
    residual = Series(MORNING, HOUR, line(), line(*median_w), line(), "sum of 2 series")
    return Forecast(MORNING, MORNING + 2 * HOUR, {}, residual=residual)


def paths(*power_w: tuple[float, ...], issued: timedelta = timedelta(0)) -> ResidualPaths:
    return ResidualPaths(MORNING + issued, MORNING, HOUR, np.array(power_w))


def a_day(**more: Any) -> Framed:
    """Two hours of 90 kW less 10 kW of sun behind 100 kW, with a battery of 20 kWh."""
    return a_problem(
        line(90.0, 90.0), stores=(a_storage(),), productions=(the_sun(10.0, 10.0),), **more
    )


def hedges(framed: Framed) -> list[tuple[float, float, float]]:
    (store,) = framed.park.stores
    return [(one.at_h, one.least_kwh, one.price_per_kwh) for one in store.hedges]


def test_a_path_that_passes_the_limit_is_hedged_around_what_is_planned_for() -> None:
    """The forecast was 70 kW and is 80 now: 27 kW above it are 107, 7 above the limit."""
    found = ready(
        a_day(),
        a_forecast(70e3, 70e3),
        paths((70e3, 97e3), (70e3, 70e3), (60e3, 71e3)),
        RISK,
    )

    ((at_h, least_kwh, price),) = hedges(found)
    assert (at_h, round(least_kwh, 6), round(price, 6)) == (1.0, 7.0, 1.0)
    assert found.caveats == ()


def test_a_lower_limit_of_a_requirement_counts() -> None:
    """Behind 85 kW in the second hour the lowest path needs 1 kWh, the others 5 and 2."""
    framed = a_day(import_limit_kw=(100.0, 85.0))

    found = ready(framed, a_forecast(80e3, 80e3), paths((80e3, 90e3), (80e3, 87e3)), RISK)

    assert hedges(found) == [(1.0, 2.0, 1.5), (1.0, 5.0, 1.5)]


def test_beyond_the_issue_nothing_is_known_to_be_off() -> None:
    median = Series(MORNING, HOUR, line(), line(50.0, 60.0), line(), "")
    off_w = paths((70.0, 90.0)).off_w(median, [MORNING - HOUR, MORNING + HOUR, MORNING + 2 * HOUR])

    assert off_w.tolist() == [[0.0, 30.0, 0.0]]


@pytest.mark.parametrize(
    "told",
    [None, paths((80e3, 120e3), issued=HOUR)],
    ids=["none", "of another issue"],
)
def test_without_paths_of_its_forecast_a_plan_says_so(told: ResidualPaths | None) -> None:
    found = ready(a_day(), a_forecast(80e3, 80e3), told, RISK)

    assert found.caveats == (NO_PATHS,)
    assert hedges(found) == []


def test_where_nobody_says_what_it_costs_nothing_is_held() -> None:
    framed = a_day()

    assert ready(framed, a_forecast(80e3, 80e3), paths((80e3, 120e3)), 0.0) is framed


def test_a_park_without_a_battery_has_nothing_to_hold() -> None:
    framed = a_day()
    bare = replace(framed, park=replace(framed.park, stores=()))

    assert ready(bare, a_forecast(80e3, 80e3), paths((80e3, 120e3)), RISK) is bare


def test_a_forecast_that_lacks_a_series_has_no_residual() -> None:
    lacking = replace(a_forecast(80e3), residual=None)

    assert ready(a_day(), lacking, paths((80e3, 120e3)), RISK).caveats == (NO_PATHS,)
