"""Contracts settled against what was metered, and the certificates that come of it.

Certificates of these contracts for these hours that are on the books already are left out of what
others hold: settling a span again says the same of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.certificates.certificate import Certificate
from services.carbon_accounting.domain.certificates.certified_elsewhere import (
    beyond_generation,
    certified_by_hour,
)
from services.carbon_accounting.domain.certificates.claims import Claim
from services.carbon_accounting.domain.certificates.hourly_energy import HourlyEnergy, Mask
from services.carbon_accounting.domain.certificates.refusal import Refused
from services.carbon_accounting.domain.certificates.settled_certificates import (
    OfHour,
    certificates_of,
    hour_at,
    id_of,
)
from services.carbon_accounting.domain.certificates.settled_months import MonthOfContract, by_month
from services.carbon_accounting.domain.certificates.settlement import (
    Agreement,
    Settled,
    Source,
    settled,
)
from services.carbon_accounting.domain.inventory.claimable import Claimable
from services.carbon_accounting.domain.inventory.consuming import Consumption
from services.carbon_accounting.domain.inventory.hourly_metering import consumed_by_hour
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.matching.periods import Periods
from services.energy.time_grid import Interval, from_microseconds


@dataclass(frozen=True, slots=True)
class OnTheBooks:
    """The certificates and claims that are there before."""

    certificates: Sequence[Certificate] = ()
    claims: Sequence[Claim] = ()


@dataclass(frozen=True, slots=True)
class Delivered:
    """A certificate of a contract's hour; `claimed_wh` None where its use is not known."""

    of_hour: OfHour
    claimed_wh: int | None


@dataclass(frozen=True, slots=True)
class Dark:
    """A span in which a contract's generation or its buyer's consumption is not known."""

    contract: str
    what: str
    span: Interval


@dataclass(frozen=True, slots=True)
class Settlement:
    """What contracts came to."""

    months: tuple[MonthOfContract, ...]
    certificates: tuple[Delivered, ...]
    dark: tuple[Dark, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Metering:
    """What was made by source and hour, and who consumed what; the hours of `zone`."""

    hours: Periods
    zone: ZoneInfo
    generation: Mapping[Source, HourlyEnergy]
    consumption: Consumption


def settle(
    agreements: Sequence[Agreement], metering: Metering, books: OnTheBooks
) -> Settlement | tuple[Refused, ...]:
    """Return what contracts came to, or which generation was sold twice."""
    others = _others(agreements, metering.hours, books)
    found = _settled(agreements, metering, others)
    if refused := (*beyond_generation(others.certificates, found, metering.hours),):
        return refused
    return Settlement(
        tuple(by_month(found, _months(metering))),
        tuple(_delivered(found, metering, others)),
        tuple(_dark(found, metering.hours)),
    )


def _settled(
    agreements: Sequence[Agreement], metering: Metering, others: OnTheBooks
) -> list[Settled]:
    hours = metering.hours
    certified_wh = {
        source: certified_by_hour(others.certificates, source, hours)
        for source in metering.generation
    }
    buyers = {one.terms.buyer for one in agreements}
    consumed = {one: consumed_by_hour(metering.consumption, one, hours) for one in buyers}
    return settled(agreements, metering.generation, certified_wh, consumed)


def _others(agreements: Sequence[Agreement], hours: Periods, books: OnTheBooks) -> OnTheBooks:
    """Return what is on the books but what these contracts brought in these hours."""
    ours = {
        id_of(one.terms, hour_at(hours, at).start)
        for one in agreements
        for at in np.flatnonzero(one.in_force).tolist()
    }
    return OnTheBooks(
        [one for one in books.certificates if one.id not in ours],
        [one for one in books.claims if one.certificate_id not in ours],
    )


def _delivered(
    found: Sequence[Settled], metering: Metering, others: OnTheBooks
) -> Iterator[Delivered]:
    claimable = Claimable(metering.consumption.wh_of, others.claims, metering.zone)
    for one in found:
        buyer, dark = one.agreement.terms.buyer, one.dark_use
        hours = np.flatnonzero(one.attributes_wh).tolist()
        brought = certificates_of(one, metering.hours, metering.zone)
        for at, of_hour in zip(hours, brought, strict=True):
            hour = of_hour.certificate.production
            known = not dark[at]
            yield Delivered(
                of_hour, claimable.grant(buyer, hour, of_hour.used_wh) if known else None
            )


def _months(metering: Metering) -> list[str]:
    """Return the local month of each hour."""
    starts = map(from_microseconds, metering.hours.borders_us[:-1].tolist())
    return [str(Month.of(start, metering.zone)) for start in starts]


def _dark(found: Sequence[Settled], hours: Periods) -> Iterator[Dark]:
    for one in found:
        contract, buyer = one.agreement.terms.contract, one.agreement.terms.buyer
        device = one.agreement.terms.device
        for span in _spans(one.dark_generation, hours):
            yield Dark(contract, f"generation of {device}", span)
        for span in _spans(one.agreement.in_force & ~one.consumed.known, hours):
            yield Dark(contract, f"consumption of {buyer}", span)


def _spans(dark: Mask, hours: Periods) -> Iterator[Interval]:
    """Yield the longest spans of these hours, in order."""
    borders = np.flatnonzero(np.diff(dark.astype(np.int8), prepend=0, append=0))
    for first, end in hours.borders_us[borders].reshape(-1, 2).tolist():
        yield Interval(from_microseconds(first), from_microseconds(end))
