"""Factor files: every mistake at once, with file, line, field, value and cure."""

from pathlib import Path

import pytest

from services.carbon_accounting.domain.factoring.store import FactorStore
from services.carbon_accounting.input_files.factor_import import (
    FactorMistakes,
    load_factor_store,
    main,
    read_factors,
)
from services.carbon_accounting.input_files.mistakes import Mistake
from tests.support.carbon_factors import A_FUEL, a_file


def mistakes_of(*files: Path) -> tuple[Mistake, ...]:
    with pytest.raises(FactorMistakes) as caught:
        read_factors(files)
    return caught.value.mistakes


def read(folder: Path, *rows: dict[str, str]) -> FactorStore:
    return read_factors([a_file(folder, *rows)])


def test_one_row_is_one_factor_in_each_of_its_ledgers(tmp_path: Path) -> None:
    store = read(tmp_path, {"ledgers": "location_based market_based"})

    assert sorted(factor.id for factor in store) == [
        "location_based/grid-electricity/CN/2030",
        "market_based/grid-electricity/CN/2030",
    ]


def test_rows_of_commas_alone_say_nothing(tmp_path: Path) -> None:
    path = a_file(tmp_path, {})
    commas = "," * path.read_text().splitlines()[0].count(",")
    path.write_text(path.read_text() + f"{commas}\n,,\n{commas},,\n", encoding="utf-8")

    assert len(list(read_factors([path]))) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"ledgers": "pcf"}, "ledgers"),
        ({"ledgers": ""}, "ledgers"),
        ({"ledgers": "cbam cbam"}, "ledgers"),
        ({"ledgers": "park_acceptance", "gas": "CO2e", "unit": "kgCO2e/kWh"}, "gas"),
        ({"quantity": ""}, "quantity"),
        ({"region": "here and there"}, "region"),
        ({"valid_from": "1.1.2030"}, "valid_from"),
        ({"valid_from": "2031-01-01", "valid_until": "2030-01-01"}, "valid_until"),
        ({"valid_from": "2031-01-01"}, "valid_until"),
        ({"version": "0"}, "version"),
        ({"version": "1.5"}, "version"),
        ({"published": "soon"}, "published"),
        ({"value": "-0.4"}, "value"),
        ({"value": "0,4"}, "row"),
        ({"value": "NaN"}, "value"),
        ({"value": "1e400000000"}, "value"),
        ({"value": ""}, "value"),
        ({"unit": "lb/kWh"}, "unit"),
        ({"unit": "9**9**9"}, "unit"),
        ({"unit": "kWh"}, "unit"),
        ({"unit": "kg/kWh"}, "unit"),
        ({"gas": "CO2", "unit": "kgCO2e/kWh"}, "unit"),
        ({"gas": "CO2e", "unit": "kgCO2/kWh", "ledgers": "location_based"}, "unit"),
        ({"trust": "W"}, "trust"),
        ({"source": ""}, "source"),
        ({"oxidation": "0.98"}, "ncv"),
        (A_FUEL | {"oxidation": "1.1"}, "oxidation"),
        (A_FUEL | {"ncv": "0"}, "ncv"),
        (A_FUEL | {"ncv_unit": "MJ"}, "unit"),
        (A_FUEL | {"unit": "kgCO2/t"}, "unit"),
        (A_FUEL | {"carbon_t_per_gj": "", "value": ""}, "value"),
    ],
)
def test_a_wrong_field_is_named_with_its_line_value_and_cure(
    tmp_path: Path, wrong: dict[str, str], field: str
) -> None:
    found = mistakes_of(a_file(tmp_path, {"quantity": "good"}, wrong))

    assert [(m.file, m.line, m.field) for m in found] == [("own.csv", 3, field)]
    assert field == "row" or found[0].what == repr(wrong.get(field)) or field not in wrong
    assert found[0].cure


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    first = a_file(tmp_path, {"unit": "lb", "trust": "W"}, {"value": "x"}, name="a.csv")
    second = a_file(tmp_path, {"version": "?"}, name="b.csv")

    told = [(m.file, m.line, m.field) for m in mistakes_of(first, second)]

    assert sorted(told) == [
        ("a.csv", 2, "trust"),
        ("a.csv", 2, "unit"),
        ("a.csv", 3, "value"),
        ("b.csv", 2, "version"),
    ]


