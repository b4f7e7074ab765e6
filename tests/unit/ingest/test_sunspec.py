"""SunSpec: numbers found by model and name, as the alliance defines them."""

import pytest

from services.energy.site import DeviceKind
from services.ingest.adapters.mapping import Scale
from services.ingest.adapters.modbus_registers.register_map import Block, Image, Table, value_of
from services.ingest.adapters.modbus_registers.values import Encoding, NumberType
from services.ingest.adapters.sunspec.models import Model, headers, points_of
from services.ingest.adapters.sunspec.points import Unit, Wanted, usual_points

INVERTER = Model(103, 40_070, 50)
METER = Model(203, 40_122, 105)
TRACKERS = Model(160, 40_400, 8 + 2 * 20)


def image_of(model: Model, **values: int) -> Image:
    """What a unit holds of a model; every number that is not named is 0."""
    image, named = Image(), points_of(model)
    image.put(Block(Table.HOLDING, model.address, model.length + 2), [0] * (model.length + 2), 1)
    for name, value in values.items():
        point = named[name.replace("__", "].").replace("_n", "[")]
        registers = Encoding(point.type).encode(value)
        where = Block(Table.HOLDING, model.address + point.offset, len(registers))
        image.put(where, registers, 1)
    return image


def test_names_stand_where_the_definition_says() -> None:
    points = points_of(INVERTER)

    assert (points["W"].offset, points["W"].type, points["W"].scale) == (14, "int16", "W_SF")
    assert (points["WH"].offset, points["WH"].type) == (24, "uint32")
    assert points["W"].invalid == {-32768}
    assert points["WH"].invalid == {0}  # an accumulator that is not implemented


def test_repeating_groups_are_as_many_as_the_models_length_holds() -> None:
    points = points_of(TRACKERS)

    assert points["module[1].DCW"].offset == 10 + 11
    assert points["module[2].DCW"].offset == 10 + 20 + 11
    assert "module[3].DCW" not in points
    assert points["module[2].DCW"].scale == "DCW_SF"


def test_a_unit_that_ends_a_model_early_has_only_what_fits() -> None:
    assert "WH" not in points_of(Model(103, 0, 20))
    assert points_of(Model(64_999, 0, 20)) == {}


def test_the_end_of_the_models_is_seen() -> None:
    assert headers([103, 50], 40_070) == INVERTER
    assert headers([0xFFFF, 0], 40_122) is None


def test_an_inverters_production_is_negative_and_its_energy_counts_up() -> None:
    image = image_of(INVERTER, W=1234, W_SF=1, WH=5000, WH_SF=3)
    points = {p.point_id: p for p in usual_points(Unit([INVERTER]), "pv", DeviceKind.PV)}

    assert value_of(points["pv.active_power_w"], image) == -12_340.0
    assert value_of(points["pv.generation_energy_wh"], image) == 5_000_000.0


def test_a_meter_at_the_connection_imports_and_exports() -> None:
    image = image_of(METER, W=-250, W_SF=0, TotWhImp=7, TotWhExp=9, TotWh_SF=2)
    unit = Unit([INVERTER, METER])
    points = {p.point_id: p for p in usual_points(unit, "grid", DeviceKind.GRID_METER)}

    assert value_of(points["grid.active_power_w"], image) == -250.0
    assert value_of(points["grid.import_energy_wh"], image) == 700.0
    assert value_of(points["grid.export_energy_wh"], image) == 900.0


def test_what_is_declared_stands_instead_of_what_is_usual() -> None:
    declared = {"pv.active_power_w"}

    points = usual_points(Unit([INVERTER]), "pv", DeviceKind.PV, declared)

    assert [p.point_id for p in points] == ["pv.generation_energy_wh"]


def test_the_second_of_two_equal_models_can_be_meant() -> None:
    other = Model(103, 40_200, 50)
    unit = Unit([INVERTER, other])

    found = unit.register_point("pv.active_power_w", Wanted(103, "W", instance=2))

    assert found is not None
    assert found.address == 40_214


@pytest.mark.parametrize(
    "wanted", [Wanted(802, "SoC"), Wanted(103, "Nothing"), Wanted(103, "W", instance=2)]
)
def test_what_a_unit_does_not_have_is_not_found(wanted: Wanted) -> None:
    assert Unit([INVERTER]).find(wanted) is None


def test_a_tracker_takes_the_scale_factor_of_its_model() -> None:
    image = image_of(TRACKERS, module_n2__DCW=500, DCW_SF=1)
    point = Unit([TRACKERS]).register_point("pv.x", Wanted(160, "module[2].DCW", Scale(-1.0)))

    assert point is not None
    assert value_of(point, image) == -5000.0
    assert point.encoding.type is NumberType.UINT16
