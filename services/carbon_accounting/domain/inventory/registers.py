"""Registers read at borders of intervals become what was counted between them."""

from dataclasses import dataclass

import numpy as np

from services.carbon_accounting.domain.inventory.amounts import Amounts
from services.carbon_accounting.domain.inventory.readings import Mask


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Amounts of shape (intervals,), where they are known, and where a register fell instead."""

    amounts: Amounts
    known: Mask
    fell: Mask


def counted(register: Amounts, known: Mask) -> Counted:
    """Return the difference to the next reading; the last interval has none and is unknown.

    Between readings further apart than an interval nothing is known of any one interval.
    """
    after = np.append(register[1:], 0)
    both = known & np.append(known[1:], False)
    difference = after - register
    fell = both & (difference < 0)
    good = both & ~fell
    return Counted(np.where(good, difference, 0), good, fell)
