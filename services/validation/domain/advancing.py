"""`advance(state, batch, rules) -> (state, judged)`: one raw frame taken in."""

import numpy as np

from services.energy.readings import Doubt
from services.validation.domain.batch import Batch, Judged, Quality
from services.validation.domain.judging import StampRules, judge, remember
from services.validation.domain.rules import Rules
from services.validation.domain.state import State


def advance(state: State, batch: Batch, rules: Rules) -> tuple[State, Judged]:
    """Return the state after a raw frame and the rows the frame comes to.

    `state` is consumed: use the returned one. The same state and frame give the same rows.
    """
    stamps = StampRules(rules.future_tolerance_us, rules.oldest_us)
    judgement = judge(state.memory, batch, rules, stamps, now_us=batch.arrival_us)
    doubt = judgement.doubt
    questionable = (batch.quality == Quality.QUESTIONABLE) & (doubt == Doubt.NONE)
    doubt = np.where(questionable, np.uint8(Doubt.FIELD_QUESTIONABLE), doubt)
    invalid = batch.quality == Quality.INVALID
    doubt = np.where(invalid, np.uint8(Doubt.FIELD_INVALID), doubt)
    remember(state.memory, judgement)
    kept = judgement.kept
    lost, counts = np.unique(doubt[~kept], return_counts=True)
    dropped = {Doubt(int(d)): int(n) for d, n in zip(lost, counts, strict=True)}
    return state, Judged(
        point_index=batch.point_index[kept],
        event_time_us=batch.event_time_us[kept],
        value=batch.value[kept],
        doubt=doubt[kept].astype(np.uint8),
        known_at_us=np.full(int(kept.sum()), batch.arrival_us, np.int64),
        restated=np.zeros(int(kept.sum()), np.bool_),
        dropped=dropped,
    )
