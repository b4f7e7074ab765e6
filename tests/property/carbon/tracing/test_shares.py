"""Shares are those of the exact rule, calculated again in fractions, to a Wh an origin and step."""

from collections import defaultdict
from datetime import UTC, datetime
from fractions import Fraction

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.carbon_accounting.domain.tracing.boundary import ExportPolicy, Role
from services.carbon_accounting.domain.tracing.open_items import Doubt
from services.carbon_accounting.domain.tracing.proportions import (
    SAFE_TOTAL,
    divided,
    shared,
    spread,
)
from services.carbon_accounting.domain.tracing.sharing import Key, Owners
from services.carbon_accounting.domain.tracing.tracing import Traced, traced
from tests.support.exact_tracing import exact_mixes
from tests.support.tracing import NOON_US, QUARTER_US, boundary, load, supply, trace
from tests.support.tracing_cases import Case, Size, case_of

AMOUNTS = st.integers(0, 9) | st.integers(0, 10**7) | st.integers(0, 10**12)
STEPS = 4
"""Nodes that a Wh passes at most; at each it is divided once on to lines, once over loads."""


def single_quarters() -> st.SearchStrategy[Case]:
    sizes = st.builds(
        Size, st.integers(1, STEPS), st.just(0), st.just(1), st.just(0), st.integers(0, 2**32)
    )
    return sizes.map(case_of)


@settings(max_examples=150, deadline=None)
@given(single_quarters())
def test_loads_have_the_exact_mix_of_their_node_to_a_wh_an_origin_and_step(case: Case) -> None:
    found = traced(case.boundary, case.amounts, case.opening)
    assume(all(item.doubt is not Doubt.CIRCLE for item in found.open_items))
    supplied, exports, flows = _given(case, found)
    green_first = case.boundary.export is ExportPolicy.GREEN_FIRST

    mixes = exact_mixes(supplied, exports, flows, green_first)

    origins = sum(1 for wh in found.supply[:, 0] if wh)
    for meter in case.boundary.of(Role.LOAD):
        wh = found.of(meter.id)[:, 0].tolist()
        for origin, got in zip(found.origins, wh, strict=True):
            exact = sum(wh) * mixes[meter.node].get(f"{origin.kind}/{origin.source}", 0)
            assert abs(got - exact) < max(1, 2 * STEPS * origins)


def _given(
    case: Case, found: Traced
) -> tuple[dict[str, dict[str, int]], dict[str, int], dict[tuple[str, str], int]]:
    wh = dict(zip(case.amounts.meter_ids, case.amounts.wh[:, 0].tolist(), strict=True))
    supplied: dict[str, dict[str, int]] = {node: {} for node in case.boundary.nodes}
    exports: dict[str, int] = defaultdict(int)
    for meter in case.boundary.of(Role.SUPPLY):
        supplied[meter.node][f"{meter.kind}/{meter.id}"] = wh[meter.id]
    for origin, supply_wh in zip(found.origins, found.supply[:, 0].tolist(), strict=True):
        if origin.kind == "unaccounted" and supply_wh:
            supplied[origin.source][f"unaccounted/{origin.source}"] = supply_wh
    for meter in case.boundary.of(Role.EXPORT):
        exports[meter.node] += wh[meter.id]
    there = {(m.node, m.to_node): wh[m.id] for m in case.boundary.of(Role.FLOW)}
    net = {(a, b): there[a, b] - there.get((b, a), 0) for a, b in there}
    return supplied, exports, {pair: flow for pair, flow in net.items() if flow > 0}


@given(st.lists(AMOUNTS, min_size=1, max_size=6), st.lists(AMOUNTS, min_size=1, max_size=6))
def test_both_margins_close_and_a_share_is_off_by_less_than_a_wh_an_other_origin(
    supply_wh: list[int], weights: list[int]
) -> None:
    assume(sum(weights) > 0)
    demands = shared(sum(supply_wh), weights)

    shares = spread(_column(supply_wh), _column(demands))[:, :, 0].tolist()

    assert [sum(row) for row in shares] == supply_wh
    assert [sum(column) for column in zip(*shares, strict=True)] == demands
    others = sum(1 for wh in supply_wh if wh) - 1
    for wh, row in zip(supply_wh, shares, strict=True):
        for demand, share in zip(demands, row, strict=True):
            exact = Fraction(wh * demand, sum(supply_wh) or 1)
            assert share >= 0
            assert abs(share - exact) < max(1, others)


def _column(wh: list[int]) -> np.ndarray:
    return np.array(wh, np.int64)[:, None]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=5), st.data())
def test_one_interval_in_ints_is_the_same_as_in_arrays(wh: list[int], data: st.DataObject) -> None:
    assume(sum(wh) < SAFE_TOTAL)
    demands = shared(sum(wh), data.draw(st.lists(st.integers(1, 9), min_size=2, max_size=4)))[1:]

    as_ints = divided(wh, demands)
    as_arrays = divided([np.array([w]) for w in wh], [np.array([d]) for d in demands])

    assert as_ints == [[int(w[0]) for w in part] for part in as_arrays]


@given(
    st.lists(st.integers(0, 10**6), min_size=3, max_size=3),
    st.lists(st.integers(0, 9), min_size=2, max_size=2),
    st.integers(1, 1000),
)
def test_k_times_the_amounts_are_k_times_the_shares_to_rounding(
    supply_wh: list[int], weights: list[int], k: int
) -> None:
    meters = (supply("grid"), supply("pv"), supply("wind"), load("a"), load("b"))
    assume(any(weights))
    wh = dict(zip(("grid", "pv", "wind"), supply_wh, strict=True))
    wh |= dict(zip("ab", shared(sum(supply_wh), weights), strict=True))

    once = trace(boundary(*meters), **{name: [one] for name, one in wh.items()})
    times = trace(boundary(*meters), **{name: [k * one] for name, one in wh.items()})

    assert (np.abs(times.wh - k * once.wh) < 3 * (k + 1)).all()


@given(st.integers(-(10**15), 10**15), st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
def test_whole_shares_sum_to_the_amount_each_within_one_of_the_exact_share(
    amount: int, weights: list[int]
) -> None:
    assume(sum(weights) > 0)

    found = shared(amount, weights)

    assert sum(found) == amount
    for share, weight in zip(found, weights, strict=True):
        assert abs(share * sum(weights) - amount * weight) < sum(weights)


@given(
    st.lists(st.integers(0, 10**15), min_size=6, max_size=6),
    st.dictionaries(st.sampled_from("abcde"), st.integers(1, 10**6), min_size=1),
    st.integers(0, 3),
)
def test_enterprises_sum_to_the_meter_by_origin_whatever_the_key(
    amounts: list[int], weights: dict[str, int], quarter: int
) -> None:
    wh = np.array(amounts, np.int64).reshape(2, 3)
    starts = NOON_US + QUARTER_US * np.arange(3, dtype=np.int64)
    since = datetime.fromtimestamp((NOON_US + quarter * QUARTER_US) // 1_000_000, UTC)
    owners = Owners((Key("lighting", since, weights),))

    shares = owners.shares("lighting", starts, wh)

    assert list(shares) == sorted(shares)
    assert np.array_equal(sum(shares.values()), wh)
    assert all((share >= 0).all() for share in shares.values())
    assert not any(share[:, :quarter].any() for e, share in shares.items() if e != "common")
