"""Sums of scores, and what they say: mean errors, shares and skill."""

from dataclasses import dataclass
from math import inf

from services.forecasting.domain.scoring import NAIVES

ENOUGH_SHARE = 0.5
"""Of the cells a naive method must have answered to be the one to beat."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over cells, see `scoring.Scores`; of one point and one class of horizons.

    `naive_w` and `rival_w` are in the order of NAIVES.
    """

    issues: int
    cases: int
    inside: int
    error_w: float
    excess_w: float
    low_loss_w: float
    high_loss_w: float
    size_w: float
    naive_w: tuple[float, ...]
    rival_w: tuple[float, ...]
    naive_cases: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.cases < 1:
            raise ValueError(f"a tally needs a case, got {self.cases}")
        if not len(self.naive_w) == len(self.rival_w) == len(self.naive_cases) == len(NAIVES):
            raise ValueError(f"a tally needs one entry for each of {', '.join(NAIVES)}")

    def mean(self, total_w: float) -> float:
        """Return a sum as the mean over the cells."""
        return total_w / self.cases

    def naive_mean(self, place: int) -> float | None:
        """Return a naive method's mean error over the cells it answered; None without any."""
        count = self.naive_cases[place]
        return self.naive_w[place] / count if count else None

    @property
    def coverage(self) -> float:
        """The share of truths in P10..P90."""
        return self.inside / self.cases

    @property
    def best(self) -> int | None:
        """Which naive method did best on the cells it answered; None where none answered enough."""
        enough = [i for i in range(len(NAIVES)) if self._answered_enough(i)]
        return max(enough, key=self._ratio, default=None)

    @property
    def skill(self) -> float | None:
        """How much smaller our error is than the best naive's, on its cells: 1 perfect, 0 equal.

        None without a naive method, and where it made no error while we did (a constant series).
        """
        best = self.best
        ratio = inf if best is None else self._ratio(best)
        return None if ratio == inf else 1.0 - ratio

    def _answered_enough(self, place: int) -> bool:
        return self.naive_cases[place] >= max(1.0, ENOUGH_SHARE * self.cases)

    def _ratio(self, place: int) -> float:
        """Return our error over the naive's on the same cells."""
        ours, theirs = self.rival_w[place], self.naive_w[place]
        if theirs == 0.0:
            return inf if ours > 0.0 else 1.0
        return ours / theirs
