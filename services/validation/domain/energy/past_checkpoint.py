"""The past of the registers as columns and back; registers may have come, gone and moved."""

from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from services.energy.like_days import SLOTS, LikeDay
from services.validation.domain.energy.past import NEVER, Past
from services.validation.domain.energy.profiles import Profile

Int64s = npt.NDArray[np.int64]


def past_columns(past: Past) -> dict[str, Any]:
    """Return the columns of a checkpoint; registers that never told a quarter are left out.

    A shape is (register, local day) with its weights, all zero where nothing was known.
    """
    told = np.flatnonzero(past.newest != NEVER)
    shapes = sorted(
        (register, day, profile)
        for register, own in past.shapes.items()
        for day, profile in own.items()
    )
    weights = [_weights(profile) for _, _, profile in shapes]
    return {
        "past_register": told,
        "past_newest": past.newest[told],
        "past_plus_one": past.plus_one[:, told],
        "shape_of": np.array([(r, day) for r, day, _ in shapes], np.int64).reshape(-1, 2),
        "shape_known": np.array([profile is not None for *_, profile in shapes], np.bool_),
        "shape_wh": np.array(weights, np.uint32).reshape(-1, len(LikeDay), SLOTS),
    }


def _weights(profile: Profile | None) -> npt.NDArray[np.uint32]:
    return np.zeros((len(LikeDay), SLOTS), np.uint32) if profile is None else profile.weights_wh


def restore_past(past: Past, columns: Any, old: Int64s, new: Int64s, zone: ZoneInfo) -> None:
    """Put the columns into an empty past; register `old[i]` of the checkpoint is `new[i]` now."""
    now_of = dict(zip(old.tolist(), new.tolist(), strict=True))
    rings, newest = columns["past_plus_one"], columns["past_newest"]
    for row, was in enumerate(columns["past_register"].tolist()):
        if (register := now_of.get(was)) is not None:
            past.newest[register] = newest[row]
            kept = min(past.length, len(rings))
            numbers = np.arange(newest[row] - kept + 1, newest[row] + 1)
            if kept:
                cells = rings[numbers % len(rings), row]
                past.plus_one[numbers % past.length, register] = cells
    names = ("shape_of", "shape_known", "shape_wh")
    for (was, day), known, weights_wh in zip(*(columns[name] for name in names), strict=True):
        if (register := now_of.get(int(was))) is not None:
            profile = Profile(zone, weights_wh) if known else None
            past.shapes.setdefault(register, {})[int(day)] = profile
