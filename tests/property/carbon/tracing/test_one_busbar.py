"""On one busbar tracing is green first: what is exported is own power as far as there is some."""

from hypothesis import given
from hypothesis import strategies as st

from tests.support.tracing import boundary, export, load, supply, trace

WH = st.integers(0, 20) | st.integers(0, 10**7)
REGISTERS = 5


@given(WH, WH, WH, WH, WH)
def test_export_is_green_first_and_a_gap_beyond_rounding_is_unaccounted_for(
    grid: int, pv: int, wind: int, exported: int, steel: int
) -> None:
    meters = (supply("grid"), supply("pv"), supply("wind"), export(), load("steel"))
    green, gap = min(exported, pv + wind), grid + pv + wind - exported - steel

    found = trace(
        boundary(*meters), grid=[grid], pv=[pv], wind=[wind], export=[exported], steel=[steel]
    )

    gone = {origin.kind: wh for origin, wh in found.totals("export").items()}
    assert gone.get("pv", 0) + gone.get("wind", 0) == green
    if pv + wind:
        assert gone.get("pv", 0) == green * pv // (pv + wind)
    if abs(gap) > REGISTERS:
        assert sum(found.totals("unaccounted-load@main").values()) == max(0, gap)
        supplied = sum(
            wh
            for origin, wh in zip(found.origins, found.supply[:, 0].tolist(), strict=True)
            if origin.kind == "unaccounted"
        )
        assert supplied == max(0, -gap)
