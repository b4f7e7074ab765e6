"""The states of the partitions this process has, and where they are kept."""

import asyncio
import zlib
from dataclasses import dataclass

from services.energy.site import Park
from services.runtime.patience import is_away, patiently
from services.runtime.telemetry import log_for
from services.validation.domain.energy_quality import EnergyQuality, energy_quality_of
from services.validation.domain.gaps import Heard, heard
from services.validation.domain.partition import (
    ParkRules,
    PartitionState,
    beginning,
    from_bytes,
    to_bytes,
)
from services.validation.domain.quality import (
    SourceQuality,
    Sources,
    newest_arrival_us,
    quality_of,
)
from services.validation.domain.state import NEVER_US
from services.validation.folding import Entry, Findings, fold
from services.validation.store import Checkpoint, CheckpointStore

ONE_TRY_S = 2.0
QUICKLY = 1
log = log_for(__name__)


@dataclass(slots=True)
class Partition:
    """What a partition came to, up to an offset, and the newest entry since it was opened.

    The state alone does not say how long it has listened: what has no place among a point's
    readings (unknown points, stamps of a clock that is lost) leaves nothing there.
    """

    next_offset: int
    state: PartitionState
    listened_us: int = NEVER_US

    def fold(self, entry: Entry, rules: ParkRules) -> Findings:
        """Fold an entry in and return what it came to."""
        self.listened_us = max(self.listened_us, entry.known_us)
        self.state, findings = fold(self.state, entry, rules)
        return findings

    def heard(self) -> Heard:
        """Return whom it heard when, until its newest arrival."""
        readings = self.state.readings
        return heard(readings, max(self.listened_us, newest_arrival_us(readings)))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A partition's state as bytes, what its readings are like, and whom it heard when."""

    state: bytes
    quality: list[SourceQuality]
    energy: list[EnergyQuality]
    heard: Heard


class Partitions:
    """Holder of the states. Any two of one partition are both true; the later one says more."""

    def __init__(self, store: CheckpointStore, park: Park, rules: ParkRules) -> None:
        self._store, self._rules = store, rules
        self._sources = Sources.of(park, rules.readings.ids)
        self._meters = Sources.of(park, rules.registers.ids)
        self._held: dict[int, Partition] = {}

    def __getitem__(self, number: int) -> Partition:
        return self._held[number]

    async def open(self, number: int, end: int) -> int:
        """Return where to go on: behind the newer of the kept state and the one held here."""
        held = self._held.get(number)
        if held is not None and held.next_offset > end:
            held = None  # the log has been made anew
        kept = await self._kept(number, end, patient=held is None)
        if kept is not None and (held is None or kept.next_offset > held.next_offset):
            held = self._restored(kept)
            if held is None:  # new ones shall take its place
                await patiently(lambda: self._store.forget_beyond(number, -1), "database")
        self._held[number] = held or Partition(0, beginning(self._rules))
        return self._held[number].next_offset

    async def _kept(self, number: int, end: int, *, patient: bool) -> Checkpoint | None:
        """Return the newest checkpoint; without patience None when the database is away."""
        try:
            if patient:
                kept = await patiently(lambda: self._store.newest(number), "database")
            else:
                async with asyncio.timeout(ONE_TRY_S):
                    kept = await self._store.newest(number)
        except Exception as error:
            if not is_away(error):
                raise
            return None
        if kept is None or kept.next_offset <= end:
            return kept
        log.warning("checkpoint_of_another_log", partition=number, end=end)
        await patiently(lambda: self._store.forget_beyond(number, end), "database")
        return None

    def _restored(self, kept: Checkpoint) -> Partition | None:
        """Return the partition of a checkpoint; None when this code or park file cannot go on."""
        try:
            return Partition(kept.next_offset, from_bytes(zlib.decompress(kept.state), self._rules))
        except ValueError as mistake:
            log.warning("checkpoint_not_usable", reason=str(mistake), cure="folding from the start")
            return None

    def snapshot(self, number: int) -> Snapshot:
        """Return the state of a partition as it is now."""
        held = self._held[number]
        state = held.state
        return Snapshot(
            to_bytes(state),
            quality_of(state.readings, self._sources),
            energy_quality_of(state.registers.past, self._meters),
            held.heard(),
        )

    async def keep(self, number: int, next_offset: int, snapshot: Snapshot) -> None:
        """Keep a snapshot in the database."""
        compressed = await asyncio.to_thread(zlib.compress, snapshot.state, QUICKLY)
        checkpoint = Checkpoint(
            next_offset, compressed, snapshot.quality, snapshot.energy, snapshot.heard
        )
        await self._store.keep(number, checkpoint)

    async def still(self, number: int, next_offset: int, until_us: int) -> None:
        """Note that nothing had come by `until_us` after the state that was kept."""
        if await self._store.still(number, next_offset, until_us):
            return
        held = self._held[number]
        if held.next_offset == next_offset:  # what was kept may say nothing of whom it heard
            whom = heard(held.state.readings, until_us)
            await self._store.keep_heard(number, next_offset, whom)
