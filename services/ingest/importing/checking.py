"""What a file holds and what would become of it: counted block by block, nothing kept."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from services.energy.readings import Doubt
from services.energy.time_grid import from_microseconds
from services.ingest.domain.batch import Batch
from services.ingest.domain.first_look import Border
from services.ingest.importing.parsing import Readings

WHY = {
    Doubt.OUT_OF_RANGE: "outside the range of its point in the park file",
    Doubt.IN_FUTURE: "ahead of park time by more than the park file tolerates",
    Doubt.TOO_OLD: "older than the park file accepts (telemetry.oldest)",
}


@dataclass(slots=True)
class Tally:
    """Counts of one file."""

    file: str
    readings: int = 0
    empty: int = 0
    mistakes: int = 0
    points: set[str] = field(default_factory=set)
    first_us: int | None = None
    last_us: int | None = None
    refused: Counter[Doubt] = field(default_factory=Counter)
    example: dict[Doubt, str] = field(default_factory=dict)

    def add(self, readings: Readings, border: Border, now_us: int) -> None:
        """Count a block."""
        self.empty += readings.empty
        if not len(readings):
            return
        self.readings += len(readings)
        self.points |= {readings.point_ids[i] for i in np.unique(readings.point_index)}
        first, last = int(readings.event_time_us.min()), int(readings.event_time_us.max())
        self.first_us = first if self.first_us is None else min(self.first_us, first)
        self.last_us = last if self.last_us is None else max(self.last_us, last)
        self._look(batch_from("import", readings), border, now_us)

    def _look(self, batch: Batch, border: Border, now_us: int) -> None:
        doubts = border.look(batch, now_us=now_us)
        for number in np.unique(doubts[doubts != Doubt.NONE]).tolist():
            doubt = Doubt(number)
            row = int(np.flatnonzero(doubts == number)[0])
            self.refused[doubt] += int(np.count_nonzero(doubts == number))
            point = batch.point_ids[batch.point_index[row]]
            at = from_microseconds(batch.event_time_us[row])
            self.example.setdefault(doubt, f"{point} {at:%Y-%m-%dT%H:%M:%SZ} {batch.value[row]:g}")

    def table(self) -> str:
        """Return the counts for people."""
        rows = [
            ("readings", f"{self.readings:,}"),
            ("points", f"{len(self.points):,}"),
            ("span", self._span()),
            ("empty cells left out", f"{self.empty:,}"),
            ("mistakes", f"{self.mistakes:,}"),
            ("would be refused", f"{self.refused.total():,}"),
        ]
        rows += [
            (f"  {doubt.name.lower()}", f"{count:,}: {WHY[doubt]}, e.g. {self.example[doubt]}")
            for doubt, count in self.refused.most_common()
        ]
        return "\n".join([self.file, *(f"  {name:24}{shown}" for name, shown in rows)])

    def _span(self) -> str:
        if self.first_us is None or self.last_us is None:
            return "none"
        first, last = from_microseconds(self.first_us), from_microseconds(self.last_us)
        return f"{first:%Y-%m-%dT%H:%M:%SZ} to {last:%Y-%m-%dT%H:%M:%SZ}"


def batch_from(source_id: str, readings: Readings) -> Batch:
    """Return the readings as a batch of their source."""
    return Batch(
        source_id,
        readings.point_ids,
        readings.point_index,
        readings.event_time_us,
        readings.value,
        readings.quality,
    )
