"""Rules of validation changed in the park file: who is meant, what stands, what is refused."""

import re
from math import inf, isnan
from pathlib import Path

import pytest

from services.runtime.park_file import ParkFileError, load_park
from services.runtime.park_file_validation import ANY, COUNTED, MEASURED
from services.runtime.park_file_values import Misread
from services.validation.domain.energy.table import RegisterRule
from services.validation.domain.partition import ParkRules
from services.validation.domain.point_rules import FIELDS, PointRules
from tests.support.builders import DEMO_PARK_FILE, REPOSITORY

PAGE = REPOSITORY / "docs" / "validation.md"
STEEL, STEEL_METER = "steel.active_power_w", "steel.consumption_energy_wh"


def rules_with(section: str, folder: Path) -> ParkRules:
    """Return what validation goes by when this section is at the end of the demo's park file."""
    file = folder / "park.yaml"
    file.write_text(DEMO_PARK_FILE.read_text(encoding="utf-8") + section, encoding="utf-8")
    return ParkRules.of(load_park(file))


def mistake_with(section: str, folder: Path) -> str:
    with pytest.raises(ParkFileError) as caught:
        rules_with(section, folder)
    (mistake,) = str(caught.value).splitlines()
    return mistake


def of_point(rules: ParkRules, point_id: str) -> PointRules:
    return rules.readings.of_point[rules.readings.ids.index(point_id)]


def of_register(rules: ParkRules, point_id: str) -> RegisterRule:
    return rules.registers.rule(rules.row_of[point_id])


def test_without_a_section_everything_is_as_the_kind_of_device_says(tmp_path: Path) -> None:
    rules = rules_with("", tmp_path)

    assert of_point(rules, STEEL).spike_above == 120_000
    assert of_register(rules, STEEL_METER) == RegisterRule(largest_w=1_200_000)


def test_a_period_is_declared_or_off_where_a_point_tells_changes_only(tmp_path: Path) -> None:
    section = "\nvalidation:\n  quantities: {active_power_w: {period: 90s}}\n"
    section += f"  points: {{{STEEL}: {{period: off}}}}\n"

    rules = rules_with(section, tmp_path)

    assert of_point(rules, "metalwork.active_power_w").period_s == 90
    assert of_point(rules, STEEL).period_s == inf
    assert isnan(of_point(rules, STEEL_METER).period_s)  # learned


def test_the_example_of_the_page_says_what_the_page_says(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(validation:.*?)```", PAGE.read_text("utf-8"), re.S)

    rules = rules_with(example, tmp_path)

    assert of_point(rules, STEEL).spike_above == 250_000
    assert of_point(rules, STEEL).late_after_s == 1800  # of its quantity
    assert of_point(rules, "metalwork.active_power_w").late_after_s == 1800
    assert of_point(rules, STEEL_METER).late_after_s == 900
    assert of_point(rules, "boilerhouse_gas.thermal_power_w").stuck_after_s == inf
    assert of_point(rules, "boilerhouse_gas.consumption_energy_wh").stuck_after_s == 48 * 3600
    gas = of_register(rules, "boilerhouse_gas.consumption_energy_wh")
    assert (gas.gap_after_us, gas.linear_until_us) == (2_400_000_000, 14_400_000_000)
    assert gas.modulus_wh == 10**9
    assert of_register(rules, "charger_52.consumption_energy_wh").largest_w == 11_000
    assert of_point(rules, "charger_01.consumption_energy_wh").steepest_per_s * 3600 == 11_000


def test_every_threshold_but_the_range_can_be_said(tmp_path: Path) -> None:
    said: set[str] = set()
    for read in (*ANY.values(), *MEASURED.values(), *COUNTED.values()):
        for text in ("1", "1min", "true"):
            try:
                said |= set(read(text).readings)
            except Misread:
                continue  # another kind of value

    assert said == set(FIELDS) - {"minimum", "maximum"}  # those are the device's `ranges`


@pytest.mark.parametrize(
    ("section", "says"),
    [
        (
            "validation: {points: {steel.activ_power_w: {late_after: 1h}}}",
            "validation.points.steel.activ_power_w: is not a point ('steel.activ_power_w') - "
            "did you mean steel.active_power_w?",
        ),
        (
            "validation: {devices: {stel: {late_after: 1h}}}",
            "validation.devices.stel: is not a device ('stel') - did you mean steel?",
        ),
        (
            "validation: {quantities: {active_power_kw: {late_after: 1h}}}",
            "is not a quantity of the park ('active_power_kw') - did you mean active_power_w?",
        ),
        (
            "validation: {devices: {steel: {spike_abov: 3}}}",
            "validation.devices.steel.spike_abov: is not a known key ('spike_abov') - write one of",
        ),
        (
            "validation: {points: {steel.active_power_w: {spike_abov: 3}}}",
            "is not a known key ('spike_abov') - did you mean spike_above?",
        ),
        (
            "validation: {points: {steel.active_power_w: {spike_above: -3}}}",
            "validation.points.steel.active_power_w.spike_above: is negative ('-3') - "
            "write 0 or more",
        ),
        (
            "validation: {points: {steel.active_power_w: {stuck_after: 3}}}",
            "is not a duration ('3') - write a number and s, min, h or d, e.g. 15min",
        ),
        (
            "validation: {points: {steel.consumption_energy_wh: {gap_after: 2h}}}",
            "is too long ('2h') - a register that is silent for longer than 50min has a gap",
        ),
        (
            "validation: {devices: {weather: {gap_after: 30min}}}",
            "is a rule of registers, and this device has none - leave it out",
        ),
        ("validation: {point: {}}", "is not a known key ('point') - did you mean points?"),
    ],
)
def test_a_mistake_has_its_line_and_its_cure(section: str, says: str, tmp_path: Path) -> None:
    line = len(DEMO_PARK_FILE.read_text(encoding="utf-8").splitlines()) + 1

    mistake = mistake_with(section, tmp_path)

    assert mistake.startswith(f"line {line}: ")
    assert says in mistake
