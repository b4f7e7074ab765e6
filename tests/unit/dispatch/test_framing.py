"""What the planner knows becomes a park's problem."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from services.dispatch.domain.curves import Book, Curve
from services.dispatch.domain.expected import Forecast, Series
from services.dispatch.domain.feed_in import Counter, FeedIn, feed_in_of
from services.dispatch.domain.framing import Knowledge, drafted
from services.dispatch.domain.ladder import Origin
from services.dispatch.domain.park.rules import Balance
from services.dispatch.domain.planning import framed_at, plan_at
from services.dispatch.domain.signals import Signal
from services.dispatch.domain.softening import softened
from services.dispatch.domain.solver import best_plan
from tests.support.builders import MORNING, after
from tests.unit.dispatch.builders import HOUR, PLANT, a_snapshot

QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
STEEL, WIND = "steel.active_power_w", "wind.active_power_w"


def a_series(*values: float, step: timedelta = QUARTER) -> Series:
    line = np.array(values, np.float64)
    return Series(MORNING, step, line, line, line, "test")


def knowing(
    series: dict[str, Series] | None = None,
    signals: dict[str, Series] | None = None,
    year: FeedIn | None = None,
    prices: Book | None = None,
) -> Knowledge:
    """A park at rest; what is not said is unknown."""
    forecast = None
    if series is not None or signals is not None:
        forecast = Forecast(MORNING, MORNING + HOUR, series or {}, signals or {})
    readings = a_snapshot(vehicles={"charger_01": (0.0, 14.0, 4.0)}).readings
    return Knowledge(readings, forecast, prices or Book(), Book(), Book(), year or FeedIn(1e9, 0.0))


def test_the_horizon_begins_now_and_its_first_step_is_what_is_left_of_the_quarter() -> None:
    framed = framed_at(PLANT, knowing(), after(minutes=5))

    assert framed.start == MORNING
    assert framed.park.horizon.start == after(minutes=5)
    assert framed.park.horizon.hours[:2] == pytest.approx([1 / 6, 1 / 4])
    assert len(framed.park.horizon) == PLANT.park.dispatch.horizon // QUARTER


def test_each_load_and_source_is_a_part_of_its_own() -> None:
    series = {STEEL: a_series(*[40_000.0] * 192), WIND: a_series(*[-70_000.0] * 192)}

    park = framed_at(PLANT, knowing(series), MORNING).park

    assert {one.id for one in park.loads} >= {"steel", "offices"}
    assert all("gas" not in one.id for one in park.loads)
    steel = next(one for one in park.loads if one.id == "steel")
    wind = next(one for one in park.productions if one.id == "wind")
    assert park.horizon.array(steel.power_kw)[-1] == pytest.approx(40)
    assert park.horizon.array(wind.available_kw)[-1] == pytest.approx(70)
    assert not wind.curtailable
    assert next(one for one in park.productions if one.id == "pv").curtailable


def test_a_turbine_that_stands_still_draws_what_it_needs_itself() -> None:
    series = {WIND: a_series(*[5_000.0] * 192)}

    park = framed_at(PLANT, knowing(series), MORNING).park

    own_use = next(one for one in park.loads if one.id == "wind.own_use")
    wind = next(one for one in park.productions if one.id == "wind")
    assert park.horizon.array(own_use.power_kw)[-1] == pytest.approx(5)
    assert park.horizon.array(wind.available_kw)[-1] == 0


def test_a_vehicle_is_relied_on_for_half_of_what_it_announced() -> None:
    (session,) = framed_at(PLANT, knowing(), MORNING).park.sessions

    assert (session.id, session.power_kw, session.wanted_kwh) == ("charger_01", 7.0, 14.0)
    assert session.leaves_h == pytest.approx(2.0)


def test_a_plan_says_where_import_was_counted_for_less_of_the_year_than_generation() -> None:
    def year(import_from: float | None) -> FeedIn:
        """Return the year by registers; import was counted from so many hours on."""
        counters = {"pv": Counter("pv", 0.0, after(hours=-900), 9e6, MORNING)}
        counters["out"] = Counter("out", 0.0, after(hours=-900), 1e6, MORNING)
        if import_from is not None:
            since = after(hours=import_from)
            counters["in"] = Counter("in", 0.0, since, 2e6, MORNING)
        return feed_in_of(counters, "out", "in", ["pv", "wind"])

    def said(import_from: float | None) -> list[str]:
        caveats = framed_at(PLANT, knowing(year=year(import_from)), MORNING).caveats
        return [one.split(" in which")[0] for one in caveats if "import was not" in one]

    assert said(-900) == said(-890) == []
    assert said(-180) == ["the year's import was not counted for 30 days"]
    assert said(None) == ["the year's import was not counted for 38 days"]


def test_the_supply_modes_shares_count_the_year_so_far() -> None:
    year = FeedIn(generated_wh=9e6, exported_wh=1e6, imported_wh=2e6)

    mode = framed_at(PLANT, knowing(year=year), MORNING).park.mode

    assert (mode.feed_in_share, mode.self_use_share, mode.load_share) == (0.2, 0.6, 0.3)
    assert mode.so_far == Balance(generated_kwh=9e3, fed_in_kwh=1e3, used_kwh=1e4)


def test_the_counting_year_ends_on_the_parks_clock() -> None:
    """Shanghai's new year begins at 16:00 UTC; the horizon at 15:35."""
    eve = datetime(2019, 12, 31, 15, 35, tzinfo=UTC)

    mode = framed_at(PLANT, knowing(), eve).park.mode

    assert mode.year_ends_h == pytest.approx(25 / 60)


