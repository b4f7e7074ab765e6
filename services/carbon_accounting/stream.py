"""Frames into the books, postings out of the outbox."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from itertools import islice
from typing import Any

from opentelemetry.context import Context

from services.carbon_accounting.domain.words import Word
from services.carbon_accounting.live.bookkeeping import Step, keep, next_waiting
from services.carbon_accounting.live.catching_up import next_portion
from services.carbon_accounting.live.covering import next_covered
from services.carbon_accounting.live.line_numbers import LineNumbers
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.live.store import PostgresBooks, open_books
from services.carbon_accounting.messages import words_of
from services.carbon_accounting.outbox import clear, unpublished
from services.runtime import metrics, spans
from services.runtime.backlog import Backlog
from services.runtime.clock import ParkClock
from services.runtime.database import Database
from services.runtime.interval_frames import IntervalFrame, whole_frame_from
from services.runtime.patience import patiently, tirelessly
from services.runtime.progress import Stage
from services.runtime.publishing import Publisher
from services.runtime.received import Received
from services.runtime.telemetry import batch_span, log_for, record
from services.runtime.topics import ENTRIES

LOOK_AGAIN_S = 2.0
LOOK_FOR_OTHERS_S = 60.0
"""How long what another replica left to be booked may wait."""
WORDS_AT_ONCE = 2_000
"""Words that are taken in one transaction."""
CONTEXTS_KEPT = 500
"""Frames with waiting words that the span of their booking is linked to."""
log = log_for(__name__)


class Bookkeeper:
    """Books what words say; offsets are committed afterwards.

    Words are taken in bounded pieces and booked in bounded stretches, a transaction each: a crash
    leaves the quarters that are still to be booked with the words that touch them.
    """

    def __init__(
        self,
        database: Database,
        rules: RulesNow,
        clock: ParkClock,
        news: "News",
        backlog: Backlog | None = None,
    ) -> None:
        self._backlog = backlog or Backlog.none()
        self._database = database
        self._rules = rules
        self._park_id = rules.site.id
        self._clock = clock
        self._news = news
        self._numbers = LineNumbers()
        self._changed = asyncio.Event()
        self._alone = asyncio.Lock()
        self._waiting: deque[Context] = deque(maxlen=CONTEXTS_KEPT)

    def wake(self) -> None:
        """Book soon what waits, and again what other factors or another coverage change."""
        self._changed.set()

    async def follow(self) -> None:
        """Follow factors and coverage for ever, and book what waits once all has been read."""
        while True:
            self._changed.clear()
            if not (behind := self._backlog.is_behind):
                await tirelessly(self.catch_up_with_rules, "book by other rules")
                await tirelessly(self.catch_up_with_coverage, "book other coverage")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_S if behind else LOOK_FOR_OTHERS_S):
                    await self._changed.wait()

    async def book(self, batch: list[Received[Any]]) -> None:
        """Take one batch of frames and book what it touches; repeating it changes nothing.

        What is more than one step is booked by `follow`: the batch is done with its words. While
        the consumer is behind, words are taken only: what of a quarter lies in a partition that is
        read later would make it late, booked in part and restated.
        """
        frames = [whole_frame_from(received.message) for received in batch]
        frames = [frame for frame in frames if frame.park_id == self._park_id]
        if not frames:
            return
        contexts = [received.context for received in batch]
        with batch_span(spans.BOOK, contexts, messages=len(batch)):
            if await self.take_words(word for frame in frames for word in words_of(frame)):
                self._waiting.extend(contexts)
                self.wake()
        self._measure(frames)

    async def take_words(self, words: Iterable[Word]) -> bool:
        """Take words piece by piece, each in a transaction; return whether some wait.

        A word that cannot be booked is kept like any other: what comes after it is not lost.
        """
        rest, waits = iter(words), False
        while some := list(islice(rest, WORDS_AT_ONCE)):
            is_last = len(some) < WORDS_AT_ONCE
            at_once = is_last and not self._backlog.is_behind
            waits = await self._take(some, at_once=at_once) or (waits and not at_once)
        return waits

    async def _take(self, words: list[Word], *, at_once: bool) -> bool:
        async with self._open() as books:
            waits = await keep(books, words, await self._rules.of(books.connection)) > 0
        if not at_once:
            return waits
        step = await tirelessly(self._book_waiting, "book words")  # its bugs are no message's fault
        return step is None or bool(step.left)

    async def _book_waiting(self) -> Step:
        """Book what waits, as much as a step takes."""
        async with self._open() as books:
            rules = await self._rules.of(books.connection)
            step = await next_waiting(books, rules, self._clock.now())
        self._tell(step)
        return step

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[PostgresBooks]:
        """Open the books, one at a time: numbers of lines are remembered for both loops."""
        async with self._alone, open_books(self._database, self._park_id, self._numbers) as books:
            yield books

    async def start(self) -> None:
        """Book what changed while nothing ran, before anything is read.

        Where a catch-up was cut off, the rest of its words come first.
        """
        async with self._open() as books:
            cut_off = await books.waiting()
        if not cut_off:
            await self.catch_up_with_rules(while_behind=True)

    async def catch_up_with_rules(self, *, while_behind: bool = False) -> None:
        """Book again what was booked under another factor or park file, and what waits.

        Where the consumer falls behind meanwhile, the rest waits until it has caught up.
        """
        while True:
            left = await self._book_portion()
            if not left or (self._backlog.is_behind and not while_behind):
                return
            log.info("rebooking", quarters_left=left)

    async def _book_portion(self) -> int:
        """Book one portion of what waits or other rules change; return the quarters left."""
        with batch_span(spans.CATCH_UP, list(self._waiting)):
            async with self._open() as books:
                rules = await self._rules.of(books.connection)
                step, left = await next_portion(books, rules, self._clock.now())
            self._tell(step)
        if not left:
            self._waiting.clear()
        return left

    async def catch_up_with_coverage(self) -> None:
        """Book again what certificates cover otherwise than when it was booked."""
        while await self._book_covered():
            pass

    async def _book_covered(self) -> bool:
        """Book one portion of what certificates cover otherwise; return whether it had any."""
        with batch_span(spans.CATCH_UP, ()):
            async with self._open() as books:
                rules = await self._rules.of(books.connection)
                step = await next_covered(books, rules, self._clock.now())
            self._tell(step)
        return bool(step.quarters)

    def _tell(self, step: Step) -> None:
        """Count lines of postings, and those that were reversed."""
        booked: Counter[tuple[str, str]] = Counter()
        restated: Counter[str] = Counter()
        for posting in step.postings:
            sure = int(posting.booked.measured.sum())
            booked[posting.ledger.key, "measured"] += sure
            booked[posting.ledger.key, "estimated"] += len(posting.booked) - sure
            restated[posting.ledger.key] += len(posting.reversed)
        for (ledger, quality), count in booked.items():
            record(metrics.ENTRIES, count, ledger=ledger, quality=quality)
        for ledger, count in restated.items():
            record(metrics.RESTATEMENTS, count, ledger=ledger)
        for month, starts in step.suspended.items():
            log.info("closed_month_differs", month=month, quarters=len(starts))
        if step.postings:
            log.info("booked", postings=len(step.postings), entries=booked.total())
            self._news.spread()

    def _measure(self, frames: list[IntervalFrame]) -> None:
        """Observe the wall time from the newest reading's arrival to the committed transaction."""
        now = self._clock.at_wall(time.time())
        for frame in frames:
            wall = self._clock.wall_seconds(now - frame.known_at)
            record(metrics.STAGE_LATENCY, max(0.0, wall), stage="carbon_accounting")


