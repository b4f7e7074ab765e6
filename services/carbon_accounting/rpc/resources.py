"""GetResources and ProposeExchanges: water, waste, heat, cold and pressure."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from fractions import Fraction
from typing import Any, cast

from parkflow.carbon.v1 import resource_pb2 as wire
from services.carbon_accounting.domain.auditing.balances import Tolerance
from services.carbon_accounting.domain.inventory.node_balances import OfMonth
from services.carbon_accounting.domain.inventory.resource_streams import is_resource
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.live.booked_span import BookedSpan, booked_span
from services.carbon_accounting.live.local_days import LocalDays
from services.carbon_accounting.live.resources import (
    ALL,
    Resources,
    proposals_of,
    resource_site,
    resources_of,
)
from services.carbon_accounting.rpc.access import for_enterprises
from services.carbon_accounting.rpc.audit_messages import balance_message
from services.carbon_accounting.rpc.resource_messages import (
    amount_message,
    exchange_messages,
    uncosted_messages,
)
from services.carbon_accounting.rpc.spans import LiveRpc, Mistakes, days_of

LONGEST_DAYS = 366
NOTHING = "nothing of these days is booked"
NO_METER = (
    "the park file names no meter of water, waste, heat, cold or pressure: declare streams with "
    "`activity: resource` in `accounting.streams`"
)
NO_EXCHANGE = (
    "nobody has a resource left over that somebody needs: give streams of heat, cold or water a "
    "`temperature_c` or `quality_class` in `accounting.streams`"
)


class ResourcesRpc(LiveRpc):
    """Other resources of a span, and who could use whose."""

    _one_by_one: asyncio.Semaphore

    @for_enterprises
    async def GetResources(  # noqa: N802
        self, request: wire.GetResourcesRequest, context: Any
    ) -> wire.GetResourcesResponse:
        """Return amounts and balances; to an enterprise its own amounts alone."""
        mistakes: Mistakes = []
        days = days_of(request, LONGEST_DAYS, mistakes)
        whose = self._whose(request, context, mistakes)
        self._check(request, mistakes)
        async with self._booked(cast(LocalDays, days)) as booked:
            found = await resources_of(booked)
        answer = self._resources(found, whose)
        answer.missing.extend(_missing(self._site, booked))
        return answer

    async def ProposeExchanges(  # noqa: N802
        self, request: wire.ProposeExchangesRequest, context: Any
    ) -> wire.ProposeExchangesResponse:
        """Return the proposals, one request at a time."""
        mistakes: Mistakes = []
        days = days_of(request, LONGEST_DAYS, mistakes)
        self._check(request, mistakes)
        async with self._one_by_one, self._booked(cast(LocalDays, days)) as booked:
            found = await proposals_of(booked)
        missing = [*_missing(self._site, booked)]
        return wire.ProposeExchangesResponse(
            exchanges=[one for both in found for one in exchange_messages(*both)],
            uncosted=[one for both in found for one in uncosted_messages(*both)],
            currency=self._site.currency,
            missing=missing if found or missing else [NO_EXCHANGE],
        )

    def _booked(self, days: LocalDays) -> AbstractAsyncContextManager[BookedSpan]:
        return booked_span(self._database, self._rules, days.interval(self._site.time_zone))

    def _resources(self, found: Resources, whose: str | None) -> wire.GetResourcesResponse:
        tolerance = Tolerance(Fraction(self._site.choices.balance_tolerance))
        balances = found.balances if whose is None else ()
        return wire.GetResourcesResponse(
            amounts=[
                amount_message(one) for one in found.counted if whose in (None, one.enterprise)
            ],
            balances=[balance_message(OfMonth(ALL, one, None), tolerance) for one in balances],
        )


def _missing(site: Site, booked: BookedSpan) -> Iterator[str]:
    if not any(is_resource(one) for one in resource_site(site).streams):
        yield NO_METER
    if booked.span is None:
        yield NOTHING
