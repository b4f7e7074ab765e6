"""Green-power contracts over gRPC: settled from the live books, which stay as they are."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from parkflow.carbon.v1 import settlement_pb2 as wire
from services.carbon_accounting.domain.certificates.settlement import Agreement
from services.carbon_accounting.domain.inventory.contract_settling import Metering, Settlement
from services.carbon_accounting.domain.inventory.contract_sources import Sources
from services.carbon_accounting.domain.matching.periods import Granularity, Periods
from services.carbon_accounting.live.consumptions import Metered, years_of
from services.carbon_accounting.live.settling import SettlingDesk
from services.carbon_accounting.rpc.certificate_messages import interval_in, interval_of
from services.carbon_accounting.rpc.contract_messages import ContractsIn
from services.carbon_accounting.rpc.matching import HOUR, LONGEST
from services.carbon_accounting.rpc.refused_rules import BrokenRules
from services.carbon_accounting.rpc.settlement_messages import generation_in, settlement_message
from services.energy.time_grid import QUARTER, Interval, ceiling, floor, to_microseconds
from services.runtime.clock import ParkClock
from services.runtime.refusals import FieldMistake, InvalidFields, check_park

MOST = 20
"""Contracts and devices: 40 numbers of up to 6 bytes for each hour of 800 days fit a request."""
MOST_CERTIFICATES = 10_000
"""So many rows are below 4 MiB, which is what clients of gRPC take by themselves."""
QUARTER_US = round(QUARTER.total_seconds() * 1_000_000)


class SettlementRpc:
    """The RPC of green-power contracts."""

    park_id: str
    clock: ParkClock
    settling: SettlingDesk

    async def SettleContracts(  # noqa: N802
        self, request: wire.SettleContractsRequest, context: Any
    ) -> wire.SettleContractsResponse:
        """Return what contracts came to, and their certificates as a file."""
        check_park(request.park_id, self.park_id, [*_mistakes(request)])
        span = self._asked_span(request)
        hours = self._hours_of(span)
        contracts = ContractsIn(self.settling.site, hours)
        for number, said in enumerate(request.contracts):
            contracts.read(number, said)
        told = generation_in(request.generation, hours, contracts.mistakes)
        if contracts.mistakes:
            raise InvalidFields(contracts.mistakes)
        metered = await self.settling.metered(span)
        sources = Sources(self.settling.site, metered.generation, QUARTER_US, hours, told)
        if odd := [*_odd_sources(contracts.agreements, sources)]:
            raise InvalidFields(odd)
        found = await self._settlement(contracts.agreements, sources, metered, span)
        return await asyncio.to_thread(settlement_message, found, span)

    async def _settlement(
        self, agreements: Sequence[Agreement], sources: Sources, metered: Metered, span: Interval
    ) -> Settlement:
        zone = self.settling.site.time_zone
        metering = Metering(sources.hours, zone, sources.found, metered.consumption)
        now = self.clock.now()
        found = await self.settling.settled(agreements, metering, span, now)
        if not isinstance(found, Settlement):
            raise BrokenRules(found)
        if (count := len(found.certificates)) > MOST_CERTIFICATES:
            text = f"brings {count} certificates, at most {MOST_CERTIFICATES} are told; ask less"
            raise InvalidFields([FieldMistake("interval", text)])
        return found

    def _asked_span(self, request: wire.SettleContractsRequest) -> Interval:
        asked = interval_of(request.interval)
        if asked is None:
            now = floor(self.clock.now())
            return years_of(Interval(now, now + QUARTER), self.settling.site.time_zone)
        return Interval(floor(asked.start, HOUR), ceiling(asked.end, HOUR))

    def _hours_of(self, span: Interval) -> Periods:
        zone = self.settling.site.time_zone
        borders = (to_microseconds(span.start), to_microseconds(span.end))
        return Periods.over(Granularity.HOURLY, *borders, zone)


def _mistakes(request: wire.SettleContractsRequest) -> Iterator[FieldMistake]:
    odd = [*interval_in(request.interval, "interval")]
    yield from odd
    asked = None if odd else interval_of(request.interval)
    if asked is not None and asked.duration > LONGEST:
        yield FieldMistake("interval", f"is longer than {LONGEST.days} days; ask less")
    if not 0 < len(request.contracts) <= MOST:
        yield FieldMistake("contracts", f"give 1 to {MOST}")
    if len(request.generation) > MOST:
        yield FieldMistake("generation", f"give at most {MOST}")


def _odd_sources(agreements: Sequence[Agreement], sources: Sources) -> Iterator[FieldMistake]:
    for number, agreement in enumerate(agreements):
        for name, value, cure in sources.look_up(agreement.terms):
            yield FieldMistake(f"contracts[{number}].{name}", f"{value!r}: {cure}")
