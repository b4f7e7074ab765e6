"""Topology and virtual points in the park file: read, or every mistake with its line and cure."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.energy.site import Node, Park
from services.runtime.park_file import ParkFileError, load_park
from tests.support.builders import DEMO_PARK_FILE, a_park

DEMO = DEMO_PARK_FILE.read_text(encoding="utf-8").rstrip() + "\n"
LINES = len(DEMO.splitlines())
PARK = "{id: park, meter: grid, children: [steel, pv, wind, battery], standing_loss_kw: 0.5}"
NORTH = "{id: north, meter: metalwork, children: [offices], loss_share: 0.02, tolerance_kwh: 1.5}"
TOPOLOGY = f"topology:\n  - {PARK}\n  - {NORTH}\n"
SITE = (
    '{id: site.active_power_w, formula: "steel.active_power_w + made.active_power_w", step: 1min}'
)
MADE = "{id: made.active_power_w, formula: pv.active_power_w + wind.active_power_w, step: 1min}"
VIRTUAL = f"virtual_points:\n  - {SITE}\n  - {MADE}\n"


def loaded(text: str, folder: Path) -> Park:
    file = folder / "park.yaml"
    file.write_text(text, encoding="utf-8")
    return load_park(file)


def mistakes(addition: str, folder: Path) -> list[str]:
    with pytest.raises(ParkFileError) as caught:
        loaded(DEMO + addition, folder)
    return str(caught.value).splitlines()


def test_a_park_may_say_nothing_of_either() -> None:
    assert (a_park().topology, a_park().virtual_points) == ((), ())


def test_nodes_are_read_in_watts_and_watt_hours(tmp_path: Path) -> None:
    park = loaded(DEMO + TOPOLOGY, tmp_path)

    assert park.topology == (
        Node("park", "grid", ("steel", "pv", "wind", "battery"), 0.0, 500.0),
        Node("north", "metalwork", ("offices",), 0.02, 0.0, 0.02, 1500),
    )


def test_virtual_points_are_read_and_may_stand_on_each_other(tmp_path: Path) -> None:
    park = loaded(DEMO + VIRTUAL, tmp_path)
    site, made = park.virtual_points

    assert {"site.active_power_w", "steel.active_power_w"} <= park.readable_ids
    assert (site.inputs, site.step) == (
        ("steel.active_power_w", "made.active_power_w"),
        timedelta(minutes=1),
    )
    assert made.id == "made.active_power_w"


def test_every_mistake_in_the_topology_has_its_line_and_cure(tmp_path: Path) -> None:
    wrong = TOPOLOGY.replace("meter: grid", "meter: gird").replace("[offices]", "[offices, steel]")

    assert mistakes(wrong, tmp_path) == [
        f"line {LINES + 2}: topology[park].meter: names no device with a register ('gird')"
        " - name a meter, load, generator, battery or charger",
        f"line {LINES + 3}: topology[north].children: names 'steel', which is a child of 'park'"
        " already - keep it in one of them",
    ]


def test_a_node_that_is_no_node_says_why(tmp_path: Path) -> None:
    found = mistakes("topology:\n  - {id: park, meter: grid, children: steel}\n", tmp_path)

    assert found == [
        f"line {LINES + 2}: topology[park].children: is not a list ('steel') - write [one, another]"
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("pv.active_power_w +", "pw.active_power_w +", "names no point ('pw.active_power_w')"),
        ("pv.active_power_w +", "pv.active_power_w *", "multiplies points"),
        ("pv.active_power_w +", "site.active_power_w +", "needs 'made.active_power_w' itself"),
        ("id: made.active", "id: pv.active", "is of a device ('pv')"),
        ("id: made.active_power_w", "id: made.colour", "does not end in a quantity"),
        ("id: made.active_power_w", "id: made.import_energy_wh", "is a register"),
    ],
)
def test_every_mistake_in_a_virtual_point_has_its_line_and_cure(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    found = [line for line in mistakes(VIRTUAL.replace(old, new), tmp_path) if said in line]

    assert len(found) == 1
    assert found[0].startswith(f"line {LINES + 3}: virtual_points[")
    assert " - " in found[0].partition(said)[2]
