"""How much work a training may be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """Cases a band of horizons learns from, and trees it grows."""

    cases: int = 16_000
    rounds: int = 160


BACKTEST = Effort()
