"""How much work a training may be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """Cases a band of horizons learns from, trees it grows, and days until it learns anew."""

    cases: int = 16_000
    rounds: int = 160
    learn_every_days: int = 7


BACKTEST = Effort()
PLAIN = Effort(cases=0, rounds=0)
"""Nothing is fitted: the plain models serve, weighed by what they said out of sample."""
