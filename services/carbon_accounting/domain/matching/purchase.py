"""The cheapest purchase that reaches a target hourly score: a linear programme, then whole MWh.

The programme buys x MWh of each offer, delivered by its profile; a period is covered up to its
load. Whole MWh are found by rounding up and giving back what is not needed, every step counted
exactly in Wh: the score of a proposal is a proof, not an estimate. Its cost is at most one MWh of
each offer above the programme's, which no purchase can go below.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from services.carbon_accounting.domain.certificates.gec import GEC_WH
from services.carbon_accounting.domain.matching.supply import Int64


@dataclass(frozen=True, slots=True)
class Offer:
    """What somebody sells. `profile_wh` (periods,) is the shape of delivery, None for flat."""

    name: str
    technology: str
    price_per_mwh: Decimal
    max_mwh: int
    profile_wh: Int64 | None = None

    def __post_init__(self) -> None:
        if self.price_per_mwh < 0 or self.max_mwh < 0:
            raise ValueError(
                f"offer {self.name}: price {self.price_per_mwh} and volume {self.max_mwh} MWh must "
                "be at least 0"
            )
        shape = self.profile_wh
        if shape is not None and (shape.min() < 0 or shape.max() == 0):
            raise ValueError(f"offer {self.name}: a profile is at least 0 Wh and somewhere more")

    def profile(self, periods: int) -> Int64:
        """Return the shape of delivery over so many periods."""
        flat = np.ones(periods, dtype=np.int64)
        if self.profile_wh is not None and len(self.profile_wh) != periods:
            raise ValueError(
                f"offer {self.name}: its profile has {len(self.profile_wh)} periods, the load has "
                f"{periods}; give one value a period"
            )
        return flat if self.profile_wh is None else self.profile_wh

    def delivery_wh(self, mwh: int, periods: int) -> Int64:
        """Return whole Wh by period of so many MWh: by profile, summing exactly to them."""
        edges = np.cumsum(self.profile(periods)).astype(object)
        upto = edges * (mwh * GEC_WH) // edges[-1]
        delivered_wh: Int64 = np.diff(np.concatenate(([0], upto))).astype(np.int64)
        return delivered_wh


@dataclass(frozen=True, slots=True)
class Purchase:
    """Whole MWh of one offer."""

    offer: Offer
    mwh: int

    @property
    def cost(self) -> Decimal:
        """What it costs, in the currency of the price."""
        return self.offer.price_per_mwh * self.mwh


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to buy. `score` is reached exactly; `least_cost` is a bound no purchase goes below."""

    purchases: tuple[Purchase, ...]
    score: Fraction
    least_cost: float

    @property
    def cost(self) -> Decimal:
        """What all of it costs."""
        return sum((purchase.cost for purchase in self.purchases), Decimal(0))


@dataclass(frozen=True, slots=True)
class Unreachable:
    """All offers together do not reach the target; `best` is the score they do reach."""

    target: Fraction
    best: Fraction

    @property
    def text(self) -> str:
        """The outcome in one line."""
        return (
            f"target {float(self.target):.4f} cannot be reached: with all offers the score is "
            f"{float(self.best):.4f}; add offers for the unmatched hours or lower the target"
        )


