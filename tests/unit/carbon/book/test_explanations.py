"""A guiding indicator that a park explains not to have; a veto cannot be explained away."""

from pathlib import Path

from services.carbon_accounting.domain.indicators.showing import explained_in
from services.carbon_accounting.input_files.indicator_import import read_indicators
from tests.support.booking import Booked, run

PARK = """
park: {id: mill, name: {en: Mill, zh: 工厂}, time_zone: Asia/Shanghai, currency: CNY}
tenants: [{id: a, name: {en: A, zh: 甲}}]
accounting:
  meters:
    - {id: grid, role: grid_import}
    - {id: load, role: consumption, enterprise: a}
"""
READINGS = "time,grid,load\n2026-03-01T00:00+08:00,10,10\n2026-03-01T00:15+08:00,10,10\n"


def explained(folder: Path, **why: str) -> Booked:
    told = "".join(f"    {name}: {text}\n" for name, text in why.items())
    return run(folder, f"{PARK}  does_not_apply:\n{told}", READINGS)


def test_an_indicator_that_is_explained_does_not_apply_in_any_period(tmp_path: Path) -> None:
    booked = explained(tmp_path, waste_energy_utilisation="no process gives off heat")

    rows = [r for r in booked.rows("indicators") if r["indicator"] == "waste_energy_utilisation"]
    assert {row["kind"] for row in rows} == {"month", "year_to_date"}
    assert {(row["verdict"], row["explanation"]) for row in rows} == {
        ("does not apply", "no process gives off heat")
    }
    others = [row for row in booked.rows("indicators") if row not in rows]
    assert {row["explanation"] for row in others} == {""}


def test_a_veto_and_what_is_no_indicator_are_refused_with_their_lines(tmp_path: Path) -> None:
    booked = explained(tmp_path, core_carbon_intensity="too high", waste_enrgy="none")

    assert booked.code == 2
    assert [line.partition(" - ")[0] for line in booked.refused.splitlines()] == [
        "park.yaml:8: accounting.does_not_apply.core_carbon_intensity applies to every park",
        "park.yaml:9: accounting.does_not_apply.waste_enrgy is no indicator",
    ]


def test_an_edition_has_room_for_explanations_of_guiding_indicators_alone() -> None:
    catalogue = read_indicators().catalogue
    edition = catalogue.edition(max(one.valid_from for one in catalogue.definitions))

    found = explained_in(edition, {"core_carbon_intensity": "x", "water_reuse": "y", "z": "z"})

    assert found == {"water_reuse": "y"}
