"""What must be reversed and what booked so that the books say what was computed."""

from dataclasses import dataclass

import numpy as np

from services.carbon_accounting.domain.inventory.readings import Mask
from services.carbon_accounting.domain.live.lines import Entries


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """Entries to book, and the standing ones that no longer hold."""

    booked: Entries
    reversed: Entries

    def __bool__(self) -> bool:
        return bool(len(self.booked) or len(self.reversed))


def difference(computed: Entries, standing: Entries) -> Difference:
    """Return exactly what differs in amount, emissions or quality, or is in one only."""
    return Difference(
        computed.at(~_equal_in(computed, standing)), standing.at(~_equal_in(standing, computed))
    )


def _equal_in(these: Entries, others: Entries) -> Mask:
    """Return which of these are among the others, the same in all columns."""
    if not len(these) or not len(others):
        return np.zeros(len(these), np.bool_)
    keys = others.keys
    place = np.minimum(np.searchsorted(keys, these.keys), len(others) - 1)
    same: Mask = (
        (keys[place] == these.keys)
        & (others.amounts[place] == these.amounts)
        & (others.emissions_ng[place] == these.emissions_ng)
        & (others.measured[place] == these.measured)
    )
    return same
