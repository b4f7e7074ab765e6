"""What can be said of each reading by itself (§11.2), for a whole frame at once."""

import numpy as np
import numpy.typing as npt

from services.energy.names import UNKNOWN
from services.energy.readings import Doubt, FieldQuality
from services.validation.domain.batch import Batch, Bytes, Mask, Values
from services.validation.domain.rules import Rules

Rows = npt.NDArray[np.int64]


def shown_values(batch: Batch) -> Values:
    """Return the values as rows hold them: NaN for what is no number, never minus zero."""
    return np.where(np.isfinite(batch.value), batch.value, np.nan) + 0.0


def doubts_alone(batch: Batch, rows: Rows, rules: Rules) -> Bytes:
    """Return the first of the doubts that need no other reading, or NONE."""
    if not len(rules):
        return np.select(
            *_of_stamps(batch.event_time_us, batch, rules), Doubt.UNKNOWN_POINT
        ).astype(np.uint8)
    doubt = np.zeros(len(batch), np.uint8)
    safe = np.maximum(rows, 0)
    times, values = batch.event_time_us, batch.value
    sound = (values >= rules.minimum[safe]) & (values <= rules.maximum[safe])
    sound &= (times <= batch.arrival_us + rules.future_tolerance_us) & (rows != UNKNOWN)
    sound &= (times >= batch.arrival_us - rules.oldest_us) & (batch.quality == FieldQuality.GOOD)
    odd = np.flatnonzero(~sound)
    if len(odd):
        doubt[odd] = _of_odd(batch, rows, rules, odd)
    return doubt


def misstamped(doubt: Bytes) -> Mask:
    """Return which readings have no place among others: their point or their time is wrong."""
    mask: Mask = np.isin(doubt, (Doubt.UNKNOWN_POINT, Doubt.IN_FUTURE, Doubt.TOO_OLD))
    return mask


def _of_odd(batch: Batch, rows: Rows, rules: Rules, odd: npt.NDArray[np.intp]) -> Bytes:
    at, times, values = rows[odd], batch.event_time_us[odd], batch.value[odd]
    quality, safe = batch.quality[odd], np.maximum(rows[odd], 0)
    about_stamps, their_doubts = _of_stamps(times, batch, rules)
    return np.select(
        [
            *about_stamps,
            at == UNKNOWN,
            quality == FieldQuality.INVALID,
            ~np.isfinite(values),
            (values < rules.minimum[safe]) | (values > rules.maximum[safe]),
            quality == FieldQuality.QUESTIONABLE,
        ],
        [
            *their_doubts,
            Doubt.UNKNOWN_POINT,
            Doubt.FIELD_INVALID,
            Doubt.NOT_A_NUMBER,
            Doubt.OUT_OF_RANGE,
            Doubt.FIELD_QUESTIONABLE,
        ],
        Doubt.FIELD_INVALID,  # a quality this code does not know
    ).astype(np.uint8)


def _of_stamps(times: Rows, batch: Batch, rules: Rules) -> tuple[list[Mask], list[Doubt]]:
    """Return which times cannot be, by doubt; asked first, for they have no place in any table."""
    ahead = times > batch.arrival_us + rules.future_tolerance_us
    behind = times < batch.arrival_us - rules.oldest_us
    return [ahead, behind], [Doubt.IN_FUTURE, Doubt.TOO_OLD]
