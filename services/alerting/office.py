"""Holds the desk: one event at a time, first the database, then everybody else."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from services.alerting.domain import incidents
from services.alerting.domain.desk import Desk, Setup, advance, restored
from services.alerting.domain.events import Acknowledged, Event
from services.alerting.domain.incidents import Incident, IncidentKind
from services.runtime import metrics
from services.runtime.telemetry import log_for, record

MOST_WAITING = 1_000
log = log_for(__name__)


class KeepsIncidents(Protocol):
    """What the office asks of its store."""

    async def save(self, revisions: Sequence[Incident]) -> None:
        """Write revisions, all or none; again changes nothing."""

    async def newest(self) -> list[Incident]:
        """Return the newest incident of every kind and subject."""

    async def find(self, incident_id: str) -> Incident | None:
        """Return an incident as it stands."""


class TooSlow(Exception):
    """A watcher did not take its changes; it has to begin anew."""


class Watcher:
    """One client's queue of changes."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Incident] = asyncio.Queue(MOST_WAITING)
        self._is_too_slow = False

    def offer(self, incident: Incident) -> None:
        """Queue a change; a full queue ends the watch."""
        try:
            self._waiting.put_nowait(incident)
        except asyncio.QueueFull:
            self._is_too_slow = True

    async def next(self) -> Incident:
        """Return the next change; raises TooSlow when one had to be left out."""
        if self._is_too_slow:
            raise TooSlow(f"more than {MOST_WAITING} changes were waiting")
        return await self._waiting.get()


class IncidentOffice:
    """The only writer of incidents. An event whose changes cannot be saved has not happened."""

    def __init__(self, setup: Setup, store: KeepsIncidents) -> None:
        self._setup = setup
        self._store = store
        self._desk = Desk()
        self._one_at_a_time = asyncio.Lock()
        self._watchers: set[Watcher] = set()
        self.has_news = asyncio.Event()

    @property
    def unresolved(self) -> Sequence[Incident]:
        """Return the open incidents, oldest first."""
        return self._desk.unresolved

    async def open(self) -> None:
        """Take up where the last process ended."""
        self._desk = restored(await self._store.newest())
        self.has_news.set()
        self._gauge()

    async def take(self, event: Event) -> None:
        """Deal with one event. Raises, unchanged, when the database is away: offer it again."""
        async with self._one_at_a_time:
            desk, changes = advance(self._desk, event, self._setup)
            if changes:
                await self._store.save(changes)
            self._desk = desk
            self._tell(changes)

    async def acknowledge(self, order: Acknowledged) -> Incident | None:
        """Return the incident as it stands after a user has seen it; None when there is none."""
        await self.take(order)
        async with self._one_at_a_time:
            found = await self._store.find(order.incident_id)
            if found is None:
                return None
            seen = incidents.acknowledged(found, order.user, order.at)
            if seen != found:  # it was resolved before anybody had seen it
                await self._store.save([seen])
                self._tell([seen])
            return seen

    @contextmanager
    def watch(self) -> Iterator[tuple[Sequence[Incident], Watcher]]:
        """Give the open incidents of now and a queue of every change from now on."""
        watcher = Watcher()
        self._watchers.add(watcher)
        record(metrics.WATCHERS, len(self._watchers), method="WatchIncidents")
        try:
            yield self.unresolved, watcher
        finally:
            self._watchers.discard(watcher)
            record(metrics.WATCHERS, len(self._watchers), method="WatchIncidents")

    def _tell(self, changes: Sequence[Incident]) -> None:
        for incident in changes:
            for watcher in self._watchers:
                watcher.offer(incident)
            kind, state = incident.kind.name.lower(), incident.state.name.lower()
            record(metrics.INCIDENTS, kind=kind, state=state)
            log.info(
                "incident",
                incident_id=incident.id,
                revision=incident.revision,
                kind=kind,
                state=state,
                subject=incident.subject,
                text=incident.text.en,
            )
        if changes:
            self.has_news.set()
            self._gauge()

    def _gauge(self) -> None:
        count = Counter(incident.kind for incident in self.unresolved)
        for kind in IncidentKind:
            record(metrics.INCIDENTS_OPEN, count[kind], kind=kind.name.lower())
