"""`python -m services.dispatch solve`: a plan whenever the input is not refused."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.dispatch.solve.command import main
from services.dispatch.solve.plan_file import document_of
from services.dispatch.solve.table import lines_of
from tests.support.builders import REPOSITORY
from tests.unit.dispatch.solve.documents import (
    BATTERY,
    a_cny_off,
    a_document,
    a_file,
    a_plan,
    nothing,
)

Said = pytest.CaptureFixture[str]


def plan_of(directory: Path) -> Any:
    return json.loads((directory / "plan.json").read_text(encoding="utf-8"))


def run(directory: Path, *more: str, **document: Any) -> int:
    return main([a_file(directory, **document), "--out", str(directory / "plan.json"), *more])


def test_a_plan_is_written_and_its_cost_is_told(tmp_path: Path, capsys: Said) -> None:
    assert run(tmp_path, stores=[BATTERY]) == 0

    plan = plan_of(tmp_path)
    assert (plan["status"], plan["currency"], plan["cost"]["total"]) == ("optimal", "CNY", 2.0)
    assert plan["devices"]["battery"]["level_kwh"] == [10.0, 0.0]
    assert plan["prices"]["electricity"] == pytest.approx([0.1, 0.3], abs=1e-3)
    assert plan["solve"]["columns"] == 18
    assert "status      optimal" in capsys.readouterr().out


def test_a_violation_is_told_with_its_size_time_and_price(tmp_path: Path, capsys: Said) -> None:
    horizon = {"steps": 2, "step_h": 1, "start": "2026-01-01T08:00:00+08:00"}
    small = [{"id": "grid", "import_price": 1, "import_limit_kw": [100, 8]}]

    assert run(tmp_path, horizon=horizon, grids=small) == 0

    assert plan_of(tmp_path)["violations"] == [
        {
            "limit": "import_limit",
            "who": "grid",
            "step": 1,
            "at": "2026-01-01T09:00:00+08:00",
            "size": 2.0,
            "unit": "kWh",
            "cost": 2000.0,
        }
    ]
    told = "import_limit of grid: 2.000 kWh in step 1 (2026-01-01 09:00) at 2000.00 CNY"
    assert told in capsys.readouterr().out


def test_a_gap_beside_violations_is_told_twice() -> None:
    plan = a_plan(a_cny_off, grids=[{"id": "grid", "import_price": 1, "import_limit_kw": 9}])

    # 2 kWh at 1000 and 20 at 1 CNY, of which 1 may be too much
    told = "gap         0.0495 %, without violations 5.0000 %"
    assert list(lines_of(plan, []))[1] == told
    solve = document_of(plan)["solve"]
    assert (solve["gap"], solve["gap_without_violations"]) == (0.000495, 0.05)


def test_of_many_violations_the_largest_are_shown(tmp_path: Path, capsys: Said) -> None:
    many = {"steps": 30, "step_h": 1}
    limits = [k / 10 for k in range(30)]
    small = [{"id": "grid", "import_price": 1, "import_limit_kw": limits}]

    run(tmp_path, horizon=many, grids=small)

    shown = [line for line in capsys.readouterr().out.splitlines() if "import_limit" in line]
    assert len(shown) == 20
    assert shown[0].startswith("  import_limit of grid: 10.000 kWh in step 0")


def test_a_refused_document_writes_no_plan_and_tells_all(tmp_path: Path, capsys: Said) -> None:
    bad = BATTERY | {"highest_kwh": -1, "chargekw": 3}

    assert run(tmp_path, stores=[bad]) == 2

    told = capsys.readouterr().err.splitlines()
    assert told == [
        "stores[0].chargekw: no field of that name; did you mean charge_kw?",
        "stores[0].highest_kwh: -1 is too small: at least 0",
    ]
    assert not (tmp_path / "plan.json").exists()


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, capsys: Said) -> None:
    assert main([str(tmp_path / "none.json"), "--out", "-"]) == 2
    assert "none.json: cannot be read: No such file" in capsys.readouterr().err


def test_a_plan_that_could_not_be_written_is_not_begun(tmp_path: Path, capsys: Said) -> None:
    assert main([a_file(tmp_path), "--out", str(tmp_path / "no" / "plan.json")]) == 2
    assert "--out: " in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "soon", "1e9"])
def test_a_time_limit_that_is_none_is_refused(seconds: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as left:
        run(tmp_path, "--time-limit", seconds)

    assert left.value.code == 2


def test_however_short_the_time_there_is_a_plan(tmp_path: Path) -> None:
    assert run(tmp_path, "--time-limit", "0.000001", stores=[BATTERY]) == 0

    devices = plan_of(tmp_path)["devices"]
    battery, bought = devices["battery"], devices["grid"]["import_kw"]
    got = [b - c + d for b, c, d in zip(bought, *list(battery.values())[:2], strict=True)]
    assert got == [10.0, 10.0]


def test_the_plan_before_serves_where_there_is_no_time(tmp_path: Path, capsys: Said) -> None:
    run(tmp_path, stores=[BATTERY])
    before = str((tmp_path / "plan.json").rename(tmp_path / "before.json"))

    assert run(tmp_path, "--former", before, "--time-limit", "0.000001", stores=[BATTERY]) == 0

    plan = plan_of(tmp_path)
    assert (plan["status"], plan["cost"]["total"]) == ("shifted", 2.0)
    assert plan["devices"]["battery"]["level_kwh"] == [10.0, 0.0]
    assert "status      shifted" in capsys.readouterr().out


def test_a_plan_before_that_is_none_is_refused(tmp_path: Path, capsys: Said) -> None:
    problem = a_file(tmp_path)

    assert main([problem, "--out", "-", "--former", problem]) == 2

    assert capsys.readouterr().err.splitlines() == [
        "--former horizon.hours: is missing: give it",
        "--former devices: is missing: give it",
    ]


def test_a_plan_by_rules_has_no_prices_and_says_why_it_is_one() -> None:
    plan = document_of(a_plan(nothing))

    assert (plan["status"], plan["solve"]["gap"]) == ("rules", None)
    assert plan["prices"]["electricity"] == [None, None]
    assert plan["caveats"] == ["no optimum: found nothing"]


def test_explanations_are_printed_and_written(tmp_path: Path, capsys: Said) -> None:
    run(tmp_path, "--explain", "battery@0", "--explain", "hall", stores=[BATTERY])

    written = [(one["device"], one["step"]) for one in plan_of(tmp_path)["explanations"]]
    assert written == [("battery", 0), ("hall", 0), ("hall", 1)]
    assert "Step 0 (0 h): battery charges 10.0 kW" in capsys.readouterr().out


def test_a_question_about_what_is_not_there_is_refused(tmp_path: Path, capsys: Said) -> None:
    assert run(tmp_path, "--explain", "batery@0", "--explain", "hall@2", stores=[BATTERY]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "--explain batery@0: no device 'batery': name one such as battery",
        "--explain hall@2: the steps are 0 to 1",
    ]


def test_documents_may_come_and_go_through_pipes(
    monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    content = json.dumps(a_document()).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    assert main(["-", "--out", "-"]) == 0

    said = capsys.readouterr()
    assert json.loads(said.out)["status"] == "optimal"
    assert "status      optimal" in said.err


def test_the_module_runs_its_commands() -> None:
    command = [sys.executable, "-m", "services.dispatch", "schema"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True, timeout=60)

    schema = json.loads(done.stdout)
    assert schema["required"] == ["horizon"]
    assert schema["$defs"]["Store"]["additionalProperties"] is False


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full here")
def test_a_plan_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path, capsys: Said) -> None:
    assert main([a_file(tmp_path), "--out", "/dev/full"]) == 2

    assert capsys.readouterr().err.endswith(
        "the plan is made and cannot be written: No space left on device\n"
    )
