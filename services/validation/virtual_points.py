"""Judged frames in, values of virtual points out, judged like their worst input.

Inputs of one formula may come from several sources and so through several processes; therefore
what formulas need stands in the database, and one process at a time looks at it. What is published
is in Kafka before the transaction ends: a batch that comes again finds its words known, or says
the same once more.

Of inputs the word stands that history lets stand (§3.3), whenever it comes. A later word on a slot
is known later than the one before, whichever input arrived when, so that it stands there too. A
reading whose stamp was refused is in no slot; read from the database is what the slots of a batch
hold, however far apart they are.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from services.energy.frame_numbers import number_of
from services.energy.site import Park
from services.energy.time_grid import from_microseconds, to_microseconds
from services.runtime.clock import ParkClock
from services.runtime.database import Database
from services.runtime.frames import Frame, frame_from, message_from
from services.runtime.publishing import Publishes
from services.runtime.received import Received
from services.runtime.topics import READINGS
from services.validation.domain.virtual.formulas import MICROSECOND, Formulas
from services.validation.domain.virtual.inputs import Inputs, Judgements
from services.validation.domain.virtual.slots import Needs, is_placed, needs_of
from services.validation.domain.virtual.stepping import advance_virtual
from services.validation.domain.virtual.words import Key, Word, later, standing
from services.validation.virtual_store import VirtualStore

SOURCE = "virtual"
FORGET_EVERY = 1000


@dataclass(frozen=True, slots=True)
class _Batch:
    """The words of a batch that stand, and as of when all of them are known."""

    words: dict[Key, Word]
    known_us: int
    frame_id: str


class VirtualPoints:
    """Evaluates the virtual points of one park. Idempotency key: (point, event time)."""

    def __init__(
        self, park: Park, clock: ParkClock, database: Database, publisher: Publishes
    ) -> None:
        self._park_id, self._clock = park.id, clock
        self._database, self._publisher = database, publisher
        self._formulas = Formulas.of(park.virtual_points)
        self._rows = self._formulas.row_of
        self._oldest_us = park.telemetry.oldest // MICROSECOND
        self._margin_us = self._reach_us()
        self._store = VirtualStore(park.id)
        self._batches = 0

    async def take(self, received: list[Received[Any]]) -> None:
        """Take one batch in; returns once Kafka and the database have what follows from it."""
        batch = self._batch_of(received)
        if batch is None:
            return
        async with self._database.transaction() as connection:
            await self._store.take_turn(connection)
            around = await self._store.needed(connection, self._needs(batch.words))
            new = later(batch.words, around)
            changed = self._changed(around, new)
            known_us = self._known_us(batch, _earlier(around, changed))
            if changed:
                message = message_from(self._frame(batch.frame_id, known_us, changed))
                await self._publisher.publish(READINGS, f"{self._park_id}/{SOURCE}", message)
            await self._store.put(
                connection, [*new, *(replace(word, known_us=known_us) for word in changed)]
            )
            self._batches += 1
            if self._batches % FORGET_EVERY == 1:
                horizon_us = batch.known_us - self._oldest_us - self._margin_us
                await self._store.forget_before(connection, horizon_us)

    def _reach_us(self) -> int:
        """Return how far from a reading a slot can begin or end that depends on it."""
        levels = int(self._formulas.level.max(initial=0)) + 1
        return (levels + 1) * int(self._formulas.step_us.max(initial=0))

    def _batch_of(self, received: list[Received[Any]]) -> _Batch | None:
        words: list[Word] = []
        known_us, position = 0, ""
        for one in received:
            if one.message.park_id != self._park_id or one.message.source_id == SOURCE:
                continue
            frame = frame_from(one.message)
            own = [word for word in _words(frame, one.offset) if word.point_id in self._rows]
            words += own
            if own:
                known_us = max(known_us, own[0].known_us)
                position = f"{one.partition}/{one.offset}"
        return _Batch(standing(words), known_us, f"{SOURCE}/{position}") if words else None

    def _needs(self, words: Iterable[Key]) -> Needs:
        """Return what is needed to say what follows from words on these keys."""
        ids, times_us = zip(*words, strict=True)
        return needs_of(self._formulas, self._formulas.rows_of(ids), np.array(times_us, np.int64))

    def _changed(self, around: list[Word], new: list[Word]) -> list[Word]:
        """Return what virtual points come to otherwise now that the new words are said."""
        most = Counter(word.point_id for word in (*around, *new)).most_common(1)
        inputs = Inputs(self._formulas.ids, depth=2 * most[0][1])
        held = sorted(around, key=lambda word: (self._rows[word.point_id], word.event_time_us))
        inputs.take(self._judgements(held))
        _, changed, _ = advance_virtual(inputs, self._formulas, self._judgements(new))
        ids = [self._formulas.ids[row] for row in changed.row.tolist()]
        columns = (changed.event_time_us, changed.value, changed.verdict, changed.doubt)
        return [
            Word(point_id, time_us, value, verdict, doubt, 0, 0, None)
            for point_id, time_us, value, verdict, doubt in zip(
                ids, *(column.tolist() for column in columns), strict=True
            )
        ]

    def _judgements(self, words: list[Word]) -> Judgements:
        return Judgements(
            self._formulas.rows_of([word.point_id for word in words]),
            np.array([word.event_time_us for word in words], np.int64),
            np.array([word.value for word in words], np.float64),
            np.array([word.verdict for word in words], np.uint8),
            np.array([word.doubt for word in words], np.uint8),
        )

    def _known_us(self, batch: _Batch, earlier: list[Word]) -> int:
        """Return an instant at which nothing was known yet of what a batch comes to."""
        now_us = to_microseconds(self._clock.now())
        said_us = max((word.known_us for word in earlier), default=0)
        return max(now_us, batch.known_us, said_us + 1)

    def _frame(self, frame_id: str, known_us: int, words: list[Word]) -> Frame:
        points = tuple(dict.fromkeys(word.point_id for word in words))
        return Frame(
            park_id=self._park_id,
            source_id=SOURCE,
            frame_id=frame_id,
            arrival_time=from_microseconds(known_us),
            point_ids=points,
            point_index=np.array([points.index(word.point_id) for word in words], np.uint32),
            event_time_us=np.array([word.event_time_us for word in words], np.int64),
            value=np.array([word.value for word in words], np.float64),
            verdict=np.array([word.verdict for word in words], np.uint8),
            doubt=np.array([word.doubt for word in words], np.uint8),
        )


def _earlier(around: list[Word], changed: list[Word]) -> list[Word]:
    """Return what was said before of the keys that change."""
    keys = {word.key for word in changed}
    return [word for word in around if word.key in keys]


def _words(frame: Frame, offset: int) -> Iterable[Word]:
    """Yield the words of a frame that are in slots."""
    columns = (frame.point_index, frame.event_time_us, frame.value, frame.verdict, frame.doubt)
    placed = is_placed(frame.doubt)
    rows = zip(*(column[placed].tolist() for column in columns), strict=True)
    origin = (to_microseconds(frame.arrival_time), number_of(frame.frame_id), offset)
    for point, time_us, value, verdict, doubt in rows:
        yield Word(frame.point_ids[point], time_us, value, verdict, doubt, *origin)
