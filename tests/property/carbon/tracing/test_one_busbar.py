"""On one busbar tracing books what the live ledger books (docs/ledgers.md, domain/attribution)."""

from hypothesis import given
from hypothesis import strategies as st
from services.carbon_accounting.domain.attribution import Flows, attributed

from tests.support.tracing import boundary, export, load, supply, trace

WH = st.integers(0, 20) | st.integers(0, 10**7)
REGISTERS = 5


@given(WH, WH, WH, WH, WH)
def test_self_use_of_pv_and_wind_and_what_is_unaccounted_for_are_those_of_the_ledger(
    grid: int, pv: int, wind: int, exported: int, steel: int
) -> None:
    ledger = attributed(Flows(grid, exported, pv, wind, 0, 0, steel, 0, register_count=REGISTERS))
    meters = (supply("grid"), supply("pv"), supply("wind"), export(), load("steel"))

    found = trace(
        boundary(*meters), grid=[grid], pv=[pv], wind=[wind], export=[exported], steel=[steel]
    )

    gone = {origin.kind: wh for origin, wh in found.totals("export").items()}
    assert pv - gone.get("pv", 0) == ledger.pv_self_use_wh
    assert wind - gone.get("wind", 0) == ledger.wind_self_use_wh
    if found.rounded_into[0, 0] >= 0 or abs(found.gap_wh[0, 0]) > REGISTERS:
        unaccounted = sum(found.totals("unaccounted-load@main").values())
        assert unaccounted == ledger.unaccounted_load_wh
        supplied = sum(
            wh
            for origin, wh in zip(found.origins, found.supply[:, 0].tolist(), strict=True)
            if origin.kind == "unaccounted"
        )
        assert supplied == ledger.unaccounted_supply_wh
