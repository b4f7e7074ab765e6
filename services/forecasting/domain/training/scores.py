"""What challenger, champion and naive models said of held-back days, against what came."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.outlook.ledger import Ledger
from services.forecasting.domain.outlook.plain import NAIVE
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats

CLASS_HOURS = (1, 4, 24, 48)
FEWEST_CASES = 8
NOTHING = 1e-12  # of a watt: a series that is never wrong


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Mean absolute errors on held-back days, of horizons up to `horizon_hours` (past the last).

    In the unit of the series: of the model and of what served `before` it, on the same cases; and
    of the best naive method, chosen in hindsight, on those of them where it spoke, at least half
    (None where none did).
    """

    horizon_hours: int
    cases: int
    error: float
    before: float
    naive: float | None

    @property
    def over_before(self) -> float:
        """The error over that of what served before; 1 where neither is ever wrong."""
        return _over(self.error, self.before)

    @property
    def over_naive(self) -> float:
        """The error over that of the best naive method; 1 where that is unknown."""
        return 1.0 if self.naive is None else _over(self.error, self.naive)


def scores_of(
    ledger: Ledger, truth: Floats, said: Floats, before: Floats, task: Task
) -> tuple[HeldBack, ...]:
    """Return one score per horizon class that has cases.

    `ledger` holds the words of the held-back origins; `truth`, `said` by the model and by what
    served `before` are `(origins, horizons)` of them, NaN unknown.
    """
    hours = ledger.horizons * task.step_min / 60
    scores, shortest = [], 0
    for longest in CLASS_HOURS:
        held = (hours > shortest) & (hours <= longest)
        shortest = longest
        score = _score(longest, ledger, truth[:, held], said[:, held], before[:, held], held)
        if score is not None:
            scores.append(score)
    return tuple(scores)


def _score(
    hours: int,
    ledger: Ledger,
    truth: Floats,
    said: Floats,
    before: Floats,
    held: NDArray[np.bool_],
) -> HeldBack | None:
    known = np.isfinite(truth) & np.isfinite(said) & np.isfinite(before)
    if known.sum() < FEWEST_CASES:
        return None
    naive = [ledger.said[m.name][:, held] for m in NAIVE if m.name in ledger.said]
    return HeldBack(
        horizon_hours=hours,
        cases=int(known.sum()),
        error=float(np.abs(said - truth)[known].mean()),
        before=float(np.abs(before - truth)[known].mean()),
        naive=_best_naive(naive, truth, known),
    )


def _best_naive(said: list[Floats], truth: Floats, known: NDArray[np.bool_]) -> float | None:
    """Return the least error of a method that spoke in at least half of the cases."""
    errors = []
    for one in said:
        spoken = known & np.isfinite(one)
        if 2 * spoken.sum() >= known.sum():
            errors.append(float(np.abs(one - truth)[spoken].mean()))
    return min(errors, default=None)


def _over(error: float, other: float) -> float:
    return 1.0 if max(error, other) < NOTHING else error / max(other, NOTHING)
