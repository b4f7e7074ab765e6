"""What it costs to meet a node's need with the units that are on: in order of their prices.

A node is met by its units above their least inputs, cheapest first; by what stores and others
there may give more or take more, a little dearer than the node's price; what is then missing or
too much has a price that no unit reaches.
"""

from dataclasses import dataclass

import numpy as np

from services.dispatch.domain.model.program import Index
from services.dispatch.domain.park.horizon import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Offers:
    """What units can give to a node when on: kW and thousandths of money.

    At their least (units, steps), and in pieces beyond it (pieces, steps), `owner` of which is
    the row of the unit.
    """

    least_kw: Floats
    least_cost: Floats
    more_kw: Floats
    more_cost: Floats
    owner: Index


@dataclass(frozen=True, slots=True, eq=False)
class Need:
    """What a node needs of its units, (steps,) kW, and what else it can do there.

    `more_kw` may come from, `less_kw` go to others than units, dearer and cheaper than `price`
    by `spread`; `missing` and `surplus` are the prices beyond that. Thousandths of money a kW.
    """

    wanted_kw: Floats
    more_kw: Floats
    less_kw: Floats
    price: Floats
    spread: Floats
    missing: Floats
    surplus: Floats


class Market:
    """A node's units and others in the order of their prices in each step."""

    def __init__(self, offers: Offers, need: Need) -> None:
        self.offers, self.need = offers, need
        safe = np.where(offers.more_kw > 0, offers.more_kw, 1.0)
        prices = np.where(offers.more_kw > 0, offers.more_cost / safe, 0.0)
        # a unit that earns more than a surplus costs runs as high as it can
        floor = -need.surplus[None, :]
        earned = np.minimum(0.0, prices - floor) * offers.more_kw
        self.fixed_cost = offers.least_cost.copy()
        np.add.at(self.fixed_cost, offers.owner, earned)
        others = np.stack([need.price - need.spread, need.price + need.spread])
        self.prices = np.maximum(np.vstack([prices, others]), floor)
        self.widths = np.vstack([offers.more_kw, need.less_kw, need.more_kw])
        self.order = np.argsort(self.prices, axis=0, kind="stable")
        self.always = np.ones((2, self.prices.shape[1]))

    def cost(self, on: Floats) -> Floats:
        """Return what meeting the need costs with these units on, (units, steps) of 0 or 1."""
        need, offers = self.need, self.offers
        fixed = (on * self.fixed_cost).sum(axis=0)
        left_kw = need.wanted_kw + need.less_kw - (on * offers.least_kw).sum(axis=0)
        widths = self.widths * np.vstack([on[offers.owner], self.always])
        widths = np.take_along_axis(widths, self.order, axis=0)
        prices = np.take_along_axis(self.prices, self.order, axis=0)
        ends_kw = np.cumsum(widths, axis=0)
        filled = np.clip(left_kw - (ends_kw - widths), 0.0, widths)
        missing = np.maximum(0.0, left_kw - ends_kw[-1]) * need.missing
        surplus = np.maximum(0.0, -left_kw) * need.surplus
        taken = need.less_kw * (need.price - need.spread)
        return np.asarray(fixed + (prices * filled).sum(axis=0) + missing + surplus - taken)
