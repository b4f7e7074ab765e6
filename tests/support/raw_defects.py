"""The defects that the recordings are known to have, told from the files alone.

Sentinels of -99 and the hours that the source filled with zero are described by the data's authors
(parks/demo-data/ATTRIBUTION.md: nothing was repaired); stretches that stand still for a day are
seen by eye.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.energy.readings import Doubt
from tests.support.sound_run import SoundRun

Mask = NDArray[np.bool_]
SENTINEL = -99.0
ZERO_FILLED = ("labs_a", "offices", "boilerhouse_gas", "h3_gas")
DAY_OF_QUARTERS = 96


@dataclass(frozen=True)
class Found:
    """One known defect: how many quarters it spoils and in how many validation says so."""

    what: str
    quarters: int
    found: int
    how: str


def known_defects(run: SoundRun) -> list[Found]:
    """Return the known defects of the recorded year, one reading a quarter."""
    return [
        *(_sentinels(run, point) for point in WEATHER),
        *(_zero_filled(run, device) for device in ZERO_FILLED),
        *(_standing_still(run, point) for point in WEATHER),
        _dark_days(run),
        _silence(run),
    ]


WEATHER = ("weather.irradiance_w_m2", "weather.temperature_c")


def sound_mask(run: SoundRun) -> Mask:
    """Return the readings that no known defect spoils, (streams, quarters)."""
    mask = ~np.isnan(run.values)
    for point in WEATHER:
        row = run.ids.index(point)
        mask[row] &= (run.values[row] != SENTINEL) & ~_still(run.values[row])
    for device in ZERO_FILLED:
        for point_id in _points_of(run, device):
            mask[run.ids.index(point_id)] &= ~_zeros(run, device)
    mask[run.ids.index("pv.generation_energy_wh")] &= ~_dark(run)
    return mask


def _sentinels(run: SoundRun, point: str) -> Found:
    spoiled = run.values[run.ids.index(point)] == SENTINEL
    rejected = np.isin(run.of(point), (Doubt.OUT_OF_RANGE, Doubt.SIGN_SLIP, Doubt.UNIT_SLIP))
    return _found(f"{point}: -99", spoiled, rejected, "OUT_OF_RANGE, SIGN_SLIP")


def _zero_filled(run: SoundRun, device: str) -> Found:
    power, register = _points_of(run, device)
    doubted = (run.of(power) == Doubt.DROPOUT) | (run.of(register) == Doubt.STUCK)
    how = "DROPOUT of the power, STUCK of the register"
    return _found(f"{device}: missing hours filled with zero", _zeros(run, device), doubted, how)


def _standing_still(run: SoundRun, point: str) -> Found:
    spoiled = _still(run.values[run.ids.index(point)])
    return _found(
        f"{point}: stands still for a day", spoiled, run.of(point) == Doubt.STUCK, "STUCK"
    )


def _dark_days(run: SoundRun) -> Found:
    stuck = run.of("pv.generation_energy_wh") == Doubt.STUCK
    return _found("pv: two days without production", _dark(run), stuck, "STUCK of the register")


def _silence(run: SoundRun) -> Found:
    row = run.ids.index("electroplating.active_power_w")
    return _found(
        "electroplating: three days missing", np.isnan(run.values[row]), run.silent[row], "gap"
    )


def _found(what: str, spoiled: Mask, said: NDArray[np.bool_], how: str) -> Found:
    return Found(what, int(spoiled.sum()), int((spoiled & said).sum()), how)


def _points_of(run: SoundRun, device: str) -> list[str]:
    """Return a load's power and register."""
    return sorted(
        (name for name in run.ids if name.startswith(f"{device}.")),
        key=lambda name: "energy" in name,
    )


def _zeros(run: SoundRun, device: str) -> Mask:
    zeros: Mask = run.values[run.ids.index(_points_of(run, device)[0])] == 0.0
    return zeros


def _still(values: NDArray[np.float64]) -> Mask:
    """Return where a value other than zero has not changed for a day or will not."""
    return _runs(values) & (values != 0.0)


def _dark(run: SoundRun) -> Mask:
    power = run.values[run.ids.index("pv.active_power_w")]
    return _runs(power) & (power == 0.0)


def _runs(values: NDArray[np.float64]) -> Mask:
    changes = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
    lengths = np.diff(np.append(changes, len(values)))
    return np.repeat(lengths > DAY_OF_QUARTERS, lengths)
