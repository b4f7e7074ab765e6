"""GetTracing: electricity by origin, as the inventory of a span has it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from parkflow.carbon.v1 import tracing_pb2 as wire
from services.carbon_accounting.domain.costing.prices import Prices
from services.carbon_accounting.domain.inventory.booking import Inventory
from services.carbon_accounting.domain.inventory.flows import Flows, Way
from services.carbon_accounting.domain.inventory.open_items import OpenItem
from services.carbon_accounting.domain.tracing.origins import NO_VINTAGE, Origin
from services.carbon_accounting.live.booked_span import booked_span
from services.carbon_accounting.live.inventories import Accounted, inventory_of
from services.carbon_accounting.live.local_days import LocalDays
from services.carbon_accounting.rpc.access import for_enterprises, own_sources
from services.carbon_accounting.rpc.spans import LiveRpc, Mistakes, days_of
from services.energy.time_grid import Interval

LONGEST_DAYS = 31
WAYS = {
    Way.SUPPLY: wire.FLOW_WAY_SUPPLY,
    Way.USE: wire.FLOW_WAY_USE,
    Way.EXPORT: wire.FLOW_WAY_EXPORT,
    Way.LOSS: wire.FLOW_WAY_STORAGE_LOSS,
    Way.UNACCOUNTED: wire.FLOW_WAY_UNACCOUNTED_LOAD,
    Way.STORED: wire.FLOW_WAY_CHANGE_IN_STORES,
    Way.BEYOND: wire.FLOW_WAY_BEYOND_STORE,
    Way.RENAMED: wire.FLOW_WAY_BECAME_UNKNOWN,
    Way.NOT_TRACED: wire.FLOW_WAY_NOT_TRACED,
}


class TracingRpc(LiveRpc):
    """Where electricity came from, and who used it."""

    @for_enterprises
    async def GetTracing(  # noqa: N802
        self, request: wire.GetTracingRequest, context: Any
    ) -> wire.GetTracingResponse:
        """Return the flows of the park, or the uses of one enterprise."""
        mistakes: Mistakes = []
        days = days_of(request, LONGEST_DAYS, mistakes)
        whose = self._whose(request, context, mistakes)
        self._check(request, mistakes)
        inventory = await self._traced(cast(LocalDays, days).interval(self._site.time_zone))
        shown = _Shown(own_sources(self._viewer(context), self._site))
        return shown.of_park(inventory) if whose is None else shown.of_one(inventory, whose)

    async def _traced(self, asked: Interval, prices: Prices | None = None) -> Inventory:
        """Return what of a span is in the books: quarters to come are not unknown."""
        async with booked_span(self._database, self._rules, asked) as booked:
            if booked.span is None:
                return Inventory()
            traced_only = Accounted(replace(self._site, ledgers=()), booked.accounted.rules)
            return await inventory_of(booked.connection, traced_only, booked.span, prices=prices)


class _Shown:
    """What is shown to whoever may know the names of these sources; None: all."""

    def __init__(self, sources: frozenset[str] | None) -> None:
        self._sources = sources

    def of_park(self, inventory: Inventory) -> wire.GetTracingResponse:
        """Return all of it."""
        gaps = [
            wire.ElectricityGap(origin=self._origin(origin), energy_wh=wh)
            for _, origin, wh in inventory.flows.differences()
        ]
        return wire.GetTracingResponse(
            flows=self._flows(inventory.flows),
            uses=self._uses(inventory, None),
            gaps=gaps,
            open_items=[told(item) for item in sorted_items(inventory.open_items)],
        )

    def of_one(self, inventory: Inventory, enterprise: str) -> wire.GetTracingResponse:
        """Return one enterprise's uses and open items."""
        own = inventory.own_items.get(enterprise, ())
        return wire.GetTracingResponse(
            uses=self._uses(inventory, enterprise),
            open_items=[told(item) for item in sorted_items(own)],
        )

    def _flows(self, flows: Flows) -> Iterator[wire.ElectricityFlow]:
        sums: dict[tuple[Way, str, Origin], int] = {}
        for (_, way, line, origin), wh in flows.wh.items():
            sums[way, line, origin] = sums.get((way, line, origin), 0) + wh
        for (way, line, origin), wh in sorted(sums.items(), key=lambda one: _place(*one[0])):
            origin_shown = self._origin(origin)
            yield wire.ElectricityFlow(way=WAYS[way], line=line, origin=origin_shown, energy_wh=wh)

    def _uses(self, inventory: Inventory, whose: str | None) -> Iterator[wire.ElectricityUse]:
        for (enterprise, line, origin), wh in sorted(inventory.used.wh.items()):
            if wh and whose in (None, enterprise):
                yield wire.ElectricityUse(
                    enterprise=enterprise, line=line, origin=self._origin(origin), energy_wh=wh
                )

    def _origin(self, origin: Origin) -> wire.ElectricityOrigin:
        known = self._sources is None or origin.source in self._sources
        return wire.ElectricityOrigin(
            kind=origin.kind,
            source=origin.source if known else "",
            vintage="" if origin.vintage == NO_VINTAGE else str(origin.vintage),
        )


def sorted_items(items: Any) -> list[OpenItem]:
    """Return open items by what they are about."""
    return sorted(items, key=lambda item: (item.kind, item.subject, item.what))


def told(item: OpenItem) -> str:
    """Return an open item in words."""
    return f"{item.subject}: {item.what} - {item.cure}"


def _place(way: Way, line: str, origin: Origin) -> tuple[int, str, Origin]:
    return WAYS[way], line, origin
