"""Matching over gRPC: scores and unmatched hours, and what to buy for a target."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np

from parkflow.carbon.v1 import matching_pb2 as wire
from services.carbon_accounting.domain.inventory.purchasing import need_of, together
from services.carbon_accounting.domain.matching.purchase import (
    Need,
    Offer,
    Proposal,
    Unreachable,
    propose,
)
from services.carbon_accounting.live.consumptions import years_of
from services.carbon_accounting.live.matching import MatchingDesk
from services.carbon_accounting.rpc.access import enterprise_asked, for_enterprises, viewer_of
from services.carbon_accounting.rpc.certificate_messages import interval_in, interval_of
from services.carbon_accounting.rpc.matching_messages import (
    matching_message,
    offer_of,
    proposal_message,
)
from services.energy.time_grid import QUARTER, Interval, ceiling, floor
from services.runtime.clock import ParkClock
from services.runtime.refusals import (
    Conflict,
    FieldMistake,
    InvalidFields,
    NotFound,
    check_park,
)

LONGEST = timedelta(days=800)
MOST_OFFERS = 50
HOUR = timedelta(hours=1)


class MatchingRpc:
    """The RPCs of matching."""

    park_id: str
    clock: ParkClock
    matching: MatchingDesk

    @for_enterprises
    async def GetMatching(  # noqa: N802
        self, request: wire.GetMatchingRequest, context: Any
    ) -> wire.GetMatchingResponse:
        """Return scores at every granularity; an enterprise's own to itself."""
        viewer = viewer_of(context, self.matching.site)
        if viewer.enterprise is None:
            self._check_enterprise(request.enterprise)
        whose = enterprise_asked(request.enterprise, viewer, self.matching.site, []) or ""
        check_park(request.park_id, self.park_id, list(_span_mistakes(request)))
        found = await self.matching.of(self._span(request, QUARTER))
        return matching_message(found, whose, hours=request.include_unmatched_hours)

    async def ProposePurchase(  # noqa: N802
        self, request: wire.ProposePurchaseRequest, context: Any
    ) -> wire.ProposePurchaseResponse:
        """Return the cheapest purchase for a target hourly score."""
        mistakes = [*_span_mistakes(request), *_purchase_mistakes(request)]
        check_park(request.park_id, self.park_id, mistakes)
        self._check_enterprise(request.enterprise)
        hours = await self.matching.hours(self._span(request, HOUR))
        mine = hours.get(request.enterprise) if request.enterprise else together(hours)
        if mine is None or not mine.load_wh.sum():
            raise Conflict("no consumption is known in the interval; ask for another one")
        offers = [offer_of(offer) for offer in request.offers]
        if told := list(_profile_mistakes(offers, len(mine.load_wh))):
            raise InvalidFields(told)
        need = need_of(mine, request.target_share)
        found = await self.matching.beside(lambda: propose(need, offers))
        return _answer(found, need)

    def _check_enterprise(self, enterprise: str) -> None:
        known = {tenant.id for tenant in self.matching.site.enterprises} | {"", "park"}
        if enterprise not in known:
            raise NotFound("enterprise", enterprise)

    def _span(self, request: Any, step: timedelta) -> Interval:
        asked = interval_of(request.interval)
        if asked is None:
            now = floor(self.clock.now())
            return years_of(Interval(now, now + QUARTER), self.matching.site.time_zone)
        return Interval(floor(asked.start, step), ceiling(asked.end, step))


def _answer(found: Proposal | Unreachable, need: Need) -> wire.ProposePurchaseResponse:
    current = need.score(np.zeros_like(need.load_wh))
    if isinstance(found, Proposal):
        return proposal_message(found, current)
    return wire.ProposePurchaseResponse(
        current_share=float(current), reachable=False, reached_share=float(found.best)
    )


def _span_mistakes(request: Any) -> Iterator[FieldMistake]:
    yield from interval_in(request.interval, "interval")
    said = request.interval
    if said.HasField("start") and said.HasField("end"):
        seconds = said.end.seconds - said.start.seconds
        if seconds > LONGEST.total_seconds():
            yield FieldMistake("interval", f"is longer than {LONGEST.days} days; ask less")


def _purchase_mistakes(request: wire.ProposePurchaseRequest) -> Iterator[FieldMistake]:
    if not 0 < request.target_share <= 1:
        text = f"{request.target_share:g} must be above 0 and at most 1, as 0.9"
        yield FieldMistake("target_share", text)
    if not 0 < len(request.offers) <= MOST_OFFERS:
        yield FieldMistake("offers", f"give 1 to {MOST_OFFERS}")
    for number, offer in enumerate(request.offers):
        if not offer.name.strip():
            yield FieldMistake(f"offers[{number}].name", "must not be empty")
        try:
            offer_of(offer)
        except ValueError as mistake:
            yield FieldMistake(f"offers[{number}]", str(mistake))


def _profile_mistakes(offers: list[Offer], hours: int) -> Iterator[FieldMistake]:
    for number, offer in enumerate(offers):
        try:
            offer.profile(hours)
        except ValueError as mistake:
            yield FieldMistake(f"offers[{number}].profile_wh", str(mistake))