def test_a_mistake_reads_as_one_line(tmp_path: Path) -> None:
    (mistake,) = mistakes_of(a_file(tmp_path, {"value": "-0.4"}))

    assert str(mistake) == (
        "own.csv:2: value '-0.4' - give a number of at least 0 with a decimal point, such as 0.5306"
    )


def test_overlapping_validity_of_one_version_is_refused(tmp_path: Path) -> None:
    longer = {"valid_from": "2030-06-01", "valid_until": "2032-01-01"}

    (mistake,) = mistakes_of(a_file(tmp_path, {}, longer))

    assert (mistake.line, mistake.field, mistake.what) == (3, "valid_from", "'2030-06-01'")
    assert mistake.cure == (
        "version 1 overlaps location_based/grid-electricity/CN/2030; end one or give the next "
        "version"
    )


def test_an_own_factor_may_not_hide_behind_one_of_the_rules(tmp_path: Path) -> None:
    same_year = {"valid_from": "2023-01-01", "valid_until": "2024-01-01"}

    with pytest.raises(
        FactorMistakes, match=r"own.csv:2: valid_from '2023-01-01' - version 1 over"
    ):
        load_factor_store([a_file(tmp_path, same_year)])
    newer = load_factor_store([a_file(tmp_path, same_year | {"version": "2"})])
    assert newer.version("location_based/grid-electricity/CN/2023", 2) is not None


def test_a_value_that_its_parts_deny_is_told_and_not_repaired(tmp_path: Path) -> None:
    # 30 MJ/Nm3 x 0.02 tC/GJ x 1 x 44/12 = 2.2 kg/Nm3, not 2.0
    (said,) = read(tmp_path, A_FUEL).contradictions()

    assert said == (
        "syngas: states 2 kgCO2/Nm3, but NCV x CC x OF x 44/12 of its parts is 2.2; the parts are "
        "used, correct the row"
    )
    assert read(tmp_path, A_FUEL | {"value": "2.2"}).contradictions() == ()


def test_the_rules_say_themselves_that_fuel_oil_is_off_by_one_digit() -> None:
    # 41.816 x 0.0211 x 0.98 x 44/12 = 3.17046, and rules C.2 print 3.171
    (said,) = load_factor_store().contradictions()

    assert said.startswith("fuel-oil: states 3.171 tCO2/t, but")


@pytest.mark.parametrize(
    ("content", "field"),
    [(b"\xff\xfe", "file"), (b"", "header"), (b"ledgers,value\n", "header")],
)
def test_a_file_that_is_no_factor_file_is_named(tmp_path: Path, content: bytes, field: str) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes(content)

    assert [m.field for m in mistakes_of(path)] == [field]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    (mistake,) = mistakes_of(tmp_path / "none.csv")

    assert mistake.field == "file"


def test_a_row_that_is_too_short_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    path = a_file(tmp_path, {})
    path.write_text(path.read_text() + "location_based,short\n")

    (mistake,) = mistakes_of(path)

    assert (mistake.line, mistake.field, mistake.what) == (3, "row", "'short'")


def test_a_file_saved_by_a_spreadsheet_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = a_file(tmp_path, {})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert len(list(read_factors([path]))) == 1


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(a_file(tmp_path, {}))]) == 0
    assert "factors\nfuel-oil: states" in capsys.readouterr().out
    assert main([str(a_file(tmp_path, {"trust": "W"}))]) == 1
    assert "own.csv:2: trust 'W'" in capsys.readouterr().out
