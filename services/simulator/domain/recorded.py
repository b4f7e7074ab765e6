"""Recorded energies and weather on the quarter grid, as power and exact registers at any second."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

QUARTER_S = 900
HOUR_S = 3600
MILLI = 1000


@dataclass(frozen=True, slots=True)
class RecordedEnergy:
    """Interval energies of one meter; power is constant inside a recorded interval.

    `register_mwh` (quarters + 1,) counts thousandths of a Wh since the record's start, so that
    integer arithmetic keeps register differences exact. `present` is False in a metering gap,
    where power is 0 and the meter is silent.
    """

    register_mwh: NDArray[np.int64]
    present: NDArray[np.bool_]

    @classmethod
    def of_intervals(cls, energy_wh: NDArray[np.float64], interval_s: int) -> "RecordedEnergy":
        """Return the record of consecutive intervals; NaN is a gap."""
        if interval_s % QUARTER_S:
            raise ValueError(f"an interval of {interval_s} s does not hold whole quarters of 900 s")
        quarters = interval_s // QUARTER_S
        present = ~np.isnan(energy_wh)
        counted = np.rint(np.where(present, energy_wh, 0.0) * MILLI).astype(np.int64)
        ends = np.concatenate(([0], np.cumsum(counted)))
        steps = np.arange(len(counted) * quarters)
        whole, part = steps // quarters, steps % quarters
        inside = ends[whole] + counted[whole] * part // quarters
        return cls(np.append(inside, ends[-1]), np.repeat(present, quarters))

    @property
    def quarters(self) -> int:
        """How many quarters the record holds."""
        return len(self.present)

    def power_w(self) -> NDArray[np.float64]:
        """Return the constant power of each quarter, (quarters,)."""
        return np.diff(self.register_mwh) / MILLI * (HOUR_S / QUARTER_S)


@dataclass(frozen=True, slots=True)
class Recordings:
    """All recorded streams side by side from `start_s` on.

    `power_w` and `register_mwh` are (quarters, streams) and (quarters + 1, streams);
    `irradiance_w_m2` and `temperature_c` are (quarters,) with the station's sentinels left in.
    """

    start_s: int
    names: tuple[str, ...]
    power_w: NDArray[np.float64]
    register_mwh: NDArray[np.int64]
    present: NDArray[np.bool_]
    irradiance_w_m2: NDArray[np.float64]
    temperature_c: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        start_s: int,
        energies: Mapping[str, RecordedEnergy],
        irradiance_w_m2: NDArray[np.float64],
        temperature_c: NDArray[np.float64],
    ) -> "Recordings":
        """Return the streams cut to the quarters that all of them have."""
        count = min([len(irradiance_w_m2), *(energy.quarters for energy in energies.values())])
        columns = energies.values()
        return cls(
            start_s=start_s,
            names=tuple(energies),
            power_w=np.column_stack([energy.power_w()[:count] for energy in columns]),
            register_mwh=np.column_stack([e.register_mwh[: count + 1] for e in columns]),
            present=np.column_stack([energy.present[:count] for energy in columns]),
            irradiance_w_m2=irradiance_w_m2[:count],
            temperature_c=temperature_c[:count],
        )

    @property
    def end_s(self) -> int:
        """The first second after the record."""
        return self.start_s + len(self.power_w) * QUARTER_S

    def row(self, at_s: int) -> int:
        """Return the quarter that holds `at_s`; ValueError outside the record."""
        if not self.start_s <= at_s < self.end_s:
            raise ValueError(
                f"nothing was recorded at {_utc(at_s)}: the data reach from {_utc(self.start_s)} "
                f"to {_utc(self.end_s)}; set the park clock inside"
            )
        return (at_s - self.start_s) // QUARTER_S

    def column(self, name: str) -> int:
        """Return the column of the stream."""
        return self.names.index(name)

    def register_wh(self, at_s: int) -> NDArray[np.int64]:
        """Return every stream's register in whole Wh, rounded down, (streams,)."""
        row, into_s = self.row(at_s), (at_s - self.start_s) % QUARTER_S
        begun = self.register_mwh[row]
        counted = (self.register_mwh[row + 1] - begun) * into_s // QUARTER_S
        register_wh: NDArray[np.int64] = (begun + counted) // MILLI
        return register_wh


def _utc(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
