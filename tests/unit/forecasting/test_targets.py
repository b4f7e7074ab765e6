"""Which series the demo park gets."""

from services.forecasting.domain.targets import Shape, targets_of
from tests.support.builders import a_park

TARGETS = {target.point_id: target for target in targets_of(a_park())}


def test_every_load_pv_and_wind_is_forecast_and_nothing_else() -> None:
    shapes = [target.shape for target in TARGETS.values()]

    assert len(TARGETS) == 11
    assert shapes.count(Shape.DEMAND) == 9
    assert "battery.active_power_w" not in TARGETS


def test_pv_is_forecast_from_what_is_available_and_published_as_production() -> None:
    pv = TARGETS["pv.active_power_w"]

    assert (pv.source_point_id, pv.sign) == ("pv.available_power_w", -1.0)
    assert (pv.lowest_w, pv.highest_w) == (-3_000_000.0, 0.0)


def test_gas_is_forecast_as_thermal_power() -> None:
    assert TARGETS["boilerhouse_gas.thermal_power_w"].shape is Shape.DEMAND
