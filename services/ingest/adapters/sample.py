"""One measured value as a field protocol reported it, before anyone judged it."""

import math
from typing import NamedTuple

from services.energy.readings import FieldQuality


class Sample(NamedTuple):
    """`value` in the unit of the point's quantity, NaN where there is none (then INVALID)."""

    point_id: str
    event_time_us: int
    value: float
    quality: FieldQuality = FieldQuality.GOOD


def sample_of(
    point_id: str, event_time_us: int, value: float, quality: FieldQuality = FieldQuality.GOOD
) -> Sample:
    """Return a sample; a value that is not finite is NaN and INVALID whatever was said of it."""
    if not math.isfinite(value):
        return Sample(point_id, event_time_us, math.nan, FieldQuality.INVALID)
    return Sample(point_id, event_time_us, value, quality)
