"""The journal has whole lines only, whatever killed its writer."""

from pathlib import Path

from services.simulator.journal import Journal
from tests.unit.simulator.builders import START_S


def test_each_published_reading_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "journal.csv"

    Journal(file).write(START_S, {"pv": {"active_power_w": -1.5, "generation_energy_wh": 7}})

    assert file.read_text() == (
        "pv,active_power_w,2019-06-03T22:00:00Z,-1.5\n"
        "pv,generation_energy_wh,2019-06-03T22:00:00Z,7\n"
    )


def test_a_torn_line_is_dropped_before_going_on(tmp_path: Path) -> None:
    file = tmp_path / "journal.csv"
    file.write_text("pv,active_power_w,2019-06-03T22:00:00Z,-1.5\npv,gener")

    Journal(file).write(START_S, {"steel": {"active_power_w": 2.0}})

    assert file.read_text().splitlines() == [
        "pv,active_power_w,2019-06-03T22:00:00Z,-1.5",
        "steel,active_power_w,2019-06-03T22:00:00Z,2.0",
    ]


def test_without_a_path_nothing_is_written() -> None:
    Journal(None).write(START_S, {"pv": {"active_power_w": -1.5}})
