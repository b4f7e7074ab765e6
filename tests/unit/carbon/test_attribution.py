"""Where the energy of a quarter goes, and that none of it is lost."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.attribution import Attribution, Flows, attributed

NAMES = ("grid_import", "grid_export", "pv", "wind", "charge", "discharge", "loads", "chargers")
EMPTY = Flows(0, 0, 0, 0, 0, 0, 0, 0, register_count=8)


def flows(**named: int) -> Flows:
    given_wh: dict[str, Any] = {f"{name}_wh": amount for name, amount in named.items()}
    return replace(EMPTY, **given_wh)


def test_without_export_all_generation_is_self_use() -> None:
    assert attributed(flows(grid_import=100, pv=300, wind=200, loads=600)) == Attribution(
        grid_import_wh=100,
        pv_self_use_wh=300,
        wind_self_use_wh=200,
        unaccounted_load_wh=0,
        unaccounted_supply_wh=0,
    )


def test_export_is_green_first_and_taken_from_pv_and_wind_in_proportion() -> None:
    shares = attributed(flows(pv=300, wind=100, grid_export=200, loads=200))

    assert (shares.pv_self_use_wh, shares.wind_self_use_wh) == (150, 50)


def test_what_storage_exports_beyond_generation_reduces_no_import() -> None:
    shares = attributed(flows(grid_import=50, pv=100, grid_export=300, discharge=400, loads=250))

    assert shares.grid_import_wh == 50
    assert shares.pv_self_use_wh == 0


def test_storage_losses_are_a_load() -> None:
    both = flows(grid_import=1000, charge=500, discharge=400, loads=900)

    assert both.consumption_wh == 1000
    assert both.gap_wh == 0


def test_a_gap_of_one_watt_hour_a_register_is_rounding() -> None:
    assert attributed(flows(grid_import=1008, loads=1000)).unaccounted_load_wh == 0
    assert attributed(flows(grid_import=1009, loads=1000)).unaccounted_load_wh == 9


def test_a_gap_over_one_percent_is_large() -> None:
    assert flows(grid_import=100_000, loads=98_000).gap_is_large
    assert not flows(grid_import=100_000, loads=99_500).gap_is_large


def test_a_register_that_counts_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="pv_wh is -1; a register never decreases"):
        flows(pv=-1)


any_flows = st.builds(flows, **{name: st.integers(0, 10**7) | st.integers(0, 20) for name in NAMES})


@given(any_flows)
def test_no_energy_is_lost(these: Flows) -> None:
    shares = attributed(these)
    green_wh = shares.pv_self_use_wh + shares.wind_self_use_wh

    assert green_wh == these.generation_wh - min(these.grid_export_wh, these.generation_wh)
    assert 0 <= shares.pv_self_use_wh <= these.pv_wh
    assert 0 <= shares.wind_self_use_wh <= these.wind_wh
    unaccounted = shares.unaccounted_load_wh - shares.unaccounted_supply_wh
    assert unaccounted == these.gap_wh or (unaccounted == 0 and these.gap_is_rounding)


@given(any_flows)
def test_self_use_and_import_are_the_consumption_when_the_meters_close(these: Flows) -> None:
    # rules B.2: E_self = E_re,avail - E_sell = E_load - E_buy
    e_self = these.generation_wh - these.grid_export_wh
    assert e_self == these.consumption_wh - these.grid_import_wh + these.gap_wh
