"""Tiny parks of whole numbers, each with the cost of its best plan: every plan is tried.

Steps are of 1 h. Prices are below 1, so that a limit's price is that of its § times 1. All
optima are whole numbers of kW: nothing is left between those that are tried.
"""

from collections.abc import Callable

import numpy as np

from tests.property.dispatch import (
    enumerated_shares,
    enumerated_stores,
    enumerated_units,
    enumerated_work,
)
from tests.property.dispatch.park_problems import BUILT
from tests.property.dispatch.whole_numbers import Enumerated, Rng

KINDS: dict[str, tuple[Callable[[Rng], Enumerated], str]] = {
    "storing": (enumerated_stores.storing, "stores"),
    "sharing": (enumerated_shares.sharing, "shares"),
    "running": (enumerated_units.running, "units"),
    "batching": (enumerated_work.batching, "processes"),
    "splitting": (enumerated_work.splitting, "processes"),
    "queueing": (enumerated_work.queueing, "queues"),
    "interrupting": (enumerated_work.interrupting, "interruptions"),
}
TRIED = [name for name, (_, group) in KINDS.items() if group in BUILT]


def an_enumerated_park(kind: str, seed: int) -> Enumerated:
    """Return a tiny park and what its best plan costs."""
    return KINDS[kind][0](np.random.default_rng(seed))
