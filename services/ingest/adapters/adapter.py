"""What every field protocol offers, and what it may use."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.energy.site import Park
from services.ingest.adapters.connection import Connection
from services.ingest.domain.batch import Batch, Reading, batch_of
from services.ingest.intake import Taken
from services.ingest.settings import Settings
from services.runtime import spans
from services.runtime.clock import ParkClock
from services.runtime.field_protocols import field_protocols
from services.runtime.publishing import DeadLetterOffice
from services.runtime.telemetry import log_for, span

ANSWER_WITHIN_S = 2.0
log = log_for(__name__)


@dataclass(frozen=True, slots=True)
class Command:
    """A set-point on its way to its device: `quantity` in W, void after `expires_at`."""

    setpoint_id: str
    device_id: str
    quantity: str
    value_w: float
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """The device took it; what it says it now holds."""

    read_back_w: float | None


@dataclass(frozen=True, slots=True)
class Refused:
    """The device would not, or holds something else."""

    reason: str
    read_back_w: float | None = None


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The device could not be reached before the deadline."""

    reason: str


Answer = Accepted | Refused | NoAnswer


class Adapter(Protocol):
    """One source of the park file, connected."""

    source_id: str
    device_ids: frozenset[str]
    connection: Connection

    async def run(self) -> None:
        """Carry readings into the intake for ever, reconnecting as often as it takes."""

    async def hand_over(self, command: Command) -> Answer:
        """Give a set-point to its device; answers within `ANSWER_WITHIN_S`."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What an adapter gets. `take` returns once the readings are safe: only then acknowledge."""

    park: Park
    settings: Settings
    clock: ParkClock
    take: Callable[[Batch], Awaitable[list[Taken]]]
    dead_letters: DeadLetterOffice


def open_adapters(tools: Tools) -> list[Adapter]:
    """Return one adapter per source of the park file."""
    return [field_protocols()[source.protocol].open(source, tools) for source in tools.park.sources]


async def carry(tools: Tools, source_id: str, readings: Sequence[Reading]) -> None:
    """Take what a source sent at once into the intake; returns once it is safe there."""
    if not readings:
        return
    with span(spans.INGEST_FIELD, source=source_id, readings=len(readings)):
        await tools.take(batch_of(source_id, readings))


async def in_time(
    where: str, attempt: Awaitable[Answer], away: tuple[type[Exception], ...]
) -> Answer:
    """Return the answer of an attempt, or that there was none: too late, or one of `away`."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await attempt
    except TimeoutError:
        return NoAnswer(f"{where}: no answer within {ANSWER_WITHIN_S:g} s")
    except away as error:
        return NoAnswer(f"{where}: {error or 'no answer'}")


async def answer_from(
    hand_over: Callable[[Command], Awaitable[Answer]], command: Command
) -> Answer:
    """Return an adapter's answer; a defect costs this set-point and is told with its stack."""
    try:
        return await hand_over(command)
    except Exception as defect:
        log.exception("setpoint_defect", device=command.device_id, setpoint=command.setpoint_id)
        return NoAnswer(f"a defect of ingest: {defect!r}")


def answer_of(wanted_w: float, held_w: float, tolerance_w: float) -> Answer:
    """Return what a device's read-back says of a set-point it has taken."""
    if abs(held_w - wanted_w) <= tolerance_w:
        return Accepted(held_w)
    return Refused(f"wrote {wanted_w:g} W, it reads back {held_w:g} W", held_w)