def test_a_share_of_load_that_nothing_can_reach_in_the_new_year_does_not_steer_either() -> None:
    eve = datetime(2019, 12, 31, 15, 30, tzinfo=UTC)
    steel, wind = (a_series(*[kw] * 192) for kw in (40_000.0, 0.0))
    series = {STEEL: replace(steel, start=eve), WIND: replace(wind, start=eve)}
    green = FeedIn(generated_wh=9e9, exported_wh=0.0, imported_wh=0.0)

    framed = framed_at(PLANT, knowing(series, year=green), eve)

    assert framed.park.mode.load_share is None
    assert any("of what this horizon holds of the next year" in one for one in framed.caveats)


def test_a_share_of_load_that_nothing_can_reach_is_told_and_does_not_steer() -> None:
    series = {STEEL: a_series(*[40_000.0] * 192), WIND: a_series(*[0.0] * 192)}

    framed = framed_at(PLANT, knowing(series, year=FeedIn(0.0, 0.0)), MORNING)

    assert framed.park.mode.load_share is None
    assert any("at least 30% are asked for" in caveat for caveat in framed.caveats)


def test_what_no_forecast_covers_is_as_it_was_a_day_before() -> None:
    plant = replace(PLANT, park=replace(PLANT.park, dispatch=_horizon(timedelta(hours=25))))
    first = [10_000.0] * 4 + [30_000.0] * 92

    framed = framed_at(plant, knowing({STEEL: a_series(*first)}), MORNING)

    steel = next(one for one in framed.park.loads if one.id == "steel")
    kw = framed.park.horizon.array(steel.power_kw)
    assert kw[95] == pytest.approx(30)
    assert kw[96:] == pytest.approx([10, 10, 10, 10])


def _horizon(span: timedelta) -> object:
    return replace(PLANT.park.dispatch, horizon=span)


def test_prices_are_what_was_published_then_what_is_expected_then_a_former_day() -> None:
    plant = replace(PLANT, park=replace(PLANT.park, dispatch=_horizon(timedelta(hours=3))))
    book = Book()
    book.learn(Curve("agile", MORNING, MORNING, HOUR, (100_000.0,)))
    book.learn(Curve("agile", MORNING, MORNING - DAY, HOUR, (0.0, 0.0, 300_000.0)))
    outlook = {"market.import_price": a_series(*[0.2] * 8)}  # two hours

    draft = drafted(plant, knowing(signals=outlook, prices=book), MORNING)

    assert draft.import_price[::4] == pytest.approx([0.1, 0.2, 0.3])
    assert "4 of 12 import prices unknown: the same hour of a former day" in draft.caveats


def test_where_the_intensity_is_expected_it_steers_and_where_it_is_not_it_costs_nothing() -> None:
    plant = replace(PLANT, park=replace(PLANT.park, dispatch=_horizon(HOUR)))
    outlook = {"market.carbon_intensity": a_series(250.0, 250.0)}

    framed = softened(drafted(plant, knowing(signals=outlook), MORNING))

    (grid,) = framed.park.grids
    assert grid.carbon_kg_per_kwh == (0.25, 0.25, 0.0, 0.0)
    told = "2 of 4 carbon intensities unknown: not steered by carbon there"
    assert told in framed.caveats


def test_battery_and_sun_stay_with_the_plan_before_and_vehicles_are_free() -> None:
    def before(device_id: str, moments: list[object]) -> np.ndarray:
        line = np.full(len(moments), -50_000.0 if device_id == "pv" else 20_000.0)
        line[-1] = np.nan  # beyond the plan before
        return line

    former = softened(drafted(PLANT, knowing(), MORNING, before)).park.former

    assert former is not None
    assert sorted(former.power_kw) == ["battery", "pv"]
    assert np.array(former.power_kw["battery"])[[0, -1]] == pytest.approx([20, 0])
    assert np.array(former.power_kw["pv"])[[0, -1]] == pytest.approx([50, 0])  # gives all: none


def test_readings_and_forecasts_that_are_no_numbers_are_named_and_there_is_a_plan() -> None:
    known = knowing({STEEL: a_series(*[np.inf, 1e15, 5_000.0, np.nan] * 48)})
    poison = dict(known.readings)
    for point in ("battery.state_of_charge_pct", "charger_01.requested_energy_wh"):
        poison[point] = Signal(np.nan, MORNING)

    made = plan_at(PLANT, replace(known, readings=poison), MORNING, best_plan)

    assert made.plan.origin is Origin.OPTIMAL
    assert np.isfinite(made.plan.grid_w).all()
    told = " ".join(made.plan.caveats)
    assert "steel: 47 of 192 values of the forecast are no numbers" in told  # the last is its end
    assert "steel: 48 of 192 missing" in told
    assert "outside -1e+06..1e+06 were clipped" in told
    assert "battery stored energy: nan is not a number" in told
    assert "charger_01 wanted energy: nan is not a number" in told
