"""Whatever a series is like, the command answers with bands to match, or says what is wrong.

The list is the issue's; duplicate stamps, unknown columns and mistakes in files stand in
`test_backtest_files.py`.
"""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.forecasting.backtest import command
from services.forecasting.domain.series import Floats
from tests.support.outlooks import LITTLE, rows_of, shift_work, write_files


@pytest.fixture(autouse=True)
def _with_little_effort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "BACKTEST", LITTLE)


def said(folder: Path, value: Floats, issue: int, **given: Any) -> Floats:
    """Return P10, P50, P90 `(3, horizons)` of one issue of the command."""
    folder.mkdir(exist_ok=True)
    paths = write_files(folder, value, [issue], **given)
    assert command.main([part for n, p in paths.items() for part in (f"--{n}", str(p))]) == 0
    rows = [[float(row[name]) for name in ("p10", "p50", "p90")] for row in rows_of(paths["out"])]
    quantiles = np.array(rows).T
    assert np.isfinite(quantiles).all()
    assert (np.diff(quantiles, axis=0) >= 0.0).all()
    return quantiles


def width(quantiles: Floats) -> float:
    return float((quantiles[2] - quantiles[0]).mean())


def test_a_series_shorter_than_a_day_gets_wider_bands_than_a_month(tmp_path: Path) -> None:
    month = shift_work(40)

    young, old = said(tmp_path / "young", month[:9], 9), said(tmp_path / "old", month, 40 * 24)

    assert width(young) > 1.3 * width(old)


def test_a_constant_series_stays_what_it_is(tmp_path: Path) -> None:
    quantiles = said(tmp_path, np.full(30 * 24, 42.0), 30 * 24)

    np.testing.assert_allclose(quantiles, 42.0, atol=0.5)


def test_a_series_of_which_nothing_is_known_gets_bands_as_wide_as_its_size(tmp_path: Path) -> None:
    quantiles = said(tmp_path, np.full(10 * 24, np.nan), 10 * 24, norm=300.0)

    assert quantiles.min() >= 0.0
    assert width(quantiles) > 150.0


@pytest.mark.parametrize(
    ("start", "local"),
    [
        pytest.param(datetime(2019, 2, 18, tzinfo=UTC), "Europe/Berlin", id="a day of 23 hours"),
        pytest.param(datetime(2019, 9, 16, tzinfo=UTC), "Europe/Berlin", id="a day of 25 hours"),
        pytest.param(datetime(2019, 2, 25, tzinfo=UTC), "Australia/Lord_Howe", id="half an hour"),
    ],
)
def test_a_day_on_which_the_clock_changes_has_all_its_hours(
    tmp_path: Path, start: datetime, local: str
) -> None:
    value = shift_work(49)

    for issue in (40 * 24 - 20, 41 * 24, 48 * 24):
        quantiles = said(tmp_path, value, issue, start=start, local=local)

        assert quantiles.shape == (3, 24)
        assert np.abs(quantiles[1] - value[issue : issue + 24]).mean() < 20.0


def test_spikes_move_nothing(tmp_path: Path) -> None:
    clean, spiky = shift_work(40), shift_work(40)
    spiky[::211] = 1e6

    calm, moved = said(tmp_path / "a", clean, 960), said(tmp_path / "b", spiky, 960)

    assert np.abs(moved[1] - calm[1]).mean() < 5.0
    assert moved[2].max() < 200.0


def test_hours_in_the_wrong_unit_move_nothing(tmp_path: Path) -> None:
    clean, slipped = shift_work(40), shift_work(40)
    slipped[37 * 24 : 37 * 24 + 6] *= 1e3
    slipped[39 * 24 + 20 :] /= 1e3  # and now, as the issue is made

    calm, moved = said(tmp_path / "a", clean, 960), said(tmp_path / "b", slipped, 960)

    assert np.abs(moved[1] - calm[1]).mean() < 12.0
    assert moved[2].max() < 200.0


def test_duplicate_stamps_are_the_series_with_the_last_of_them(tmp_path: Path) -> None:
    value = shift_work(20)
    once = said(tmp_path / "once", value, 480)
    paths = write_files(tmp_path, value, [480])
    head, *rows = gzip.decompress(paths["input"].read_bytes()).decode().splitlines()
    wrong = [f"{row.split(',')[0]},777.0" for row in rows[::3]]
    paths["input"].write_bytes(gzip.compress("\n".join([head, *wrong, *rows]).encode()))

    assert command.main([part for n, p in paths.items() for part in (f"--{n}", str(p))]) == 0

    middle = [float(row["p50"]) for row in rows_of(paths["out"])]
    assert middle == once[1].tolist()


def test_horizons_beyond_the_weather_forecast_are_answered_with_wider_bands(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(3)
    wind = np.clip(np.convolve(rng.normal(0, 1, 70 * 24), np.ones(12) / 4, "same") + 2, 0, 5)
    issue = 68 * 24
    short = wind.copy()
    short[issue + 8 :] = np.nan  # eight hours of the day ahead are foreseen

    seen = said(tmp_path / "a", 100.0 * wind, issue, columns={"f_wind": wind})
    beyond = said(tmp_path / "b", 100.0 * wind, issue, columns={"f_wind": short})

    assert width(beyond[:, 12:]) > 1.5 * width(seen[:, 12:])
    assert np.abs(beyond[:, :5] - seen[:, :5]).mean() < 0.2 * width(beyond[:, 12:])
