"""What a purchase has to reach: the matching of enterprises by hour as one need."""

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from services.carbon_accounting.domain.inventory.certifying import Hours
from services.carbon_accounting.domain.matching.purchase import Need


def together(hours: Mapping[str, Hours]) -> Hours:
    """Return all enterprises as one: what is bought for the park is shared by all."""
    some = list(hours.values())
    loads, covered = ([getattr(one, name) for one in some] for name in ("load_wh", "covered_wh"))
    return Hours(np.sum(loads, axis=0), np.sum(covered, axis=0))


def need_of(hours: Hours, target_share: float | str) -> Need:
    """Return what is needed: a target said in decimals is meant as decimals."""
    target = Fraction(str(target_share))
    return Need(hours.load_wh, hours.covered_wh, target)
