"""Liveness is progress: a stage that has work and does not move is not alive."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from services.runtime import metrics
from services.runtime.telemetry import record

STALLED_AFTER_S = 120.0


@dataclass
class Stage:
    """One thing that must keep moving. `has_work` says whether it is expected to."""

    name: str
    has_work: Callable[[], bool] = lambda: True
    stalled_after_s: float = STALLED_AFTER_S
    moved_at: float = field(default_factory=time.monotonic)

    def move(self) -> None:
        """Say that it moved."""
        self.moved_at = time.monotonic()

    @property
    def age_s(self) -> float:
        """Seconds since it last moved while it had work."""
        if not self.has_work():
            self.move()
        return time.monotonic() - self.moved_at


class Progress:
    """All stages of a process; before they begin nothing stalls: a start waits for its world."""

    def __init__(self) -> None:
        self._stages: dict[str, Stage] = {}
        self._began = False

    def begin(self) -> None:
        """Say that the stages are at work from now on."""
        self._began = True
        for stage in self._stages.values():
            stage.move()

    def stage(self, name: str, **options: object) -> Stage:
        """Register a stage and return it."""
        stage = Stage(name, **options)  # type: ignore[arg-type]
        self._stages[name] = stage
        return stage

    def stalled(self) -> list[str]:
        """Return a sentence for each stage that stands still."""
        sentences = []
        for stage in self._stages.values():
            age = stage.age_s if self._began else 0.0
            record(metrics.PROGRESS_AGE, age, stage=stage.name)
            if age > stage.stalled_after_s:
                sentences.append(f"{stage.name} has not moved for {age:.0f} s")
        return sentences
