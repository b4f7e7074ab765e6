"""The whole device is learnt and forecast; issued is the part that can run."""

import numpy as np

from services.forecasting.domain.availability import Wholes, as_available, of_the_whole, told
from services.forecasting.domain.joint.spread import Spread
from services.forecasting.domain.plans import PRODUCTION, PlanKind, Planned, Told, caveat_of
from services.forecasting.domain.point_forecast import PointForecast
from services.forecasting.domain.series import Floats
from services.forecasting.domain.weather import Foreseen
from tests.unit.forecasting.builders import FIRST, a_series

POINT = "x.active_power_w"


def planned(kind: PlanKind, **value_of: float) -> Planned:
    """Return what is told of the quarters q0, q1, … after the first."""
    quarters = np.array([FIRST + int(name[1:]) for name in value_of], np.int64)
    return Planned({("x", kind): Told(quarters, np.array(list(value_of.values())))})


def a_forecast(power_w: Floats) -> PointForecast:
    return PointForecast(POINT, FIRST, 0.8 * power_w, power_w, 1.2 * power_w, "m", 9.0, "weak")


def test_nothing_is_told_of_most_devices() -> None:
    plan = planned(PlanKind.AVAILABILITY, q0=0.5)

    assert plan.share("other.active_power_w", FIRST, 4) is None
    assert plan.share(POINT, FIRST + 1, 4) is None
    assert plan.share(POINT, FIRST - 1, 3).tolist() == [1.0, 0.5, 1.0]  # type: ignore[union-attr]


def test_half_a_device_tells_of_the_whole_and_less_tells_nothing() -> None:
    whole = of_the_whole(np.array([100.0, 60.0, 50.0, 10.0, 0.0]), np.array([1, 0.6, 0.5, 0.4, 0]))

    assert np.array_equal(whole, [100.0, 100.0, 100.0, np.nan, np.nan], equal_nan=True)


def test_a_series_is_that_of_the_whole_device() -> None:
    measured = {POINT: a_series(np.array([100.0, 50.0, 0.0]))}

    whole = Wholes(measured, planned(PlanKind.AVAILABILITY, q1=0.5, q2=0.0))[POINT]

    assert np.array_equal(whole.power_w, [100.0, 100.0, np.nan], equal_nan=True)


def test_what_can_run_is_issued_and_said_and_an_outage_is_zero() -> None:
    share = np.array([1.0, 0.4, 0.4, 0.0])

    made = as_available(a_forecast(np.full(4, 100.0)), share)

    assert made.p10_w.tolist() == [80.0, 32.0, 32.0, 0.0]
    assert made.p50_w.tolist() == [100.0, 40.0, 40.0, 0.0]
    assert made.p90_w.tolist() == [120.0, 48.0, 48.0, 0.0]
    assert made.caveat == (
        "weak; planned availability 40% from 2019-06-03T00:15Z to 2019-06-03T00:45Z; "
        "planned availability 0% from 2019-06-03T00:45Z to 2019-06-03T01:00Z"
    )


def test_a_device_without_a_plan_is_issued_as_it_was() -> None:
    forecast = a_forecast(np.full(4, 100.0))

    assert as_available(forecast, None) is forecast


def test_many_outages_are_counted() -> None:
    assert told(np.array([0.0, 1.0] * 5), FIRST).endswith(" and 2 more")


def test_bounds_are_those_of_what_can_run_at_every_level() -> None:
    quantiles = np.array([[-90.0, -36.0], [-80.0, -32.0], [-70.0, -28.0]])

    spread = Spread.within(quantiles, -100.0, 0.0, [1.0, 0.4])

    assert spread.at_level(0.0001).tolist() == [-100.0, -40.0]
    assert spread.at_level(0.5).tolist() == [-80.0, -32.0]


def test_an_unbounded_load_in_an_outage_is_zero_at_every_level() -> None:
    spread = Spread.within(np.zeros((3, 1)), 0.0, np.inf, [0.0])

    assert spread.at_level(0.9999).tolist() == [0.0]


def test_a_production_stands_beside_the_weather_unknown_where_it_is_not_told() -> None:
    weather = Foreseen(("temperature_c",), np.full((3, 1), 20.0), np.zeros((3, 1)), 1)

    both = planned(PlanKind.PRODUCTION, q0=7.0, q2=9.0).beside(weather, POINT, FIRST)

    assert both.columns == ("temperature_c", PRODUCTION)
    assert np.array_equal(both.value[:, 1], [7.0, np.nan, 9.0], equal_nan=True)
    assert caveat_of(both) == "production schedule for 50% of the time ahead"
    assert caveat_of(both.of((PRODUCTION,))) == "production schedule for 50% of the time ahead"
    assert caveat_of(weather.of(("temperature_c", PRODUCTION))) == "no production schedule"
    assert planned(PlanKind.PRODUCTION, q0=7.0).beside(weather, "y.z", FIRST) is weather
