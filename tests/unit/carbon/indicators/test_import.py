"""Indicator files: a new indicator without code, and every mistake at once with its line."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from services.carbon_accounting.domain.indicators.catalogue import Published, published
from services.carbon_accounting.domain.indicators.per_product import Product
from services.carbon_accounting.domain.indicators.showing import Verdict, shown
from services.carbon_accounting.domain.indicators.targets import Direction, Target
from services.carbon_accounting.domain.indicators.vocabulary import Word
from services.carbon_accounting.input_files.indicator_import import (
    INDICATOR_FILES,
    IndicatorMistakes,
    read_draft,
    read_indicators,
)
from services.energy.site import Text
from tests.support.indicators import a_file, edition, known, totals

GOOD = """\
inputs:
  - {id: canteen.energy, unit: kWh, says: {en: canteen, zh: 食堂}}
  - {id: canteen.meals, unit: pcs, says: {en: meals, zh: 餐数}}
indicators:
  - id: energy_per_meal
    version: 1
    system: park
    name: {en: Energy per meal, zh: 单餐能耗}
    unit: kWh/pcs
    formula: canteen.energy / canteen.meals
    direction: at_most
    targets:
      - {says: {en: ours, zh: 自定}, limit: 0.5, trust: D, source: our own aim}
    periods: [month]
    trust: D
    source: our own
    valid_from: 2026-01-01
"""


def mistakes_in(folder: Path, text: str) -> list[str]:
    with pytest.raises(IndicatorMistakes) as refused:
        read_indicators([a_file(folder, text)])
    return list(refused.value.lines)


def test_a_new_indicator_is_a_file_and_no_code(tmp_path: Path) -> None:
    book = read_indicators([*INDICATOR_FILES, a_file(tmp_path, GOOD)])

    found = shown(
        edition(book.catalogue), totals({"canteen.energy": "300 kWh", "canteen.meals": "500 pcs"})
    )["energy_per_meal"]

    assert known(found) == Fraction("0.6")
    assert found.verdict is Verdict.MISSED


def test_every_mistake_of_a_file_is_told_with_line_value_and_cure(tmp_path: Path) -> None:
    text = (
        GOOD.replace("unit: kWh, says", "unit: kwhh, says")
        .replace("version: 1", "version: one")
        .replace("at_most", "downwards")
        .replace("limit: 0.5", "limit: half")
        .replace("trust: D\n", "trust: X\n")
        .replace("2026-01-01", "1 January")
        .replace("source: our own\n", "sauce: our own\n")
    )

    assert mistakes_in(tmp_path, text) == [
        "own.yaml:2: inputs[canteen.energy].unit: is no unit ('kwhh') - "
        "give one such as kWh, t, m3, Nm3, GJ/t",
        "own.yaml:5: indicators[energy_per_meal].source: is missing - add source",
        "own.yaml:6: indicators[energy_per_meal].version: is not a whole number ('one') - "
        "write digits only, e.g. 52",
        "own.yaml:11: indicators[energy_per_meal].direction: is not known here ('downwards') - "
        "write one of at_most, at_least",
        "own.yaml:13: indicators[energy_per_meal].targets[0].limit: is not a number ('half') - "
        "write a number like 12.5",
        "own.yaml:15: indicators[energy_per_meal].trust: is not known here ('X') - "
        "write one of D, GAP, M, V, V2",
        "own.yaml:16: indicators[energy_per_meal].sauce: is not a known key ('sauce') - "
        "did you mean source?",
        "own.yaml:17: indicators[energy_per_meal].valid_from: is no day ('1 January') - "
        "write it like 2026-01-01",
    ]


def test_formulas_of_wrong_units_are_told_in_their_line(tmp_path: Path) -> None:
    text = GOOD.replace("energy / canteen.meals", "energy + canteen.meals")

    assert mistakes_in(tmp_path, text) == [
        "own.yaml:10: indicators[energy_per_meal].formula: 'canteen.energy' (character 1) and "
        "'canteen.meals' (character 18) cannot be added or compared: kWh and pcs - "
        "convert one of them, or divide each by what it is for"
    ]


def test_a_wrong_reading_is_told_in_its_own_line(tmp_path: Path) -> None:
    more = "    readings:\n      - side: optimistic\n        formula: canteen.energy\n"
    more += "        says: {en: more, zh: 更多}\n    direction:"

    (told,) = mistakes_in(tmp_path, GOOD.replace("    direction:", more))

    assert told.startswith("own.yaml:9: ")
    assert "comes out in kWh, which is no kWh/pcs" in told


def test_a_name_may_not_stand_twice_even_in_two_files(tmp_path: Path) -> None:
    own = a_file(tmp_path, GOOD.replace("id: canteen.meals", "id: water.intake"))

    with pytest.raises(IndicatorMistakes) as refused:
        read_indicators([*INDICATOR_FILES, own])

    assert refused.value.lines == (
        "own.yaml:3: inputs[water.intake].id: is 'water.intake' a second time - "
        "keep one of the two",
    )


def test_what_is_no_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    assert mistakes_in(tmp_path, "indicators: [\n")[0].startswith("own.yaml:2: is not YAML")


def test_a_tag_that_would_run_code_does_nothing(tmp_path: Path) -> None:
    made = tmp_path / "made"
    text = f"indicators: !!python/object/apply:os.mkdir [{made}]\n"

    assert "not a mapping" in mistakes_in(tmp_path, text)[0]
    assert not made.exists()


def test_a_circle_is_told_in_the_file(tmp_path: Path) -> None:
    text = GOOD.replace("canteen.energy / canteen.meals", "indicator.energy_per_meal * 1")

    (told,) = mistakes_in(tmp_path, text)

    assert "needs itself: energy_per_meal -> energy_per_meal" in told


def test_each_product_has_its_own_indicator_and_grade_2_as_its_target() -> None:
    limit = Target(Fraction(600), Text("grade 2", "二级"), "V2", "GB of steel")
    steel = Product("steel", Text("steel", "钢材"), "t", {2: limit})
    glass = Product("glass", Text("glass", "玻璃"), "m3")
    book = read_indicators(products=(steel, glass))

    found = shown(
        edition(book.catalogue),
        totals(
            {
                "product_energy.steel": "59 tce",
                "production.steel": "100 t",
                "product_energy.glass": "1 tce",
                "production.glass": "20 m3",
                "product_emissions.location_based.steel": "150 tCO2",
            }
        ),
    )

    assert known(found["unit_energy.steel"]) == 590
    assert found["unit_energy.steel"].verdict is Verdict.MET
    assert found["unit_energy.steel"].definition.targets.direction is Direction.AT_MOST
    assert known(found["unit_energy.glass"]) == 50
    assert found["unit_energy.glass"].verdict is Verdict.NO_TARGET
    assert known(found["location_intensity.steel"]) == 1500


def test_an_identity_of_two_ledgers_or_two_units_is_refused(tmp_path: Path) -> None:
    text = """\
