"""The live picture: newest values, sums by kind, what is stale."""

from services.console.domain.picture import Picture, Shown
from services.energy.quantities import Quantity
from services.energy.site import DeviceKind
from tests.support.builders import a_park, after


def a_picture() -> Picture:
    return Picture(a_park())


def shown(value: float, *, minutes: float = 0) -> Shown:
    return Shown(value, after(minutes=minutes), suspect=False)


def test_a_newer_reading_replaces_an_older_one_and_never_the_other_way_round() -> None:
    picture = a_picture()

    assert picture.take("grid.active_power_w", shown(2.0, minutes=2))
    assert not picture.take("grid.active_power_w", shown(1.0, minutes=1))

    assert picture.value("grid", Quantity.ACTIVE_POWER) == 2.0


def test_a_correction_of_the_same_moment_is_shown() -> None:
    picture = a_picture()
    picture.take("grid.active_power_w", shown(2.0))

    assert picture.take("grid.active_power_w", shown(3.0))
    assert picture.value("grid", Quantity.ACTIVE_POWER) == 3.0


def test_the_load_is_the_sum_of_the_electric_meters_and_leaves_gas_out() -> None:
    picture = a_picture()
    picture.take("steel.active_power_w", shown(100.0))
    picture.take("offices.active_power_w", shown(50.0))
    picture.take("h3_gas.thermal_power_w", shown(999.0))

    flow = picture.flow(DeviceKind.LOAD, after())

    assert flow.power_w == 150.0


def test_a_sum_names_its_stale_parts_and_keeps_their_last_value() -> None:
    picture = a_picture()
    for device in a_park().devices_of(DeviceKind.LOAD):
        minutes = 0 if device.id == "steel" else 9
        picture.take(f"{device.id}.active_power_w", shown(10.0, minutes=minutes))

    flow = picture.flow(DeviceKind.LOAD, after(minutes=9))

    assert flow.stale_devices == ("steel",)
    assert flow.power_w == 60.0


def test_a_flow_nobody_has_reported_is_absent_not_zero() -> None:
    flow = a_picture().flow(DeviceKind.PV, after())

    assert flow.power_w is None
    assert flow.stale_devices == ("pv",)


def test_a_device_is_stale_one_second_after_its_time_to_live() -> None:
    picture, battery = a_picture(), a_park().device("battery")  # ttl: 3 min
    picture.take("battery.state_of_charge_pct", shown(50.0))

    assert not picture.is_stale(battery, after(minutes=3))
    assert picture.is_stale(battery, after(181))


def test_a_source_is_as_fresh_as_its_newest_device_against_its_most_demanding_one() -> None:
    picture = a_picture()
    picture.take("steel.active_power_w", shown(10.0, minutes=8))
    picture.take("weather.temperature_c", shown(20.0, minutes=2))

    fresh = {source.source_id: source for source in picture.freshness(after(minutes=10))}

    assert fresh["mqtt-site"].age_s == 120
    assert fresh["mqtt-site"].ttl_s == 180
    assert not fresh["mqtt-site"].stale
    assert fresh["modbus-grid"].age_s is None
    assert fresh["modbus-grid"].stale
