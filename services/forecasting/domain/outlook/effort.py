"""How much work a training may be, and how often one is worth it."""

from dataclasses import dataclass

MANY_CASES = 10_000


@dataclass(frozen=True, slots=True)
class Effort:
    """Cases a band of horizons learns from, trees it grows, and days until it learns anew.

    The longer the past, the less a week adds to it: an old series waits up to `patience_days`.
    Where many cases may be learnt from, second opinions are worth their time and memory too.
    """

    cases: int = 16_000
    rounds: int = 160
    learn_every_days: int = 7
    patience_days: int = 28

    @property
    def thorough(self) -> bool:
        """Whether trees are grown twice, on different cases, and on what ridge leaves."""
        return self.cases >= MANY_CASES


BACKTEST = Effort()
PLAIN = Effort(cases=0, rounds=0)
"""Nothing is fitted: the plain models serve, weighed by what they said out of sample."""
