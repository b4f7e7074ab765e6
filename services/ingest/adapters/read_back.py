"""Set-points whose device answers only by what it then shows."""

import asyncio
import math
from collections.abc import Hashable
from dataclasses import dataclass, field

from services.ingest.adapters.adapter import (
    ANSWER_WITHIN_S,
    Accepted,
    Answer,
    NoAnswer,
    Refused,
    answer_of,
)


@dataclass(slots=True)
class Waiting:
    """One set-point that was sent; `held` is the last thing seen since."""

    wanted_w: float
    tolerance_w: float
    taken: asyncio.Event = field(default_factory=asyncio.Event)
    held: Answer | None = None


class ReadBack:
    """What is waited for, by the place where it will show."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, Waiting] = {}

    def saw(self, place: Hashable, held_w: float) -> None:
        """Note what a place shows; NaN shows nothing."""
        if (waiting := self._waiting.get(place)) is None or not math.isfinite(held_w):
            return
        waiting.held = answer_of(waiting.wanted_w, held_w, waiting.tolerance_w)
        if isinstance(waiting.held, Accepted):
            waiting.taken.set()

    def expect(self, place: Hashable, wanted_w: float, tolerance_w: float) -> Waiting:
        """Begin to wait at a place; to be called before the set-point is sent."""
        self._waiting[place] = waiting = Waiting(wanted_w, tolerance_w)
        return waiting

    async def answer(self, place: Hashable, waiting: Waiting, where: str) -> Answer:
        """Return Accepted as soon as the place shows the set-point, else what it showed last."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await waiting.taken.wait()
        except TimeoutError:
            pass
        finally:
            if self._waiting.get(place) is waiting:
                del self._waiting[place]
        match waiting.held:
            case None:
                return NoAnswer(f"{where} showed nothing within {ANSWER_WITHIN_S:g} s")
            case Refused(reason, held_w):
                return Refused(f"{where}: {reason} after {ANSWER_WITHIN_S:g} s", held_w)
            case held:
                return held
