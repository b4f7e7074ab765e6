"""Every device reports the quantities of its kind, within what is physically believable."""

from services.energy.device_points import grid_range_w
from services.energy.quantities import Quantity
from services.energy.site import DeviceKind, Point
from tests.support.builders import a_park


def the_point(point_id: str) -> Point:
    point = a_park().point(point_id)
    assert point is not None
    return point


def test_the_grid_meter_may_read_beyond_its_limit_as_far_as_the_devices_can_push() -> None:
    park = a_park()

    low, high = grid_range_w(park.connection, park.devices)

    # PV 3000 + wind 2050 + battery 1500 = 6550 kW, and a fifth more
    assert low == -7_860_000
    # loads 3810 + battery 1500 + chargers 364 = 5674 kW, and a fifth more
    assert high == 6_808_800


def test_production_is_negative_but_for_a_little_standby() -> None:
    point = the_point("pv.active_power_w")

    assert (point.minimum, point.maximum) == (-3_600_000, 60_000)


def test_an_idle_charger_may_show_a_small_negative_power() -> None:
    assert the_point("charger_01.active_power_w").minimum == -140


def test_the_state_of_charge_is_a_percentage() -> None:
    point = the_point("battery.state_of_charge_pct")

    assert (point.minimum, point.maximum) == (0, 100)


def test_registers_are_never_negative() -> None:
    registers = [point for point in a_park().points if point.quantity.is_register]

    assert registers
    assert {point.minimum for point in registers} == {0.0}


def test_every_device_has_points_and_every_point_an_id_of_its_own() -> None:
    park = a_park()

    assert {point.device_id for point in park.points} == {device.id for device in park.devices}
    assert len({point.id for point in park.points}) == len(park.points)


def test_a_charger_says_whether_a_vehicle_is_there_and_what_it_wants() -> None:
    charger = a_park().devices_of(DeviceKind.CHARGER)[0]
    quantities = {p.quantity for p in a_park().points if p.device_id == charger.id}

    assert quantities == {
        Quantity.ACTIVE_POWER,
        Quantity.CONSUMPTION_ENERGY,
        Quantity.CONNECTED,
        Quantity.REQUESTED_ENERGY,
        Quantity.DEPARTURE,
    }
