"""The log on disk as the event loop sees it: durable puts, bounded as the rules say.

All that waits to be written shares one write and one fsync. A full shelf, or a disk that fails,
lets its callers wait (`refuse_newest`) or lets the oldest go, counted and told (`drop_oldest`).
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from services.energy.time_grid import to_microseconds
from services.ingest.spool.entry import Entry, size_of
from services.ingest.spool.log import Place, SpoolLog, Streams
from services.ingest.spool.rules import Policy, Rules
from services.runtime import metrics
from services.runtime.clock import ParkClock
from services.runtime.patience import saying_so
from services.runtime.publishing import Sealed
from services.runtime.telemetry import log_for, record

ENTRIES_AT_ONCE, BYTES_AT_ONCE = 256, 4 * 1024 * 1024
LOOK_AGAIN_S = 0.2
MEASURE_EVERY_S = 1.0
log = log_for(__name__)

Batch = list[tuple[Entry, Place]]


@dataclass(frozen=True, slots=True, eq=False)
class Arriving:
    """An entry on its way to the disk; `durable` is set when it is there."""

    entry: Entry
    durable: "asyncio.Future[None]"


class Shelf:
    """Holder of the log. Run `write` and `watch` for as long as it is used."""

    def __init__(self, spool: SpoolLog, rules: Rules, clock: ParkClock) -> None:
        self._spool, self.rules, self._clock = spool, rules, clock
        self._behind = spool.waiting()
        self._turn = asyncio.Lock()
        self._arriving: asyncio.Queue[Arriving] = asyncio.Queue()
        self._changed = asyncio.Condition()
        self.dropped_frames = 0
        """What the rules let go of, or the disk spoiled, since this process began."""
        self._tell_what_was_found()

    def _tell_what_was_found(self) -> None:
        found = self._spool.recovered
        if found.frames or found.torn_bytes:
            log.info("spool_found", frames=found.frames, torn_bytes=found.torn_bytes)
        if found.damaged_bytes:
            log.error("spool_damaged", damaged_bytes=found.damaged_bytes)
            self._count_dropped("damaged", 1)

    # ---- in

    def is_behind(self, stream: tuple[str, str]) -> bool:
        """Whether an entry of this topic and key is on disk or on its way there."""
        return self._behind[stream] > 0

    async def put(self, message: Sealed) -> None:
        """Store a message; durable on return."""
        now_us = to_microseconds(self._clock.now())
        entry = Entry(message.topic, message.key, tuple(message.headers), message.value, now_us)
        arriving = Arriving(entry, asyncio.get_running_loop().create_future())
        self._behind[entry.stream] += 1
        self._arriving.put_nowait(arriving)
        await arriving.durable

    async def write(self) -> None:
        """Make what arrives durable, for ever."""
        while True:
            group = [await self._arriving.get()]
            size = size_of(group[0].entry)
            while not self._arriving.empty() and size < BYTES_AT_ONCE:
                group.append(self._arriving.get_nowait())
                size += size_of(group[-1].entry)
            await self._write(group)

    async def _write(self, group: list[Arriving]) -> None:
        entries = [arriving.entry for arriving in group]
        with saying_so("room in the spool"):
            while not await self._is_written(entries):  # noqa: ASYNC110  disks do not tell
                await asyncio.sleep(LOOK_AGAIN_S)
        for arriving in group:
            if not arriving.durable.done():
                arriving.durable.set_result(None)
        record(metrics.SPOOL_STORED, len(group))
        await self._tell()

    async def _is_written(self, entries: list[Entry]) -> bool:
        async with self._turn:
            if not await self._has_made_room(entries):
                return False
            try:
                await asyncio.to_thread(self._spool.append, entries)
            except OSError as error:
                log.error("spool_write_failed", error=str(error), frames=len(entries))
                return False
            return True

    async def _has_made_room(self, entries: list[Entry]) -> bool:
        if self.rules.policy is Policy.REFUSE_NEWEST:
            return self._spool.has_room(entries) and self.oldest_age <= self.rules.longest_age
        while self._spool.frames and not self._spool.has_room(entries):
            self._let_go("full", await asyncio.to_thread(self._spool.drop_oldest_segment))
        return self._spool.has_room(entries)

    # ---- out

    async def wait_for_any(self) -> None:
        """Return when something is on disk."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._spool.frames > 0)

    async def wait_until_through(self, stream: tuple[str, str]) -> None:
        """Return when nothing of this topic and key is on disk or on its way there."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self.is_behind(stream))

    async def front(self, most_entries: int = ENTRIES_AT_ONCE) -> Batch:
        """Return the oldest entries; `release` them once Kafka has them."""
        async with self._turn:
            return await asyncio.to_thread(self._spool.peek, most_entries, BYTES_AT_ONCE)

    async def release(self, batch: Batch) -> None:
        """Let go of what Kafka has."""
        async with self._turn:
            released = await asyncio.to_thread(self._spool.release, batch)
        self._settle(released)
        await self._tell()

    async def stop(self) -> None:
        """Let the folder go; everything stays on disk."""
        self._spool.close()

    # ---- what it holds

    @property
    def frames(self) -> int:
        """Return how many frames Kafka does not have yet."""
        return self._spool.frames

    @property
    def size_bytes(self) -> int:
        """Return what they take on disk."""
        return self._spool.size_bytes

    @property
    def limit_bytes(self) -> int:
        """Return what they may take on disk."""
        return self._spool.limit_bytes

    @property
    def oldest_age(self) -> timedelta:
        """Return the park time that the oldest frame has waited; zero when there is none."""
        oldest_us = self._spool.oldest_at_us
        now_us = to_microseconds(self._clock.now())
        return timedelta(microseconds=0 if oldest_us is None else max(0, now_us - oldest_us))

    async def watch(self) -> None:
        """Measure, and let go of what is too old where that is the rule, for ever."""
        while True:
            if self.rules.policy is Policy.DROP_OLDEST:
                await self._drop_the_too_old()
            record(metrics.SPOOL_SIZE, self.size_bytes)
            record(metrics.SPOOL_LIMIT, self.limit_bytes)
            record(metrics.SPOOL_FRAMES, self.frames)
            record(metrics.SPOOL_AGE, self.oldest_age.total_seconds())
            await asyncio.sleep(MEASURE_EVERY_S)

    async def _drop_the_too_old(self) -> None:
        latest_us = to_microseconds(self._clock.now() - self.rules.longest_age)
        async with self._turn:
            while self.oldest_age > self.rules.longest_age:
                front = await asyncio.to_thread(self._spool.peek, ENTRIES_AT_ONCE, BYTES_AT_ONCE)
                too_old = [one for one in front if one[0].stored_at_us < latest_us]
                if not too_old:
                    break
                self._let_go("too_old", await asyncio.to_thread(self._spool.release, too_old))
        await self._tell()

    def _let_go(self, reason: str, streams: Streams) -> None:
        self._settle(streams)
        self._count_dropped(reason, streams.total())
        keys = ", ".join(sorted({key for _, key in streams}))
        log.error("spool_dropped", reason=reason, frames=streams.total(), keys=keys)

    def _count_dropped(self, reason: str, frames: int) -> None:
        self.dropped_frames += frames
        record(metrics.SPOOL_DROPPED, frames, reason=reason)

    def _settle(self, streams: Streams) -> None:
        self._behind -= Counter(streams)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