class News:
    """Wakes whoever waits for new entries."""

    def __init__(self) -> None:
        self._heard = asyncio.Event()

    def spread(self) -> None:
        """Wake everyone who waits now."""
        self._heard.set()
        self._heard = asyncio.Event()

    async def wait(self, longest_s: float = LOOK_AGAIN_S) -> None:
        """Return at the next news, or after `longest_s` at the latest (another replica's news)."""
        try:
            async with asyncio.timeout(longest_s):
                await self._heard.wait()
        except TimeoutError:
            return


class Courier:
    """Publishes what the outbox holds, then removes it: a crash between repeats a posting id."""

    def __init__(
        self, database: Database, publisher: Publisher, park_id: str, news: News, stage: Stage
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._park_id = park_id
        self._news = news
        self._stage = stage
        self._numbers = LineNumbers()

    async def run(self) -> None:
        """Publish for ever."""
        while True:
            sent = await patiently(self.deliver, "database")
            self._stage.move()
            if not sent:
                await self._news.wait()

    async def deliver(self) -> int:
        """Publish one portion in the order of booking; return how many postings it had."""
        waiting = await unpublished(self._database, self._park_id, self._numbers)
        if waiting:
            messages = [(self._park_id, message) for _, message in waiting]
            await self._publisher.publish_all(ENTRIES, messages)
            await clear(self._database, [sequence for sequence, _ in waiting])
        return len(waiting)
