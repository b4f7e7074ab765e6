"""Registers count exactly what was recorded."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.simulator.domain.recorded import HOUR_S, QUARTER_S, RecordedEnergy, Recordings

KWH = st.floats(0, 800, allow_nan=False)


def recorded(energy_wh: list[float], interval_s: int) -> Recordings:
    energy = RecordedEnergy.of_intervals(np.array(energy_wh), interval_s)
    nothing = np.zeros(energy.quarters)
    return Recordings.of(0, {"steel": energy}, nothing, nothing)


def test_an_hour_becomes_four_quarters_of_the_same_power() -> None:
    assert recorded([4000.0], HOUR_S).power_w[:, 0].tolist() == [4000.0] * 4


def test_a_register_counts_evenly_inside_an_interval() -> None:
    register = recorded([900.0], QUARTER_S)

    assert [int(register.register_wh(at)[0]) for at in (0, 1, 450, 899)] == [0, 1, 450, 899]


def test_a_gap_has_no_power_and_is_marked() -> None:
    gap = recorded([100.0, np.nan, 100.0], QUARTER_S)

    assert gap.present[:, 0].tolist() == [True, False, True]
    assert gap.power_w[:, 0].tolist() == [400.0, 0.0, 400.0]


def test_outside_the_record_there_is_nothing() -> None:
    with pytest.raises(ValueError, match="nothing was recorded at 1970-01-01T00:15:00Z"):
        recorded([1.0], QUARTER_S).register_wh(900)


@given(st.lists(KWH, min_size=1, max_size=30), st.sampled_from([QUARTER_S, HOUR_S]))
def test_register_differences_are_the_recorded_energies(kwh: list[float], interval_s: int) -> None:
    shown = recorded([*(1000 * e for e in kwh), 0.0], interval_s)

    ends = [int(shown.register_wh(i * interval_s)[0]) for i in range(len(kwh) + 1)]
    for difference, energy in zip(np.diff(ends), kwh, strict=True):
        assert abs(difference - 1000 * energy) < 1.0


@given(st.lists(KWH, min_size=1, max_size=5), st.lists(st.integers(0, 4499), min_size=2))
def test_a_register_never_counts_backwards(kwh: list[float], moments: list[int]) -> None:
    shown = recorded([*(1000 * e for e in kwh), *[0.0] * 5], QUARTER_S)

    registers = [int(shown.register_wh(at)[0]) for at in sorted(moments)]
    assert registers == sorted(registers)
