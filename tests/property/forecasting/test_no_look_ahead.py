"""Destroying what came after an issue changes not one number of it: the whole command, poisoned."""

from pathlib import Path

import numpy as np
import pytest

from services.forecasting.backtest import command
from services.forecasting.domain.series import Floats
from tests.support.outlooks import LITTLE, THOROUGH, shift_work, write_files

DAYS = 45
ISSUES = [30 * 24, 33 * 24 + 7, 38 * 24 + 1, 41 * 24]


@pytest.fixture(autouse=True, params=[LITTLE, THOROUGH], ids=["little", "thorough"])
def _with_either_effort(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setattr(command, "BACKTEST", request.param)


def issued(folder: Path, value: Floats, measured: Floats, foreseen: Floats) -> list[bytes]:
    folder.mkdir()
    columns = {"p_outside": measured, "f_weather": foreseen}
    paths = write_files(folder, value, ISSUES, columns=columns)
    command.backtest(paths["input"], paths["issues"], paths["meta"], paths["out"].with_suffix(""))
    return paths["out"].with_suffix("").read_bytes().splitlines()[1:]


@pytest.mark.parametrize("poison", [np.nan, 1e6, -7.0])
def test_values_from_the_issue_on_change_nothing_issued_by_then(
    tmp_path: Path, poison: float
) -> None:
    rng = np.random.default_rng(1)
    value, measured, foreseen = shift_work(DAYS), rng.random(DAYS * 24), rng.random(DAYS * 24)
    clean = issued(tmp_path / "clean", value, measured, foreseen)
    at = ISSUES[1]

    value[at:], measured[at:] = poison, poison
    poisoned = issued(tmp_path / "poisoned", value, measured, foreseen)

    by_then = 2 * 24  # two issues of 24 horizons
    assert poisoned[:by_then] == clean[:by_then]
    assert poisoned[by_then:] != clean[by_then:]


def test_forecast_covariates_beyond_the_window_change_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    value, measured, foreseen = shift_work(DAYS), rng.random(DAYS * 24), rng.random(DAYS * 24)
    clean = issued(tmp_path / "clean", value, measured, foreseen)

    foreseen[ISSUES[0] + 24 :] = -50.0
    poisoned = issued(tmp_path / "poisoned", value, measured, foreseen)

    assert poisoned[:24] == clean[:24]


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    value = shift_work(DAYS)
    nothing = np.zeros(DAYS * 24)

    assert issued(tmp_path / "once", value, nothing, nothing) == issued(
        tmp_path / "again", value, nothing, nothing
    )
