"""A wind turbine's type or power curve in a park file, and what is wrong with it."""

from pathlib import Path

import pytest

from services.energy.site import Turbine
from services.runtime.park_file import ParkFileError, load_park
from tests.support.builders import DEMO_PARK_FILE, a_park

RATED = "rated_kw: 2050"
CURVE = "power_curve: {speed_m_s: [3, 12, 25], power_kw: [0, 2050, 2050]}"


def turbine(more: str, folder: Path) -> Turbine | None:
    """Return the turbine of a park file whose wind device says something more."""
    text = DEMO_PARK_FILE.read_text(encoding="utf-8")
    assert text.count(RATED) == 1
    file = folder / "park.yaml"
    file.write_text(text.replace(RATED, f"{RATED}, {more}"), encoding="utf-8")
    return load_park(file).device("wind").turbine


def mistake(more: str, folder: Path) -> str:
    with pytest.raises(ParkFileError) as caught:
        turbine(more, folder)
    (only,) = str(caught.value).splitlines()
    return only


def test_a_turbine_of_which_nothing_is_told_has_no_curve() -> None:
    assert a_park().device("wind").turbine is None


def test_a_turbine_is_told_by_its_type_or_by_its_own_curve(tmp_path: Path) -> None:
    known = turbine("hub_height_m: 98, turbine: V90/2000", tmp_path)
    own = turbine(f"hub_height_m: 98, wind_height_m: 100, {CURVE}", tmp_path)

    assert known == Turbine(98.0, 10.0, "V90/2000")
    assert own == Turbine(98.0, 100.0, None, (3.0, 12.0, 25.0), (0.0, 2_050_000.0, 2_050_000.0))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (CURVE, "power_curve: stands without hub_height_m"),
        (f"hub_height_m: 98, turbine: V90/2000, {CURVE}", "turbine: stands beside power_curve"),
        ("hub_height_m: 0, turbine: V90/2000", "hub_height_m"),
        (f"hub_height_m: 98, {CURVE.replace('12', '2')}", "speed_m_s: does not rise"),
        (f"hub_height_m: 98, {CURVE.replace('[0, ', '[')}", "has 2 powers beside 3 speeds"),
        (f"hub_height_m: 98, {CURVE.replace('2050', '2050000')}", "is the unit right?"),
    ],
)
def test_what_is_wrong_with_a_turbine_is_told(more: str, told: str, tmp_path: Path) -> None:
    assert told in mistake(more, tmp_path)
