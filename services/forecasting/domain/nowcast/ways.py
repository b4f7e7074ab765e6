"""Simple ways on from the present; all leave the last reading within the first minutes only.

`last` stays; `moved` and `joined` move as the outlook does (held or joined quarters); `calm` does
so from the mean of the last minutes; `scaled` keeps the share of the outlook (a cloud, a machine
that is off); `outlook` forgets the present.
"""

from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.nowcast.leads import LOOSE
from services.forecasting.domain.series import Floats

NAMES = ("last", "moved", "joined", "calm", "scaled", "outlook")
LAST, OUTLOOK = NAMES.index("last"), NAMES.index("outlook")
MOVED = NAMES.index("moved")
CALM_MIN = 5
_LARGEST_SHARE = 3.0
_FEWEST_SHARE = 0.02  # of the outlook's size, below which a share says nothing


@dataclass(frozen=True, slots=True, eq=False)
class Present:
    """What is measured now beside what the outlook says of the same minute, `(…,)` each."""

    last: Floats
    calm: Floats
    held: Floats
    joined: Floats


def ways_on(present: Present, held: Floats, joined: Floats) -> Floats:
    """Return what each way says of leads `(…, leads)` of the outlook: `(ways, …, leads)`."""
    last, calm = present.last[..., None], present.calm[..., None]
    now_held, now_joined = present.held[..., None], present.joined[..., None]
    moved = last + held - now_held
    size = np.abs(joined).max(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip(last / now_joined, 0.0, _LARGEST_SHARE)
    tellable = np.abs(now_joined) > _FEWEST_SHARE * size
    said = np.array(
        [
            np.broadcast_to(last, held.shape),
            moved,
            last + joined - now_joined,
            calm + joined - now_joined,
            np.where(tellable, share * joined, moved),
            joined,
        ]
    )
    return np.asarray(last + LOOSE * (said - last), np.float64)
