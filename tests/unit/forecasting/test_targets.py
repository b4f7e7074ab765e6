"""Which series the demo park gets."""

from services.forecasting.domain.targets import Shape, targets_of
from tests.support.builders import a_park

TARGETS = {target.point_id: target for target in targets_of(a_park())}


def test_every_load_pv_wind_and_the_charging_fleet_is_forecast_and_nothing_else() -> None:
    shapes = [target.shape for target in TARGETS.values()]

    assert len(TARGETS) == 12
    assert shapes.count(Shape.DEMAND) == 10
    assert "battery.active_power_w" not in TARGETS
    assert not [name for name in TARGETS if name.startswith("charger_")]


def test_the_fleet_is_demanded_between_nothing_and_all_its_ports_ratings() -> None:
    fleet = TARGETS["charging.active_power_w"]

    assert (fleet.source_point_id, fleet.sign) == ("charging.active_power_w", 1.0)
    assert (fleet.lowest_w, fleet.highest_w) == (0.0, 52 * 7_000.0)


def test_pv_is_forecast_from_what_is_available_and_published_as_production() -> None:
    pv = TARGETS["pv.active_power_w"]

    assert (pv.source_point_id, pv.sign) == ("pv.available_power_w", -1.0)
    assert (pv.lowest_w, pv.highest_w) == (-3_000_000.0, 0.0)


def test_gas_is_forecast_as_thermal_power() -> None:
    assert TARGETS["boilerhouse_gas.thermal_power_w"].shape is Shape.DEMAND
