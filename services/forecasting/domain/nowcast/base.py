"""Quarter means as minutes: held for the quarter, or joined smoothly with every mean kept."""

import numpy as np

from services.forecasting.domain.nowcast.leads import QUARTER_MIN
from services.forecasting.domain.series import Floats

_INTO = (np.arange(QUARTER_MIN) + 0.5) / QUARTER_MIN
_BULGE = _INTO * (1.0 - _INTO)
_BULGE /= _BULGE.mean()


def held(quarterly: Floats) -> Floats:
    """Return each quarter's mean in all its minutes: `(…, quarters)` to `(…, minutes)`."""
    return np.repeat(quarterly, QUARTER_MIN, axis=-1)


def joined(quarterly: Floats) -> Floats:
    """Return minutes that go through the middle of neighbours at borders and keep each mean."""
    middle = (quarterly[..., :-1] + quarterly[..., 1:]) / 2
    begin = np.concatenate((_outer(quarterly[..., :1], middle[..., :1]), middle), axis=-1)
    end = np.concatenate((middle, _outer(quarterly[..., -1:], middle[..., -1:])), axis=-1)
    bulge = quarterly - (begin + end) / 2
    straight = begin[..., None] * (1.0 - _INTO) + end[..., None] * _INTO
    minutes = straight + bulge[..., None] * _BULGE
    return minutes.reshape(*quarterly.shape[:-1], -1)


def _outer(mean: Floats, border: Floats) -> Floats:
    """Return the outer border of the first or last quarter, as if it went straight on."""
    return 2 * mean - border
