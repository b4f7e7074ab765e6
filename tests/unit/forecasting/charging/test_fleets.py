"""Which chargers are forecast as one, and what their forecast is called."""

from dataclasses import replace

import pytest

from services.energy.site import Device, Node, Park
from services.forecasting.domain.charging.fleets import fleets_of
from services.forecasting.park_check import check_fleets
from services.runtime.environment import SettingsError
from tests.support.builders import a_park


def with_nodes(*nodes: Node) -> Park:
    return replace(a_park(), topology=nodes)


def test_without_a_topology_all_chargers_are_one_fleet() -> None:
    (fleet,) = fleets_of(a_park())

    assert fleet.point_id == "charging.active_power_w"
    assert list(fleet.rating_w)[:2] == ["charger_01", "charger_02"]
    assert set(fleet.rating_w.values()) == {7_000.0}
    assert len(fleet.rating_w) == 52


def test_chargers_behind_several_nodes_are_a_fleet_each_so_that_nodes_add_up() -> None:
    park = with_nodes(Node("hall", "steel", ("charger_01", "charger_02")))

    hall, others = fleets_of(park)

    assert (hall.point_id, len(hall.rating_w)) == ("charging_hall.active_power_w", 2)
    assert (others.point_id, len(others.rating_w)) == ("charging.active_power_w", 50)


def test_a_park_without_chargers_has_no_fleet() -> None:
    devices = tuple(d for d in a_park().devices if not d.id.startswith("charger_"))

    assert fleets_of(replace(a_park(), devices=devices)) == ()


def test_a_device_of_the_fleets_name_is_told_with_its_cure() -> None:
    steel: Device = a_park().device("steel")
    named = replace(a_park(), devices=(*a_park().devices, replace(steel, id="charging")))

    check_fleets(a_park())
    with pytest.raises(SettingsError, match="'charging' is the name of the charging fleet"):
        check_fleets(named)
