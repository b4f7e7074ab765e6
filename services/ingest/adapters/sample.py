"""One measured value as a field protocol reported it, before anyone judged it."""

import math
from typing import NamedTuple

from services.ingest.domain.batch import Quality


class Sample(NamedTuple):
    """`value` in the unit of the point's quantity, NaN where there is none (then INVALID)."""

    point_id: str
    event_time_us: int
    value: float
    quality: Quality = Quality.GOOD


def sample_of(
    point_id: str, event_time_us: int, value: float, quality: Quality = Quality.GOOD
) -> Sample:
    """Return a sample; a value that is not finite is NaN and INVALID whatever was said of it."""
    if not math.isfinite(value):
        return Sample(point_id, event_time_us, math.nan, Quality.INVALID)
    return Sample(point_id, event_time_us, value, quality)