@dataclass(frozen=True, slots=True)
class Need:
    """Load and the supply there is already, (periods,) in Wh, and the score wanted, 0 to 1."""

    load_wh: Int64
    supply_wh: Int64
    target: Fraction

    def __post_init__(self) -> None:
        if not 0 < self.target <= 1 or self.load_wh.sum() <= 0:
            raise ValueError(
                f"target {self.target} must be above 0 and at most 1, and there must be load "
                f"(it is {self.load_wh.sum()} Wh)"
            )
        negative = min(self.load_wh.min(), self.supply_wh.min()) < 0
        if self.load_wh.shape != self.supply_wh.shape or negative:
            raise ValueError("load and supply need one value of at least 0 Wh for each period")

    @property
    def lacking_wh(self) -> Int64:
        """What is not covered yet, by period."""
        lacking_wh: Int64 = np.maximum(self.load_wh - self.supply_wh, 0)
        return lacking_wh

    @property
    def wanted_wh(self) -> int:
        """What must be covered in sum; rounded up, so that the target holds."""
        return -int(-self.target * int(self.load_wh.sum()) // 1)

    def score(self, bought_wh: Int64) -> Fraction:
        """Return the exact score with so much bought by period."""
        covered = np.minimum(self.load_wh, self.supply_wh + bought_wh)
        return Fraction(int(covered.sum()), int(self.load_wh.sum()))


def propose(need: Need, offers: Sequence[Offer]) -> Proposal | Unreachable:
    """Return the cheapest purchase in whole MWh that reaches the target, or the best score."""
    most = [offer.max_mwh for offer in offers]
    best = need.score(_bought_wh(need, offers, most))
    if best < need.target:
        return Unreachable(need.target, best)
    relaxed_mwh, least_cost = _relaxed(need, offers)
    rounded = [
        min(offer.max_mwh, int(np.ceil(x))) for offer, x in zip(offers, relaxed_mwh, strict=True)
    ]
    mwh = _given_back(need, offers, _made_enough(need, offers, rounded))
    chosen = [Purchase(offer, n) for offer, n in zip(offers, mwh, strict=True) if n]
    return Proposal(tuple(chosen), need.score(_bought_wh(need, offers, mwh)), least_cost)


def _bought_wh(need: Need, offers: Sequence[Offer], mwh: Sequence[int]) -> Int64:
    bought = np.zeros_like(need.load_wh)
    for offer, n in zip(offers, mwh, strict=True):
        bought += offer.delivery_wh(n, len(bought))
    return bought


def _relaxed(need: Need, offers: Sequence[Offer]) -> tuple[list[float], float]:
    """Solve in fractions of MWh: minimise Σ price·x with covered ≤ lacking, covered ≤ Σ share·x."""
    periods, lacking = len(need.load_wh), need.lacking_wh / GEC_WH
    shares = [offer.profile(periods) / offer.profile(periods).sum() for offer in offers]
    delivery = sparse.csr_matrix(np.array(shares).reshape(len(offers), periods).T)
    covered = sparse.hstack([-delivery, sparse.identity(periods)])
    reach = sparse.csr_matrix(np.concatenate((np.zeros(len(offers)), -np.ones(periods))))
    already_wh = int(np.minimum(need.load_wh, need.supply_wh).sum())
    limits = np.append(np.zeros(periods), -max(0, need.wanted_wh - already_wh) / GEC_WH)
    solution = linprog(
        c=np.append([float(offer.price_per_mwh) for offer in offers], np.zeros(periods)),
        A_ub=sparse.vstack([covered, reach], format="csr"),
        b_ub=limits,
        bounds=[(0, offer.max_mwh) for offer in offers] + [(0, limit) for limit in lacking],
        method="highs",
    )
    if solution.x is None:  # the exact check says it can be reached, the solver's tolerance not
        return [float(offer.max_mwh) for offer in offers], 0.0
    return list(solution.x[: len(offers)]), float(solution.fun)


def _made_enough(need: Need, offers: Sequence[Offer], mwh: list[int]) -> list[int]:
    """Add single MWh, cheapest first, until the target holds: whole Wh may fall short of shares."""
    enough = list(mwh)
    while need.score(_bought_wh(need, offers, enough)) < need.target:
        room = [place for place, offer in enumerate(offers) if enough[place] < offer.max_mwh]
        enough[_best_step(need, offers, enough, room)] += 1
    return enough


def _best_step(need: Need, offers: Sequence[Offer], mwh: list[int], room: list[int]) -> int:
    """Return the offer whose next MWh covers most for its price."""
    now = need.score(_bought_wh(need, offers, mwh))

    def worth(place: int) -> tuple[Fraction, Decimal]:
        more = [n + (i == place) for i, n in enumerate(mwh)]
        gain = need.score(_bought_wh(need, offers, more)) - now
        price = Fraction(offers[place].price_per_mwh) or Fraction(1, GEC_WH)
        return gain / price, -offers[place].price_per_mwh

    return max(room, key=worth)


def _given_back(need: Need, offers: Sequence[Offer], mwh: list[int]) -> list[int]:
    """Take off what is not needed, dearest first, as long as the target still holds."""
    kept = list(mwh)
    for place in sorted(range(len(offers)), key=lambda i: -offers[i].price_per_mwh):
        kept[place] = _least(need, offers, kept, place)
    return kept


def _least(need: Need, offers: Sequence[Offer], mwh: list[int], place: int) -> int:
    """Bisect for the fewest MWh of one offer with which the target holds; `mwh` holds."""
    too_few, enough = -1, mwh[place]
    while enough - too_few > 1:
        tried = (too_few + enough) // 2
        fewer = [*mwh[:place], tried, *mwh[place + 1 :]]
        if need.score(_bought_wh(need, offers, fewer)) >= need.target:
            enough = tried
        else:
            too_few = tried
    return enough
