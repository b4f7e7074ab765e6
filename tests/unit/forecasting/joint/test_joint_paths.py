"""Paths are right at each step, hang together as errors did, and add up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.forecasting.domain.joint.past_errors import PastErrors, scored
from services.forecasting.domain.joint.paths import paths as paths_of
from services.forecasting.domain.joint.spread import Spread
from services.forecasting.domain.joint.sums import Totals, banded, sums_of
from services.forecasting.domain.outlook.ledger import Ledger
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats, Ints
from tests.support.builders import a_park

STEPS = 192
HORIZONS: Ints = Ledger.empty(Task(15, tuple(range(1, STEPS + 1)))).horizons
ORIGINS = 200
SUMS = ("load", "generation", "residual")
MINUTES = np.arange(ORIGINS) * 165


def wandering(rng: np.random.Generator, memory: float) -> Floats:
    """Return errors `(origins, STEPS)` that are forgotten in `memory` steps, of size 1."""
    kept = np.exp(-1.0 / memory)
    errors = rng.normal(0.0, 1.0, (ORIGINS, STEPS))
    for step in range(1, STEPS):
        errors[:, step] = kept * errors[:, step - 1] + np.sqrt(1 - kept**2) * errors[:, step]
    return errors


def past_errors(errors: Floats) -> PastErrors:
    return scored(MINUTES, HORIZONS, errors[:, HORIZONS - 1])


def a_spread(middle: float = 100.0, under: float = 10.0, over: float = 20.0) -> Spread:
    flat = np.full(STEPS, middle)
    return Spread(np.array([flat - under, flat, flat + over]))


def paths(
    spreads: dict[str, Spread], errors: dict[str, PastErrors], count: int, seed: int
) -> dict[str, Floats]:
    return dict(paths_of(spreads, errors, count, seed))


def correlation(one: Floats, other: Floats) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


@pytest.mark.parametrize("memory", [2.0, 8.0, 24.0])
def test_paths_are_as_alike_from_step_to_step_as_errors_were(memory: float) -> None:
    known = past_errors(wandering(np.random.default_rng(1), memory))

    drawn = paths({"x": a_spread(over=10.0)}, {"x": known}, 200, seed=3)["x"]

    for lag in (1, 4):
        alike = correlation(drawn[:, :-lag], drawn[:, lag:])
        assert alike == pytest.approx(np.exp(-lag / memory), abs=0.15)


def test_series_whose_errors_went_together_go_together() -> None:
    rng = np.random.default_rng(2)
    common, own = wandering(rng, 8.0), wandering(rng, 8.0)
    errors = {
        "a": past_errors(common),
        "b": past_errors(0.9 * common + np.sqrt(1 - 0.81) * own),
        "c": past_errors(wandering(rng, 8.0)),
    }

    drawn = paths(dict.fromkeys(errors, a_spread()), errors, 200, seed=3)

    assert correlation(drawn["a"], drawn["b"]) > 0.7
    assert abs(correlation(drawn["a"], drawn["c"])) < 0.25


def test_at_each_step_the_paths_have_the_quantiles_of_the_forecast() -> None:
    rng = np.random.default_rng(4)
    known = {"x": past_errors(wandering(rng, 8.0))}

    drawn = paths({"x": a_spread()}, known, 100, seed=5)["x"]

    low, middle, high = np.quantile(drawn, (0.1, 0.5, 0.9), axis=0)
    np.testing.assert_allclose(low, 90.0, atol=0.3)
    np.testing.assert_allclose(middle, 100.0, atol=0.3)
    np.testing.assert_allclose(high, 120.0, atol=0.6)


def test_the_same_issue_has_the_same_paths_and_another_has_others() -> None:
    known = {"x": past_errors(wandering(np.random.default_rng(6), 8.0))}

    first, again, other = (paths({"x": a_spread()}, known, 20, seed)["x"] for seed in (1, 1, 2))

    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_series_whose_errors_nobody_knows_has_paths_all_the_same() -> None:
    drawn = paths({"x": a_spread()}, {"x": PastErrors.none()}, 50, seed=1)["x"]

    assert drawn.shape == (50, STEPS)
    assert correlation(drawn[:, :-1], drawn[:, 1:]) > 0.6


def test_missing_truths_leave_the_other_origins_scores() -> None:
    errors = wandering(np.random.default_rng(7), 8.0)
    errors[:120] = np.nan
    errors[150:, 100:] = np.nan

    drawn = paths({"x": a_spread()}, {"x": past_errors(errors)}, 100, seed=1)["x"]

    assert np.isfinite(drawn).all()
    assert drawn[:, 150].std() == pytest.approx(drawn[:, 3].std(), rel=0.05)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.0, 50.0), st.integers(1, 40))
def test_no_path_breaks_the_bounds(seed: int, middle: float, count: int) -> None:
    flat = np.full(STEPS, middle)
    spread = Spread(np.array([np.maximum(flat - 30, 0), flat, flat + 9]), 0.0, 60.0)
    known = past_errors(wandering(np.random.default_rng(seed), 4.0))

    drawn = paths({"x": spread}, {"x": known}, count, seed)["x"]

    assert drawn.min() >= 0.0
    assert drawn.max() <= 60.0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.001, 0.999), min_size=2, max_size=20))
def test_more_quantiles_never_cross_and_agree_with_those_issued(levels: list[float]) -> None:
    spread = Spread(a_spread().quantiles, 0.0, 130.0)

    ordered = np.array([spread.at_level(level) for level in sorted(levels)])

    assert np.all(np.diff(ordered, axis=0) >= 0.0)
    assert ordered.min() >= 0.0
    assert ordered.max() <= 130.0
    for level, issued in zip((0.1, 0.5, 0.9), spread.quantiles, strict=True):
        np.testing.assert_allclose(spread.at_level(level), issued)


def test_a_sum_of_independent_series_is_surer_than_the_sum_of_their_bands() -> None:
    rng = np.random.default_rng(8)
    known = {name: past_errors(wandering(rng, 8.0)) for name in "abcd"}
    drawn = paths(dict.fromkeys(known, a_spread(over=10.0)), known, 200, seed=1)

    low, middle, high = banded(np.full(STEPS, 400.0), np.sum(list(drawn.values()), axis=0))

    np.testing.assert_array_equal(middle, 400.0)
    assert np.mean(high - middle) == pytest.approx(20.0, rel=0.15)  # 10 · √4, not 40
    assert np.mean(middle - low) == pytest.approx(20.0, rel=0.15)


def test_the_parks_sums_are_loads_each_tenants_generation_what_is_left_and_charging() -> None:
    sums = {one.id: one for one in sums_of(a_park())}

    assert list(sums) == [
        "park.load_w",
        "tenant.steel.load_w",
        "tenant.metalwork.load_w",
        "tenant.electroplating.load_w",
        "tenant.campus.load_w",
        "park.generation_w",
        "park.residual_w",
        "park.charging_w",
        "park.net_w",
    ]
    assert len(sums["park.load_w"].members) == 6  # gas is not added to electricity
    assert sums["park.generation_w"].members == ("pv.active_power_w", "wind.active_power_w")
    assert sums["park.generation_w"].highest_w == 0.0
    assert sums["park.charging_w"].members == ("charging.active_power_w",)
    assert sums["tenant.campus.load_w"].lowest_w == 0.0


def test_sums_add_up_and_lack_when_a_member_lacks() -> None:
    sums = {one.id: one for one in sums_of(a_park())}
    members = sums["park.residual_w"].members
    powers = {name: np.array([float(i), 1.0]) for i, name in enumerate(members)}

    totals = Totals(sums.values())
    for name in members[1:]:
        totals.put(name, powers[name])
    without_steel = totals.of(sums["tenant.steel.load_w"]), totals.of(sums["park.load_w"])
    totals.put(members[0], powers[members[0]])
    load, made, left = (totals.of(sums[f"park.{name}_w"]) for name in SUMS)

    assert members[0] == "steel.active_power_w"
    assert without_steel == (None, None)
    assert load is not None
    assert made is not None
    np.testing.assert_array_equal(left, load + made)
    np.testing.assert_array_equal(made, powers["pv.active_power_w"] + powers["wind.active_power_w"])
