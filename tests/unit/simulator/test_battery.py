"""The battery keeps its window, its ramp and its energy."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.simulator.domain.demo_park import DemoPark
from services.simulator.domain.samples import ParkSample
from tests.unit.simulator.builders import BATTERY, START, a_setpoint, a_world, after


def played(minutes: float, *setpoints: object) -> tuple[DemoPark, list[ParkSample]]:
    return DemoPark.at(a_world(), START).advance(after(minutes), setpoints)  # type: ignore[arg-type]


def test_a_battery_without_any_setpoint_does_nothing() -> None:
    park, samples = played(60)

    assert {sample.values["battery"]["active_power_w"] for sample in samples} == {0.0}
    assert park.state.battery.stored_wh == 1_500_000.0


def test_charging_stores_the_energy_times_the_charge_efficiency() -> None:
    park, _ = played(10, a_setpoint("battery", 60_000.0, lasting_min=60))

    battery = park.state.battery
    assert battery.charged_wh == pytest.approx(10_000.0)  # 60 kW for 10 minutes
    assert battery.stored_wh == pytest.approx(1_509_500.0)


def test_discharging_takes_more_than_it_gives() -> None:
    park, _ = played(10, a_setpoint("battery", -57_000.0, lasting_min=60))

    battery = park.state.battery
    assert battery.discharged_wh == pytest.approx(9_500.0)
    assert battery.stored_wh == pytest.approx(1_490_000.0)


def test_power_ramps_to_the_setpoint() -> None:
    world = a_world(period_s=5)
    _, samples = DemoPark.at(world, START).advance(after(0.5), [a_setpoint("battery", 1_000_000.0)])

    powers = [sample.values["battery"]["active_power_w"] for sample in samples]
    assert powers[:3] == [600_000.0, 1_000_000.0, 1_000_000.0]  # 100 kW a second


def test_a_full_battery_stops_charging() -> None:
    park, samples = played(120, a_setpoint("battery", 1_500_000.0, lasting_min=120))

    assert samples[-1].values["battery"]["state_of_charge_pct"] == 95.0
    assert samples[-1].values["battery"]["active_power_w"] == 0.0
    assert park.state.battery.stored_wh == pytest.approx(2_850_000.0)


def test_an_empty_battery_stops_discharging() -> None:
    park, samples = played(120, a_setpoint("battery", -1_500_000.0, lasting_min=120))

    assert samples[-1].values["battery"]["state_of_charge_pct"] == 10.0
    assert park.state.battery.discharged_wh == pytest.approx(1_140_000.0)  # 1.2 MWh times 0.95


def test_a_lease_that_ran_out_leaves_the_fail_safe() -> None:
    _, samples = played(20, a_setpoint("battery", 300_000.0, lasting_min=10))

    powers = {s.at_s: s.values["battery"]["active_power_w"] for s in samples}
    start_s = min(powers) - 60
    assert powers[start_s + 9 * 60] == 300_000.0
    assert powers[start_s + 11 * 60] == 0.0


@settings(max_examples=30, deadline=None)
@given(targets=st.lists(st.tuples(st.integers(0, 179), st.floats(-1.5e6, 1.5e6)), max_size=12))
def test_stored_energy_is_what_went_in_less_what_came_out(
    targets: list[tuple[int, float]],
) -> None:
    setpoints = [a_setpoint("battery", w, at_min=m, lasting_min=30) for m, w in targets]
    park, samples = played(180, *setpoints)

    state = park.state.battery
    stored_wh = 1_500_000.0 + 0.95 * state.charged_wh - state.discharged_wh / 0.95
    assert state.stored_wh == pytest.approx(stored_wh, abs=0.01)
    for sample in samples:
        assert 10.0 <= sample.values["battery"]["state_of_charge_pct"] <= 95.0
        assert abs(sample.values["battery"]["active_power_w"]) <= BATTERY.power_w
