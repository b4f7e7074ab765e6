"""The park's meters add up, whatever the devices are told and however the time is cut."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.simulator.domain.demo_park import DemoPark
from services.simulator.domain.setpoints import SetPoint
from services.simulator.domain.world import DeviceMode, World
from tests.unit.simulator.builders import START, START_S, a_setpoint, a_world, after


def a_busy_world(*rows: tuple[int, int, int, float]) -> World:
    return a_world(*rows, steel=100.0, offices=50.0, wind=25.0, pv=75.0, h3_gas=10.0)


def orders() -> st.SearchStrategy[list[SetPoint]]:
    battery = st.builds(
        lambda m, w: a_setpoint("battery", w, at_min=m), st.integers(0, 119), st.floats(-1e6, 1e6)
    )
    pv = st.builds(
        lambda m, w: a_setpoint("pv", w, at_min=m), st.integers(0, 119), st.floats(0, 4e5)
    )
    charger = st.builds(
        lambda m, w: a_setpoint("charger_01", w, at_min=m), st.integers(0, 119), st.floats(0, 7e3)
    )
    return st.lists(st.one_of(battery, pv, charger), max_size=10)


def test_the_grid_meter_shows_the_sum_of_all_electric_components() -> None:
    park = DemoPark.at(a_busy_world(), START)

    values = park.sample().values
    assert values["grid"]["active_power_w"] == 200_000.0  # 400 + 200 - 100 - 300 kW, gas aside
    assert values["pv"]["active_power_w"] == -300_000.0
    assert values["wind"]["active_power_w"] == -100_000.0
    assert values["h3_gas"]["thermal_power_w"] == 40_000.0


def test_import_and_export_have_their_own_registers() -> None:
    park = DemoPark.at(a_world(steel=25.0, pv=75.0), START)  # exports 200 kW
    park, _ = park.advance(after(60), [a_setpoint("battery", 500_000.0, at_min=30)])

    state = park.state
    assert state.exported_wh == pytest.approx(100_000.0 + 200_000.0 / 3, rel=0.01)
    assert state.imported_wh == pytest.approx(50_000.0, rel=0.02)  # 300 kW for ten minutes


def test_a_curtailed_inverter_still_says_what_it_could_give() -> None:
    world = a_world(pv=75.0)
    park, _ = DemoPark.at(world, START).advance(after(5), [a_setpoint("pv", 120_000.0)])

    values = park.sample().values["pv"]
    assert values["active_power_w"] == -120_000.0
    assert values["available_power_w"] == 300_000.0


@settings(max_examples=30, deadline=None)
@given(orders())
def test_grid_energy_is_the_sum_of_all_energies(setpoints: list[SetPoint]) -> None:
    park = DemoPark.at(a_busy_world((0, 10, 90, 5.0)), START)
    before = park.state

    after_two_hours, _ = park.advance(after(120), setpoints)

    state = after_two_hours.state
    recorded_wh = 8 * (100_000.0 + 50_000.0 - 25_000.0)
    pv_wh = state.generated_wh - before.generated_wh
    battery_wh = state.battery.charged_wh - state.battery.discharged_wh
    charged_wh = float((state.chargers.delivered_wh - before.chargers.delivered_wh).sum())
    grid_wh = state.imported_wh - state.exported_wh
    assert grid_wh == pytest.approx(recorded_wh - pv_wh + battery_wh + charged_wh, abs=0.01)


@settings(max_examples=30, deadline=None)
@given(orders(), st.sets(st.integers(1, 119), max_size=5))
def test_stopping_between_samples_changes_nothing(
    setpoints: list[SetPoint], cuts: set[int]
) -> None:
    start = DemoPark.at(a_busy_world((0, 10, 90, 5.0)), START)
    _, uninterrupted = start.advance(after(120), setpoints)

    park, pieces, begin = start, [], 0
    for end in sorted(cuts | {120}):
        due = [s for s in setpoints if begin * 60 <= s.at_s - START_S < end * 60]
        park, more = park.advance(after(end), due)
        pieces += more
        begin = end

    assert pieces == uninterrupted  # to the last digit: a restarted simulator repeats itself


def test_samples_lie_on_the_grid_of_the_sample_period() -> None:
    world = a_world(period_s=300)
    _, samples = DemoPark.at(world, START).advance(after(16))

    assert [sample.at_s - START_S for sample in samples] == [300, 600, 900]


def test_a_period_that_does_not_divide_a_quarter_is_refused() -> None:
    with pytest.raises(ValueError, match="does not divide 900"):
        a_world(period_s=7)


def test_a_setpoint_of_the_future_is_a_mistake() -> None:
    park = DemoPark.at(a_world(), START)

    with pytest.raises(ValueError, match="after the step's end"):
        park.advance(after(1), [a_setpoint("battery", 0.0, at_min=2)])


def test_in_local_mode_the_battery_follows_its_own_programme() -> None:
    park = DemoPark.at(a_world(mode=DeviceMode.LOCAL), START)

    _, samples = park.advance(after(24 * 60))

    by_hour = {s.at_s // 3600 % 24: s.values["battery"]["active_power_w"] for s in samples}
    assert (by_hour[5], by_hour[11], by_hour[20]) == (450_000.0, -400_000.0, 0.0)
