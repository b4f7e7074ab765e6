"""How much work a training may be, and how often one is worth it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """Cases a band of horizons learns from, trees it grows, and days until it learns anew.

    The longer the past, the less a week adds to it: an old series waits up to `patience_days`.
    """

    cases: int = 16_000
    rounds: int = 160
    learn_every_days: int = 7
    patience_days: int = 28


BACKTEST = Effort()
PLAIN = Effort(cases=0, rounds=0)
"""Nothing is fitted: the plain models serve, weighed by what they said out of sample."""
