"""Quarter hours counted anew where readings were out of memory (energy-accounting 5.3)."""

from collections.abc import Iterable

import numpy as np

from services.energy.readings import VERDICT_OF, Doubt
from services.validation.domain.energy.edits import Edit
from services.validation.domain.energy.memory import Registers
from services.validation.domain.energy.readings import Counts, JudgedRows, rows_of_columns
from services.validation.domain.energy.recalling import recalled
from services.validation.domain.energy.splitting import QUARTER_US
from services.validation.domain.energy.table import RegisterTable
from services.validation.domain.replaying import Word
from services.validation.interval_messages import suspense_posting
from services.validation.pictures import Pictures

_VERDICTS = np.array([VERDICT_OF[doubt] for doubt in Doubt], np.uint8)


class Beyond:
    """What was too old when it came, by register; and its quarter hours among what is known now."""

    def __init__(self, table: RegisterTable) -> None:
        self._table = table
        self._times_us: dict[int, set[int]] = {}

    def note(self, rows: JudgedRows) -> None:
        """Note rows that the energy step handed back."""
        columns = (rows.register.tolist(), rows.event_time_us.tolist())
        for register, time_us in zip(*columns, strict=True):
            self._times_us.setdefault(register, set()).add(time_us)

    @property
    def point_ids(self) -> set[str]:
        """The registers of which something was too old."""
        return {self._table.ids[register] for register in self._times_us}

    def recount(self, judged: Pictures, states: Iterable[Registers], known_us: int) -> None:
        """Put into the picture what its own readings say of the quarter hours of these rows.

        Told are quarters between the first and the last believed reading of the picture.
        """
        registers = list(states)
        words: dict[str, list[tuple[int, Word]]] = {}
        wanted = self.point_ids
        for (point_id, time_us), word in sorted(judged.readings.words.items()):
            if point_id in wanted:
                words.setdefault(point_id, []).append((time_us, word))
        for register in sorted(self._times_us):
            if own := words.get(self._table.ids[register]):
                edits = [e for one in registers for e in one.edits.get(register, {}).values()]
                self._recount(judged, register, own, edits, known_us)

    def _recount(
        self,
        judged: Pictures,
        register: int,
        words: list[tuple[int, Word]],
        edits: list[Edit],
        known_us: int,
    ) -> None:
        rows = _rows(register, words)
        late = np.isin(rows.event_time_us, list(self._times_us[register]))
        believed = rows.event_time_us[rows.counts == Counts.BELIEVED]
        if not late.any() or not len(believed):
            return
        around, came = rows.picked(~late), rows.picked(late)
        step = recalled(self._table, register, around, edits, came, (), known_at_us=known_us)
        point_id, source_id = self._table.ids[register], words[-1][1].source_id
        for (_, start_us), parts in step.intervals.by_key().items():
            if believed[0] <= start_us and start_us + QUARTER_US <= believed[-1]:
                word = Word(known_us, source_id, tuple(parts))
                judged.intervals.hear((point_id, start_us), word)
        for posting in step.postings:
            told = suspense_posting(posting, self._table.ids)
            judged.hear_posting(source_id, f"recalled/{known_us}", told)


def _rows(register: int, words: list[tuple[int, Word]]) -> JudgedRows:
    doubt = np.array([int(word.says[1]) for _, word in words], np.uint8)
    return rows_of_columns(
        np.full(len(words), register, np.int64),
        np.array([time_us for time_us, _ in words], np.int64),
        np.array([word.says[0] for _, word in words], np.float64),
        _VERDICTS[doubt],
        doubt,
    )
