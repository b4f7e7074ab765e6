"""Other resources and their exchange as messages."""

from collections.abc import Iterator

from parkflow.carbon.v1 import resource_pb2 as wire
from services.carbon_accounting.domain.inventory.exchanging import Offered
from services.carbon_accounting.domain.inventory.resource_streams import carrier_and_role
from services.carbon_accounting.domain.resources.exchange import Demand, Source
from services.carbon_accounting.domain.resources.matching import Line, Proposal
from services.carbon_accounting.live.resources import Counted


def amount_message(one: Counted) -> wire.ResourceAmount:
    """Return what an enterprise has of what a stream counted."""
    stream, what = one.stream, carrier_and_role(one.stream)
    if what is None:
        raise ValueError(f"{stream.id} is {stream.activity}; only resources are told here")
    carrier, role = what
    return wire.ResourceAmount(
        meter=stream.id,
        enterprise=one.enterprise,
        node=stream.node,
        carrier=carrier,
        role=role,
        amount=one.amount,
        unit=carrier.base_unit,
        is_whole=one.is_whole,
        level=None if stream.level is None else float(stream.level),
    )


def exchange_messages(offered: Offered, proposal: Proposal) -> Iterator[wire.ProposedExchange]:
    """Yield the proposals of one carrier, the best first."""
    for line in proposal.lines:
        yield wire.ProposedExchange(
            carrier=offered.family.carrier,
            source=_end(line.source),
            demand=_end(line.demand),
            taken=line.taken,
            delivered=line.delivered,
            unit=offered.family.carrier.base_unit,
            saving_micros=line.saving_micros,
            parts=_parts(offered, line),
            unverified=offered.doubts,
        )


def _parts(offered: Offered, line: Line) -> Iterator[wire.ExchangePart]:
    hours = offered.exchange.hours
    for part, rate, duration in zip(offered.parts, line.rates, hours, strict=True):
        if rate:
            yield wire.ExchangePart(
                calendar_month=part.month,
                first_hour=part.first_hour,
                last_hour=part.first_hour + part.hours,
                duration_hours=duration,
                rate_per_hour=rate,
            )


def uncosted_messages(offered: Offered, proposal: Proposal) -> Iterator[wire.UncostedExchange]:
    """Yield the pairs of different enterprises that fit, but whose connection has no cost."""
    sources = {one.id: one for one in offered.exchange.sources}
    demands = {one.id: one for one in offered.exchange.demands}
    for source_id, demand_id in proposal.without_cost:
        source, demand = sources[source_id], demands[demand_id]
        if source.enterprise != demand.enterprise:
            yield wire.UncostedExchange(
                carrier=offered.family.carrier, source=_end(source), demand=_end(demand)
            )


def _end(one: Source | Demand) -> wire.ExchangeEnd:
    return wire.ExchangeEnd(meter=one.id, enterprise=one.enterprise, level=one.level)
