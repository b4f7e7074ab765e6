"""The log on disk as the event loop sees it: durable puts, bounded as the rules say.

All that waits to be written shares one write and one fsync. A full shelf, or a disk that fails,
lets its callers wait (`refuse_newest`) or lets the oldest go, counted and told (`drop_oldest`).
What the disk does not take while nothing on it comes first is `stuck`: Kafka may have it directly.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from services.energy.time_grid import to_microseconds
from services.ingest.spool.entry import Entry, size_of
from services.ingest.spool.group import Arriving, Group
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

T = TypeVar("T")
Batch = list[tuple[Entry, Place]]


@dataclass(frozen=True, slots=True)
class Held:
    """What the log held after the last thing done to it; the disk works in a thread of its own."""

    frames: int
    size_bytes: int
    oldest_at_us: int | None

    @classmethod
    def of(cls, spool: SpoolLog) -> "Held":
        """Return what it holds now."""
        return cls(spool.frames, spool.size_bytes, spool.oldest_at_us)


class Shelf:
    """Holder of the log. Run `write` and `watch` for as long as it is used."""

    def __init__(self, spool: SpoolLog, rules: Rules, clock: ParkClock) -> None:
        self._spool, self.rules, self._clock = spool, rules, clock
        self._behind, self._held = spool.waiting(), Held.of(spool)
        self._disk = ThreadPoolExecutor(1, "spool")  # one: the log is used by one at a time
        self._turn = asyncio.Lock()
        self._stuck: Group | None = None
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
            arriving = [await self._arriving.get()]
            size = size_of(arriving[0].entry)
            while not self._arriving.empty() and size < BYTES_AT_ONCE:
                arriving.append(self._arriving.get_nowait())
                size += size_of(arriving[-1].entry)
            await self._write(Group(arriving))

    async def _write(self, group: Group) -> None:
        with saying_so("room in the spool"):
            while not await self._is_written(group.entries):
                if await self._is_bypassed(group):
                    return
        record(metrics.SPOOL_STORED, len(group.arriving))
        if group.bypassed:
            self._behind += group.streams  # Kafka had it while it was written: twice then
        self._stuck = None
        group.acknowledge()
        await self._tell()

    async def _is_bypassed(self, group: Group) -> bool:
        """Let Kafka have, for a moment, what the disk does not take; whether it took it."""
        if not group.bypassed:
            self._stuck = group
            await self._tell()
            await asyncio.sleep(LOOK_AGAIN_S)
        return group.bypassed

    async def _is_written(self, entries: list[Entry]) -> bool:
        async with self._turn:
            if not await self._has_made_room(entries):
                return False
            try:
                await self._on_disk(self._spool.append, entries)
            except OSError as error:
                log.error("spool_write_failed", error=str(error), frames=len(entries))
                return False
            return True

    async def _has_made_room(self, entries: list[Entry]) -> bool:
        if self.rules.policy is Policy.REFUSE_NEWEST:
            return self._spool.has_room(entries) and self.oldest_age <= self.rules.longest_age
        while self._spool.frames and not self._spool.has_room(entries):
            self._let_go("full", await self._on_disk(self._spool.drop_oldest_segment))
        return self._spool.has_room(entries)

    # ---- out

    @property
    def stuck(self) -> Group | None:
        """Return what the disk does not take, when nothing on disk comes before it."""
        return None if self.frames else self._stuck

    async def bypass(self, group: Group) -> None:
        """Let go of what was stuck: Kafka has it."""
        if self._stuck is group:
            self._stuck, group.bypassed = None, True
            self._settle(group.streams)
            group.acknowledge()
            await self._tell()

    async def wait_for_any(self) -> None:
        """Return when something is on disk, or stuck in front of it."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.frames > 0 or self._stuck is not None)

    async def wait_until_through(self, stream: tuple[str, str]) -> None:
        """Return when nothing of this topic and key is on disk or on its way there."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self.is_behind(stream))

    async def front(self, most_entries: int = ENTRIES_AT_ONCE) -> Batch:
        """Return the oldest entries; `release` them once Kafka has them."""
        async with self._turn:
            return await self._on_disk(self._spool.peek, most_entries, BYTES_AT_ONCE)

    async def release(self, batch: Batch) -> None:
        """Let go of what Kafka has."""
        async with self._turn:
            released = await self._on_disk(self._spool.release, batch)
        self._settle(released)
        await self._tell()

    async def stop(self) -> None:
        """Let the folder go once nobody works in it; everything stays on disk."""
        await asyncio.to_thread(self._disk.shutdown)
        self._spool.close()

    async def _on_disk(self, work: Callable[..., T], *arguments: object) -> T:
        loop = asyncio.get_running_loop()
        result = await loop.run_in_executor(self._disk, work, *arguments)
        self._held = Held.of(self._spool)
        return result

    # ---- what it holds

    @property
    def frames(self) -> int:
        """Return how many frames Kafka does not have yet."""
        return self._held.frames

    @property
    def size_bytes(self) -> int:
        """Return what they take on disk."""
        return self._held.size_bytes

    @property
    def limit_bytes(self) -> int:
        """Return what they may take on disk."""
        return self._spool.limit_bytes

    @property
    def oldest_age(self) -> timedelta:
        """Return the park time that the oldest frame has waited; zero when there is none."""
        oldest_us = self._held.oldest_at_us
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
                front = await self._on_disk(self._spool.peek, ENTRIES_AT_ONCE, BYTES_AT_ONCE)
                too_old = [one for one in front if one[0].stored_at_us < latest_us]
                if not too_old:
                    break
                self._let_go("too_old", await self._on_disk(self._spool.release, too_old))
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
        self._behind -= streams

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
