"""How errors of the past hang together: their ranks as normal scores, by origin and horizon.

Origins lie on one grid for all series of a park, so that scores of one origin belong together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.joint.normal import scores_by_rank
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.state import State
from services.forecasting.domain.series import Floats, Ints

REMEMBERED = 200  # origins, some three weeks
FEWEST_ORIGINS = 20
MEMORIES = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0)  # steps
USUAL_MEMORY = 8.0
LONGEST_LAG = 32


@dataclass(frozen=True, slots=True, eq=False)
class PastErrors:
    """Normal scores `(origins, horizons)`, 0 where nothing is known; `minute` is each origin's.

    `memory` is how many steps it takes until an error is forgotten (to a share of 1/e).
    """

    minute: Ints
    horizons: Ints
    score: NDArray[np.float32]
    memory: float

    @classmethod
    def none(cls) -> "PastErrors":
        """Return the scores of a series whose errors nobody knows."""
        none = np.empty((0, 1), np.float32)
        return cls(np.empty(0, np.int64), np.ones(1, np.int64), none, USUAL_MEMORY)


def past_errors_of(record: Record, state: State) -> PastErrors:
    """Return the scores of a state's errors out of sample, as far as the record tells them."""
    ledger, mixture = state.ledger, state.seeing.mixture
    if not len(ledger.minute) or any(name not in ledger.said for name in mixture.names):
        return PastErrors.none()
    said = mixture.mixed(ledger.said, ledger.horizons)
    errors = (ledger.truth(record, state.task) - said)[-REMEMBERED:]
    return scored(ledger.minute[-REMEMBERED:], ledger.horizons, errors)


def scored(minute: Ints, horizons: Ints, errors: Floats) -> PastErrors:
    """Return the scores of errors `(origins, horizons)`, NaN unknown; none of too few."""
    if np.isfinite(errors).sum(axis=0).max(initial=0) < FEWEST_ORIGINS:
        return PastErrors.none()
    score = np.column_stack([_ranked(column) for column in errors.T])
    return PastErrors(minute, horizons, score.astype(np.float32), _memory_of(score, horizons))


def _ranked(errors: Floats) -> Floats:
    """Return normal scores of the ranks of known values, 0 for unknown ones."""
    known = np.flatnonzero(np.isfinite(errors))
    score = np.zeros(len(errors))
    score[known[np.argsort(errors[known], kind="stable")]] = scores_by_rank(len(known))
    return score


def _memory_of(score: Floats, horizons: Ints) -> float:
    """Return the memory that fits how alike the scores of near horizons of one origin are."""
    size = np.sqrt((score**2).sum(axis=0))
    some = np.flatnonzero(size > 0.0)
    alike = (score[:, some].T @ score[:, some]) / np.outer(size[some], size[some])
    lag = horizons[some][None, :] - horizons[some][:, None]
    near = (lag > 0) & (lag <= LONGEST_LAG)
    if not near.any():
        return USUAL_MEMORY
    off = [((np.exp(-lag[near] / memory) - alike[near]) ** 2).sum() for memory in MEMORIES]
    return MEMORIES[int(np.argmin(off))]
