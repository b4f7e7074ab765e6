"""Scores of a matching, hourly and volumetric always; unmatched periods; carbon (rules D.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from services.carbon_accounting.domain.matching.coverage import Coverage
from services.carbon_accounting.domain.matching.match import Matching, match
from services.carbon_accounting.domain.matching.periods import Granularity
from services.carbon_accounting.domain.matching.supply import Attribute, Consumption, Int64
from services.energy.time_grid import from_microseconds

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Score:
    """Shares of the load, None without load.

    `grid_ppm_wh` is the carbon-free part of grid power, in millionths of a Wh. `volumetric_wh` is
    matched by calendar year alone and never below what is matched at a finer granularity.
    """

    granularity: Granularity
    load_wh: int
    matched_wh: int
    volumetric_wh: int
    grid_ppm_wh: int = 0

    @property
    def matched(self) -> Fraction | None:
        """Σ matched / Σ load."""
        return Fraction(self.matched_wh, self.load_wh) if self.load_wh else None

    @property
    def cfe(self) -> Fraction | None:
        """Σ(matched + grid) / Σ load, with grid = (load − matched) · CFE of the grid."""
        both = self.matched_wh * MILLION + self.grid_ppm_wh
        return Fraction(both, self.load_wh * MILLION) if self.load_wh else None

    @property
    def volumetric(self) -> Fraction | None:
        """min(1, Σ supply / Σ load) of a year."""
        return Fraction(self.volumetric_wh, self.load_wh) if self.load_wh else None


def score(matching: Matching, consumption: Consumption, grid_cfe_ppm: Int64 | None = None) -> Score:
    """Return the score; `grid_cfe_ppm` (intervals,) is the grid's carbon-free share, None for 0."""
    uncovered_wh = consumption.load_wh - matching.coverage.covered_wh
    ppm_wh = 0 if grid_cfe_ppm is None else _dot(uncovered_wh, _checked(grid_cfe_ppm))
    return Score(
        granularity=matching.granularity,
        load_wh=int(consumption.load_wh.sum()),
        matched_wh=int(matching.matched_by_period_wh.sum()),
        volumetric_wh=matching.volumetric_wh,
        grid_ppm_wh=ppm_wh,
    )


def _checked(grid_cfe_ppm: Int64) -> Int64:
    if (grid_cfe_ppm < 0).any() or (grid_cfe_ppm > MILLION).any():
        raise ValueError(
            f"carbon-free share of the grid {grid_cfe_ppm.min()}..{grid_cfe_ppm.max()} ppm must "
            "lie in 0..1000000"
        )
    return grid_cfe_ppm


def _dot(wh: Int64, factor: Int64) -> int:
    """Exact Σ wh·factor: products by interval, summed in Python's whole numbers."""
    return sum(int(a) * int(b) for a, b in zip(wh, factor, strict=True))


def matchings(
    consumption: Consumption, attributes: Iterable[Attribute], zone: ZoneInfo
) -> dict[Granularity, Matching]:
    """Return the matching at every granularity the consumption's intervals allow."""
    known = list(attributes)
    fit = [
        granularity
        for granularity in Granularity
        if granularity.longest_us is None or consumption.step_us <= granularity.longest_us
    ]
    return {granularity: match(consumption, known, granularity, zone) for granularity in fit}


def scores(
    consumption: Consumption, attributes: Iterable[Attribute], zone: ZoneInfo
) -> dict[Granularity, Score]:
    """Return the score at every granularity the consumption's intervals allow."""
    found = matchings(consumption, attributes, zone)
    return {granularity: score(one, consumption) for granularity, one in found.items()}


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A period whose load is not all covered."""

    start: datetime
    end: datetime
    load_wh: int
    matched_wh: int

    @property
    def missing_wh(self) -> int:
        """What is not covered."""
        return self.load_wh - self.matched_wh


def unmatched(matching: Matching) -> list[Unmatched]:
    """Return the periods with load that is not covered, in order of time."""
    short = np.flatnonzero(matching.load_by_period_wh > matching.supply_by_period_wh)
    borders = matching.periods.borders_us
    return [
        Unmatched(
            start=from_microseconds(borders[period]),
            end=from_microseconds(borders[period + 1]),
            load_wh=int(matching.load_by_period_wh[period]),
            matched_wh=int(matching.matched_by_period_wh[period]),
        )
        for period in short
    ]


@dataclass(frozen=True, slots=True)
class ResidualCarbon:
    """Emissions of what is not covered, and the uncovered Wh whose factor is not known."""

    ng: int
    unknown_wh: int


def residual_carbon(
    matching: Matching,
    consumption: Consumption,
    ng_per_wh: Int64,
    factor_known: NDArray[np.bool_] | None = None,
) -> ResidualCarbon:
    """Return Σ (load − covered) · EF by interval (rules D.3); unknown factors are never zero."""
    known = np.ones(len(ng_per_wh), dtype=bool) if factor_known is None else factor_known
    uncovered_wh = consumption.load_wh - matching.coverage.covered_wh
    return ResidualCarbon(
        ng=_dot(uncovered_wh[known], ng_per_wh[known]),
        unknown_wh=int(uncovered_wh[~known].sum()),
    )


@dataclass(frozen=True, slots=True)
class ScopeTwo:
    """Both totals of scope 2, in ng; they are reported side by side and never added."""

    location_based_ng: int
    market_based_ng: int


def scope_two(
    consumption: Consumption,
    coverages: Iterable[Coverage],
    grid_ng_per_wh: int,
    residual_ng_per_wh: int,
) -> ScopeTwo:
    """Return LB = Σ load·EF_grid and MB = Σ covered·EF_instrument + rest·EF_residual (D.1).

    `coverages` are all of this consumption: its own and its share of the park's.
    """
    load_wh = int(consumption.load_wh.sum())
    covered = [
        (rate.ng_per_wh, int(wh.sum()))
        for coverage in coverages
        for rate, wh in coverage.by_rate().items()
    ]
    covered_ng = sum(ng_per_wh * wh for ng_per_wh, wh in covered)
    rest_wh = load_wh - sum(wh for _, wh in covered)
    return ScopeTwo(load_wh * grid_ng_per_wh, covered_ng + rest_wh * residual_ng_per_wh)
