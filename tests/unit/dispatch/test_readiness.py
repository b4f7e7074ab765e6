"""The live problem keeps ready for what its forecast's paths may come to."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from services.dispatch.domain.expected import Forecast, ResidualPaths, Series
from services.dispatch.domain.framed import Framed
from services.dispatch.domain.park.demand import Process
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.plant import Plant
from services.dispatch.domain.readiness import NO_PATHS, Risk, ready, risk_of
from services.energy.quantities import Quantity
from tests.support.builders import MORNING
from tests.unit.dispatch.builders import HOUR, PLANT, a_problem, a_storage, line, the_sun

SUN = "pv.active_power_w"


def a_series(*median_w: float) -> Series:
    return Series(MORNING, HOUR, line(), line(*median_w), line(), "")


def a_forecast(*median_w: float, **series: Series) -> Forecast:
    residual = a_series(*median_w)
    return Forecast(MORNING, MORNING + 2 * HOUR, {**series}, residual=residual)


def paths(
    *power_w: tuple[float, ...],
    issued: timedelta = timedelta(0),
    parts_w: dict[str, Floats] | None = None,
) -> ResidualPaths:
    return ResidualPaths(MORNING + issued, MORNING, HOUR, np.array(power_w), parts_w or {})


def a_risk(**more: Any) -> Risk:
    """3 a kWh, no margin, no batches, nothing bounded."""
    given: dict[str, Any] = {"cap_kw": 1e3, "batches_kw": line(0.0, 0.0), "bounded": {}}
    return Risk(3.0, **(given | more))


def a_day(sun_kw: float = 10.0, **more: Any) -> Framed:
    """Two hours of 90 kW less sun behind 100 kW, with a battery of 20 kWh."""
    sun = the_sun(sun_kw, sun_kw)
    return a_problem(line(90.0, 90.0), stores=(a_storage(),), productions=(sun,), **more)


def hedges(framed: Framed) -> list[tuple[float, float, float]]:
    (store,) = framed.park.stores
    return [
        (one.at_h, round(one.least_kwh, 6), round(one.price_per_kwh, 6)) for one in store.hedges
    ]


def test_a_path_that_passes_the_limit_is_hedged_around_what_is_planned_for() -> None:
    """The forecast was 70 kW and is 80 now: 27 kW above it are 107, 7 above the limit."""
    told = paths((70e3, 97e3), (70e3, 70e3), (60e3, 71e3))

    found = ready(a_day(), a_forecast(70e3, 70e3), told, a_risk())

    assert hedges(found) == [(1.0, 7.0, 1.0)]
    assert found.caveats == ()


def test_a_lower_limit_of_a_requirement_counts() -> None:
    """Behind 85 kW in the second hour the paths need 5 and 2 kWh."""
    framed = a_day(import_limit_kw=(100.0, 85.0))

    found = ready(framed, a_forecast(80e3, 80e3), paths((80e3, 90e3), (80e3, 87e3)), a_risk())

    assert hedges(found) == [(1.0, 2.0, 1.5), (1.0, 5.0, 1.5)]


def test_what_is_held_is_spent_above_what_the_control_cycle_keeps() -> None:
    """10 kW of margin: 95 kW take 5 kWh that a limit of 100 kW would not ask for."""
    told = paths((80e3, 95e3))

    found = ready(a_day(), a_forecast(80e3, 80e3), told, a_risk(cap_kw=90.0))

    assert hedges(found) == [(1.0, 5.0, 3.0)]


def test_batches_draw_what_the_plan_before_has_them_draw() -> None:
    told = paths((80e3, 80e3))

    found = ready(a_day(), a_forecast(80e3, 80e3), told, a_risk(batches_kw=line(0.0, 24.0)))

    assert hedges(found) == [(1.0, 4.0, 3.0)]


def test_clouds_do_not_matter_to_a_plant_in_maintenance() -> None:
    """50 kW of sun were forecast and may be 0; nothing of it comes in any case."""
    told = paths((90e3, 90e3), parts_w={SUN: np.zeros((1, 2))})
    forecast = a_forecast(40e3, 40e3, **{SUN: a_series(-50e3, -50e3)})

    dark = a_day(sun_kw=0.0)

    assert hedges(ready(dark, forecast, told, a_risk())) == [(1.0, 10.0, 3.0)], "all it can give"
    bounded = a_risk(bounded={SUN: line(1.0, 1.0)})
    assert hedges(ready(dark, forecast, told, bounded)) == []


def test_beyond_the_issue_nothing_is_known_to_be_off() -> None:
    told = paths((70.0, 90.0))
    moments = [MORNING - HOUR, MORNING + HOUR, MORNING + 2 * HOUR]

    off_w = told.off_w(told.power_w, a_series(50.0, 60.0), moments)

    assert off_w.tolist() == [[0.0, 30.0, 0.0]]


@pytest.mark.parametrize(
    "told", [None, paths((80e3, 120e3), issued=HOUR)], ids=["none", "of another issue"]
)
def test_without_paths_of_its_forecast_a_plan_says_so(told: ResidualPaths | None) -> None:
    found = ready(a_day(), a_forecast(80e3, 80e3), told, a_risk())

    assert found.caveats == (NO_PATHS,)
    assert hedges(found) == []


def test_a_forecast_that_lacks_a_series_has_no_residual() -> None:
    lacking = replace(a_forecast(80e3), residual=None)

    assert ready(a_day(), lacking, paths((80e3, 120e3)), a_risk()).caveats == (NO_PATHS,)


def a_plant(risk_micros: int) -> Plant:
    park = PLANT.park
    rules = replace(park.dispatch, import_risk_micros_per_kwh=risk_micros)
    return replace(PLANT, park=replace(park, dispatch=rules))


def test_where_nobody_says_what_it_costs_nothing_is_weighed() -> None:
    assert risk_of(a_plant(0), a_day(), a_day(), None) is None


def test_a_park_without_a_battery_has_nothing_to_hold() -> None:
    bare = a_problem(line(90.0, 90.0))

    assert risk_of(a_plant(2_000_000), bare, bare, None) is None


def test_the_risk_is_the_park_files_price_and_the_control_cycles_cap() -> None:
    risk = risk_of(a_plant(2_500_000), a_day(), a_day(), None)

    assert risk is not None
    assert (risk.price_per_kwh, risk.cap_kw) == (2.5, PLANT.import_cap_w / 1e3)
    assert risk.bounded == {}


def test_what_requirements_changed_is_bounded_where_they_did() -> None:
    """The sun is away in the second hour; what is no device of the park has no forecast."""
    free = a_day()
    sun = replace(free.park.productions[0], available_kw=(10.0, 0.0))
    load = replace(free.park.loads[0], power_kw=1.0)
    framed = replace(free, park=replace(free.park, productions=(sun,), loads=(load,)))

    risk = risk_of(a_plant(1), free, framed, None)

    assert risk is not None
    point = PLANT.park.device("pv").point_id(Quantity.ACTIVE_POWER)
    assert {name: steps.tolist() for name, steps in risk.bounded.items()} == {point: [0.0, 1.0]}


def test_required_batches_are_in_the_risk() -> None:
    class Former:
        def at(self, device_id: str, moments: list[object]) -> Floats | None:
            return line(5e3, np.nan) if device_id == "annealing" else None

    runs = tuple(
        Process(id=name, flows_kw={"electricity": (5.0,)}, duration_h=1.0, latest_end_h=2.0)
        for name in ("annealing", "new")
    )
    framed = a_day()
    framed = replace(framed, park=replace(framed.park, processes=runs))
    former: Any = Former()

    risk = risk_of(a_plant(1), framed, framed, former)

    assert risk is not None
    assert risk.batches_kw.tolist() == [5.0, 0.0]