identities:
  - id: wrong
    name: {en: wrong, zh: 错}
    unit: tCO2
    sides: [ledger.cbam.total, ledger.battery.total]
    tolerance: 0
    tolerance_share: 0
    trust: D
    source: a test
"""

    assert "compares battery, cbam, which are never compared" in mistakes_in(tmp_path, text)[0]
    other_unit = mistakes_in(tmp_path, text.replace("unit: tCO2", "unit: kWh"))
    assert "comes out in tCO2, which is no kWh" in other_unit[0]


def test_nobody_can_declare_a_ledger_total_anew_and_so_take_its_ledger_away(
    tmp_path: Path,
) -> None:
    text = GOOD.replace("id: canteen.energy,", "id: ledger.cbam.total,")

    assert mistakes_in(tmp_path, text) == [
        "own.yaml:2: inputs[ledger.cbam.total].id: is no name for an input ('ledger.cbam.total') "
        "- begin with none of ledger, indicator, target, constant, production, product_energy, "
        "product_emissions"
    ]


def test_a_parks_points_are_inputs_of_its_indicators(tmp_path: Path) -> None:
    formula = "\"'point.labs-a.energy' / canteen.meals\""
    text = GOOD.replace("canteen.energy / canteen.meals", formula)
    point = Word("point.labs-a.energy", "kWh", Text("labs A", "实验楼A"))

    book = read_indicators([a_file(tmp_path, text)], points=[point])

    found = shown(
        edition(book.catalogue), totals({"point.labs-a.energy": "7 kWh", "canteen.meals": "2 pcs"})
    )["energy_per_meal"]
    assert known(found) == Fraction("3.5")
    assert not found.is_usual  # it is meant for months, this is a year


DRAFT = """\
id: water_reuse
version: 1
system: park
name: {en: Reuse, zh: 重复利用}
unit: percent
formula: water.reused / water.intake
direction: at_least
periods: [month]
trust: D
source: our own
valid_from: 2026-08-01
"""


def test_a_draft_is_a_text_that_becomes_the_next_version() -> None:
    catalogue = read_indicators().catalogue

    done = published(catalogue, read_draft(DRAFT), today=date(2026, 7, 1))

    assert isinstance(done, Published)
    assert done.definition.version == 2
    assert done.catalogue.versions("water_reuse")[0] == catalogue.versions("water_reuse")[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "draft:1: is empty"),
        ("[", "draft:1: is not YAML"),
        ("- a", "draft:1: is a list, not a mapping"),
        (DRAFT.replace("month", "decade"), "draft:8: periods: is not known here ('decade')"),
    ],
)
def test_what_is_no_draft_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(IndicatorMistakes) as refused:
        read_draft(text)

    assert refused.value.lines[0].startswith(told)


STEEL_FILE = """\
products:
  - id: steel
    name: {en: steel, zh: 钢材}
    unit: t
    limits:
      - {grade: 2, kgce: 600, trust: V2, source: its standard}
      - {grade: 1, kgce: 500, trust: V2, source: its standard}
"""


def test_products_and_their_limits_are_data_too(tmp_path: Path) -> None:
    book = read_indicators([*INDICATOR_FILES, a_file(tmp_path, STEEL_FILE)])

    found = shown(
        edition(book.catalogue),
        totals({"product_energy.steel": "61 tce", "production.steel": "100 t"}),
    )

    assert found["unit_energy.steel"].verdict is Verdict.MISSED
    assert sorted(book.products[0].limits) == [1, 2]


def test_mistakes_of_products_are_told_with_their_lines(tmp_path: Path) -> None:
    text = STEEL_FILE.replace("kgce: 600", "kgce: lots").replace("unit: t", "unit: tt")

    assert mistakes_in(tmp_path, text) == [
        "own.yaml:4: products[steel].unit: is no unit ('tt') - "
        "give one such as kWh, t, m3, Nm3, GJ/t",
        "own.yaml:6: products[steel].limits[0].kgce: is not a number ('lots') - "
        "write a number like 12.5",
    ]


def test_a_grade_has_one_limit(tmp_path: Path) -> None:
    (told,) = mistakes_in(tmp_path, STEEL_FILE.replace("grade: 1", "grade: 2"))

    assert (
        told == "own.yaml:5: products[steel].limits: names a grade twice - keep one limit a grade"
    )
