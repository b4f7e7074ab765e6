"""A park that has run for a minute, with everything its services told meanwhile."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.support.collector import Collector, Seen
from tests.support.metric_pages import Pages
from tests.support.parks import RunningPark

PATIENCE_S = 60.0
T = TypeVar("T")


@dataclass
class Minute:
    """A park that has run for a minute, everything its services told, and the pages of then."""

    park: RunningPark
    collector: Collector
    pages: Pages

    def log_of(self, service: str) -> list[dict[str, Any]]:
        """Return the log lines of a service."""
        file = self.park.run.folder.path / "logs" / f"{service}.log"
        return [
            json.loads(line)
            for line in file.read_text(encoding="utf-8").splitlines()
            if line.startswith("{")
        ]

    def trails(self) -> set[tuple[str, ...]]:
        """Return every way through the services that a trace has taken, as `service: span`."""
        return {tuple(map(step, way)) for way in self.collector.ways()}

    def trails_of(self, trace: str) -> set[tuple[str, ...]]:
        """Return the ways that one trace has taken."""
        ways = self.collector.ways()
        return {tuple(map(step, way)) for way in ways if way[0].trace == trace}


def step(span: Seen) -> str:
    """Return which service did what."""
    return f"{span.service.removeprefix('parkflow-')}: {span.name}"


def eventually(found: Callable[[], T]) -> T:
    """Return the first truthy answer, or the last one when patience is over."""
    deadline = time.monotonic() + PATIENCE_S
    while not (answer := found()) and time.monotonic() < deadline:
        time.sleep(0.25)
    return answer


def traceparent(trace: str) -> str:
    """Return the W3C header of a caller's trace."""
    return f"00-{trace}-{'a' * 16}-01"
