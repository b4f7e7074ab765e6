"""Scores, unmatched hours, offers and proposals between the wire and the domain."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction

import numpy as np

from parkflow.carbon.v1 import matching_pb2 as wire
from parkflow.type.v1.interval_pb2 import Interval as IntervalMessage
from services.carbon_accounting.domain.certificates.gec import GEC_WH
from services.carbon_accounting.domain.inventory.certifying import Matched
from services.carbon_accounting.domain.inventory.matched_periods import InPeriod
from services.carbon_accounting.domain.inventory.readings import Mask
from services.carbon_accounting.domain.matching.purchase import Offer, Proposal
from services.carbon_accounting.domain.matching.scores import Score, Unmatched
from services.carbon_accounting.live.matching import Matching
from services.energy.time_grid import QUARTER, Interval

MICROS = 1_000_000
KWH_IN_MWH = 1_000
LARGEST_WH, DEAREST = 10**12, 10**8
"""1 TWh and 100 a kWh: so the cost of every proposal fits into 64 bits."""


def matching_message(found: Matching, enterprise: str, *, hours: bool) -> wire.GetMatchingResponse:
    """Return the matching of all enterprises, or of one; with unmatched hours where asked."""
    unknown = found.unknown_to(enterprise)
    message = wire.GetMatchingResponse(
        enterprises=[
            _enterprise(one, found.unknown_to(one.enterprise), hours=hours)
            for one in found.enterprises
            if enterprise in ("", one.enterprise)
        ],
        park_scores=[] if enterprise else [*map(_score, whole_park(found.enterprises))],
        unknown=[_interval(one) for one in spans_of(unknown, found.span)] if hours else [],
        unknown_quarter_count=int(unknown.sum()),
    )
    message.interval.start.FromDatetime(found.span.start)
    message.interval.end.FromDatetime(found.span.end)
    message.known_until.FromDatetime(found.until)
    return message


def spans_of(quarters: Mask, span: Interval) -> Iterator[Interval]:
    """Yield the longest spans of these quarter hours of a span, in order."""
    borders = np.flatnonzero(np.diff(quarters.astype(np.int8), prepend=0, append=0)).tolist()
    for first, end in zip(borders[::2], borders[1::2], strict=True):
        yield Interval(span.start + first * QUARTER, span.start + end * QUARTER)


def whole_park(enterprises: Iterable[Matched]) -> list[Score]:
    """Return the sums over enterprises at each granularity."""
    sums: dict[str, Score] = {}
    for one in enterprises:
        for granularity, score in one.scores.items():
            before = sums.get(granularity, Score(granularity, 0, 0, 0))
            sums[granularity] = Score(
                granularity,
                before.load_wh + score.load_wh,
                before.matched_wh + score.matched_wh,
                before.volumetric_wh + score.volumetric_wh,
            )
    return list(sums.values())


def _enterprise(one: Matched, unknown: Mask, *, hours: bool) -> wire.EnterpriseMatching:
    return wire.EnterpriseMatching(
        enterprise=one.enterprise,
        scores=[_score(score) for score in one.scores.values()],
        periods=[_period(period) for period in one.by_period],
        unmatched_hour_count=len(one.unmatched),
        unmatched_hours=[_hour(hour) for hour in one.unmatched] if hours else [],
        unknown_quarter_count=int(unknown.sum()),
    )


def _score(score: Score) -> wire.MatchingScore:
    return wire.MatchingScore(
        granularity=f"MATCHING_GRANULARITY_{score.granularity.name}",
        load_wh=score.load_wh,
        matched_wh=score.matched_wh,
        matched_share=_share(score.cfe),
        cfe_share=_share(score.cfe),
        volumetric_wh=score.volumetric_wh,
        volumetric_share=_share(score.volumetric),
    )


def _period(one: InPeriod) -> wire.PeriodMatching:
    return wire.PeriodMatching(
        granularity=f"MATCHING_GRANULARITY_{one.granularity.name}",
        period=one.period,
        load_wh=one.load_wh,
        matched_wh=one.matched_wh,
        matched_share=_share(one.score),
    )


def _hour(hour: Unmatched) -> wire.UnmatchedHour:
    message = wire.UnmatchedHour(load_wh=hour.load_wh, matched_wh=hour.matched_wh)
    message.interval.start.FromDatetime(hour.start)
    message.interval.end.FromDatetime(hour.end)
    return message


def _interval(span: Interval) -> IntervalMessage:
    message = IntervalMessage()
    message.start.FromDatetime(span.start)
    message.end.FromDatetime(span.end)
    return message


def _share(share: Fraction | None) -> float | None:
    return None if share is None else float(share)


def offer_of(said: wire.Offer) -> Offer:
    """Return an offer; ValueError says what is wrong with it."""
    if said.max_wh % GEC_WH or not 0 <= said.max_wh <= LARGEST_WH:
        raise ValueError(f"max_wh {said.max_wh} must be whole MWh up to {LARGEST_WH}, as {GEC_WH}")
    if not 0 <= said.price_micros_per_kwh <= DEAREST:
        raise ValueError(f"price_micros_per_kwh must be 0 to {DEAREST}; check the currency")
    if any(not 0 <= wh <= LARGEST_WH for wh in said.profile_wh):
        raise ValueError(f"profile_wh must be 0 to {LARGEST_WH} in every hour")
    price = Decimal(said.price_micros_per_kwh) * KWH_IN_MWH / MICROS
    profile = np.array(said.profile_wh, np.int64) if said.profile_wh else None
    return Offer(said.name, said.technology, price, said.max_wh // GEC_WH, profile)


def proposal_message(found: Proposal, current: Fraction) -> wire.ProposePurchaseResponse:
    """Return a proposal."""
    return wire.ProposePurchaseResponse(
        current_share=float(current),
        reachable=True,
        reached_share=float(found.score),
        purchases=[
            wire.ProposedPurchase(
                name=one.offer.name,
                technology=one.offer.technology,
                quantity_wh=one.mwh * GEC_WH,
                cost_micros=_micros(one.cost),
            )
            for one in found.purchases
        ],
        cost_micros=_micros(found.cost),
        least_cost_micros=_micros(Decimal(found.least_cost)),
    )


def _micros(cost: Decimal) -> int:
    return round(cost * MICROS)
