"""Passes events on to every open page; a page that reads too slowly is closed, never waited for."""

import asyncio
from collections.abc import AsyncIterator

from services.runtime import metrics
from services.runtime.telemetry import record

BACKLOG = 200
Event = tuple[str, str]


class Hub:
    """Open pages and the newest event of each kind that a fresh page begins with."""

    def __init__(self) -> None:
        self._pages: set[asyncio.Queue[Event | None]] = set()
        self._newest: dict[str, Event] = {}
        self._somebody = asyncio.Event()

    def send(self, kind: str, body: str, *, keep_as: str | None = None) -> None:
        """Send an event to every page; `keep_as` replaces the kept event of that name."""
        event = (kind, body)
        if keep_as is not None:
            self._newest[keep_as] = event
        for page in list(self._pages):
            if page.qsize() >= BACKLOG:
                self._leave(page)
                page.put_nowait(None)
            else:
                page.put_nowait(event)

    def keep(self, kind: str, body: str) -> None:
        """Keep an event for fresh pages without sending it to the open ones."""
        self._newest[kind] = (kind, body)

    def forget(self, keep_as: str) -> None:
        """Drop a kept event."""
        self._newest.pop(keep_as, None)

    def close(self) -> None:
        """End every open page's stream; the pages come back by themselves."""
        for page in self._pages:
            page.put_nowait(None)
        self._pages.clear()
        self._somebody.clear()

    async def looked_at(self) -> None:
        """Return once a page is open."""
        await self._somebody.wait()

    async def events(self, first: list[Event]) -> AsyncIterator[Event]:
        """Yield `first`, the kept events, then everything as it happens."""
        page: asyncio.Queue[Event | None] = asyncio.Queue()
        for event in [*first, *self._newest.values()]:
            page.put_nowait(event)
        self._pages.add(page)
        self._somebody.set()
        record(metrics.WATCHERS, len(self._pages), method="console")
        try:
            while (following := await page.get()) is not None:
                yield following
        finally:
            self._leave(page)
            record(metrics.WATCHERS, len(self._pages), method="console")

    def _leave(self, page: asyncio.Queue[Event | None]) -> None:
        self._pages.discard(page)
        if not self._pages:
            self._somebody.clear()
