"""Streams as they are, played through validation: which doubts they end with."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from services.energy.readings import Doubt
from services.validation.domain.advancing import advance
from services.validation.domain.batch import Batch
from services.validation.domain.gaps import gaps
from services.validation.domain.rules import Rules
from services.validation.domain.state import new_state
from tests.support.recorded_streams import Stream

SECOND_US = 1_000_000


class SoundRun:
    """Row s of `doubts` and `silent` is stream s, column t its t-th reading, `every` minutes apart.

    `silent` tells when the point was reported as silent.
    """

    def __init__(self, streams: list[Stream], every: int) -> None:
        kinds = {stream.point.device_id: stream.kind for stream in streams}
        self.ids = [stream.point.id for stream in streams]
        self.rules = Rules.of([stream.point for stream in streams], kinds)
        self.values = np.vstack([stream.values[::every] for stream in streams])
        self.doubts = np.zeros(self.values.shape, np.uint8)
        self.silent = np.zeros(self.values.shape, np.bool_)
        self._play(streams[0].start_s * SECOND_US, every * 60 * SECOND_US)

    def _play(self, start_us: int, step_us: int) -> None:
        state = new_state(self.rules)
        for step in range(self.values.shape[1]):
            at_us = start_us + step * step_us
            heard = np.flatnonzero(~np.isnan(self.values[:, step]))
            batch = Batch(
                park_id="sound",
                source_id="sound",
                frame_id=str(step),
                arrival_us=at_us + SECOND_US,
                point_ids=self.rules.ids,
                point_index=heard.astype(np.uint32),
                event_time_us=np.full(len(heard), at_us),
                value=self.values[heard, step],
                quality=np.zeros(len(heard), np.uint8),
            )
            state, judged = advance(state, batch, self.rules)
            places = (judged.event_time_us - start_us) // step_us
            self.doubts[judged.point_index, places] = judged.doubt
            if len(heard) < len(self.ids):
                self.silent[gaps(state, self.rules, at_us + SECOND_US).row, step] = True

    def of(self, point_id: str) -> NDArray[np.uint8]:
        """Return the doubts of a point."""
        doubts: NDArray[np.uint8] = self.doubts[self.ids.index(point_id)]
        return doubts

    def counts(self, sound: NDArray[np.bool_] | None = None) -> Counter[Doubt]:
        """Return how many readings (of those that are sound) ended with each doubt."""
        mask = self.doubts != Doubt.NONE
        if sound is not None:
            mask &= sound
        return Counter(Doubt(int(doubt)) for doubt in self.doubts[mask])

    def readings(self) -> int:
        """Return how many readings there were."""
        return int((~np.isnan(self.values)).sum())
