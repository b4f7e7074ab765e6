"""A mapping file is checked as a whole: every mistake with its line and its cure."""

from pathlib import Path

import numpy as np
import pytest

from services.energy.quantities import Quantity
from services.ingest.domain.local_times import RepeatedHour
from services.ingest.domain.units import Conversion, units_of
from services.ingest.importing.mapping import Layout, MappingError
from tests.support.import_files import a_mapping


def test_a_mapping_says_how_a_file_is_read(tmp_path: Path) -> None:
    mapping = a_mapping(
        tmp_path,
        "layout: wide\nsource: archive\ntime_zone: Asia/Shanghai\nrepeated_hour: later\n"
        "decimal: comma\ndelimiter: tab\nencoding: gb18030\n"
        "points:\n  A: {point: steel.active_power_w, unit: kW}\n",
    )

    assert (mapping.layout, mapping.source_id) == (Layout.WIDE, "archive")
    assert (mapping.repeated_hour, mapping.delimiter) == (RepeatedHour.LATER, "\t")
    assert mapping.targets["A"].conversion == Conversion(1000.0)


def test_every_mistake_is_told_at_once_with_line_and_cure(tmp_path: Path) -> None:
    with pytest.raises(MappingError) as refused:
        a_mapping(
            tmp_path,
            "layout: narrow\n"
            "time_zone: Berlin\n"
            "time_format: german\n"
            "decimal: ','\n"
            "delimiter: ';;'\n"
            "encoding: utf-9\n"
            "colums: {}\n"
            "points:\n"
            "  A: {point: steel.active_power}\n"
            "  B: {point: steel.active_power_w, unit: kWh}\n"
            "  C: {unit: kW}\n",
        )

    told = str(refused.value).splitlines()
    assert [int(line.split("line ")[1].split(":")[0]) for line in told] == [
        1, 2, 3, 4, 5, 6, 7, 9, 10, 11,
    ]  # fmt: skip
    for words in (
        "write one of long, wide",
        "write an IANA name like Asia/Shanghai",
        "epoch_s",
        "did you mean columns?",
        "did you mean steel.active_power_w?",
        "'kWh' is no unit of active_power_w",
        "C.point: is missing",
    ):
        assert words in str(refused.value)


def test_a_wide_layout_needs_the_point_of_each_column(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="name the point of each column"):
        a_mapping(tmp_path, "layout: wide\n")


@pytest.mark.parametrize(
    ("quantity", "unit", "written", "meant"),
    [
        (Quantity.ACTIVE_POWER, "MW", 1.5, 1_500_000.0),
        (Quantity.IMPORT_ENERGY, "kWh", 2.0, 2000.0),
        (Quantity.IMPORT_ENERGY, "GJ", 3.6, 1_000_000.0),
        (Quantity.STATE_OF_CHARGE, "1", 0.5, 50.0),
        (Quantity.TEMPERATURE, "K", 293.15, 20.0),
        (Quantity.TEMPERATURE, "°F", 212.0, 100.0),
        (Quantity.IRRADIANCE, "kW/m2", 0.8, 800.0),
        (Quantity.DEPARTURE, "ms", 1500.0, 1.5),
    ],
)
def test_a_unit_becomes_that_of_the_point(
    quantity: Quantity, unit: str, written: float, meant: float
) -> None:
    (value,) = units_of(quantity)[unit].of(np.array([written]))

    assert value == pytest.approx(meant)


def test_a_yes_or_no_has_no_unit() -> None:
    assert not units_of(Quantity.CONNECTED)
