"""What every field protocol offers, and what it may use."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.energy.site import Park, Source
from services.ingest import adapters
from services.ingest.domain.batch import Batch
from services.ingest.intake import Taken
from services.ingest.settings import Settings
from services.runtime.clock import ParkClock
from services.runtime.publishing import DeadLetterOffice

ANSWER_WITHIN_S = 2.0


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
    """Return one adapter per source of the park file; ValueError names a source nobody speaks."""
    modules = [
        importlib.import_module(f"{adapters.__name__}.{module.name}")
        for module in pkgutil.iter_modules(adapters.__path__)
    ]
    makers = {module.SOURCE: module.adapter_for for module in modules if hasattr(module, "SOURCE")}
    return [_open(source, makers, tools) for source in tools.park.sources]


def _open(
    source: Source, makers: dict[type, Callable[[Source, Tools], Adapter]], tools: Tools
) -> Adapter:
    if type(source) not in makers:
        spoken = ", ".join(kind.__name__ for kind in makers)
        raise ValueError(f"source {source.id} is a {type(source).__name__}; ingest speaks {spoken}")
    return makers[type(source)](source, tools)
