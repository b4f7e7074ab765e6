"""Settled contracts as certificates: one for each hour with attributes, ids from 0 in its own lot.

Issued when its hour ends, to the buyer: attributes come to it with the power that it pays.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.certificates.certificate import (
    Certificate,
    IdRange,
    Instrument,
)
from services.carbon_accounting.domain.certificates.gec import Plant, Title, title_of
from services.carbon_accounting.domain.certificates.lifetime import expiry
from services.carbon_accounting.domain.certificates.refusal import Refused
from services.carbon_accounting.domain.certificates.settlement import Settled, Terms
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.matching.periods import Periods
from services.energy.time_grid import Interval, from_microseconds


@dataclass(frozen=True, slots=True)
class OfHour:
    """The certificate of a contract's hour, and what of it its buyer used."""

    certificate: Certificate
    terms: Terms
    used_wh: int


def certificates_of(one: Settled, hours: Periods, zone: ZoneInfo) -> Iterator[OfHour]:
    """Yield the certificates of a contract in order of time."""
    terms = one.agreement.terms
    for at in np.flatnonzero(one.attributes_wh).tolist():
        wh, used_wh = int(one.attributes_wh[at]), int(one.used_wh[at])
        yield OfHour(_certificate(terms, hour_at(hours, at), wh, zone), terms, used_wh)


def id_of(terms: Terms, start: datetime) -> str:
    """Return the id of a contract's hour: its name and the UTC hour."""
    return f"{terms.contract}/{start:%Y-%m-%dT%H:%MZ}"


def hour_at(hours: Periods, at: int) -> Interval:
    """Return an hour by its number."""
    borders = hours.borders_us[at : at + 2].tolist()
    return Interval(*(from_microseconds(border) for border in borders))


def _certificate(terms: Terms, hour: Interval, wh: int, zone: ZoneInfo) -> Certificate:
    name = id_of(terms, hour.start)
    return Certificate(
        id=name,
        instrument=Instrument.CONTRACT,
        technology=terms.technology,
        device=terms.device,
        market=terms.market,
        production=hour,
        issued_at=hour.end,
        expires_at=expiry(Month.of(hour.start, zone), zone),
        ids=IdRange.of(0, wh),
        owner=terms.buyer,
        lot=name,
        ng_per_wh=terms.ng_per_wh,
        title=_title(terms),
        use=terms.use,
        trust=terms.trust,
    )


def title_or_refusal(terms: Terms) -> Title | Refused:
    """Return how attributes of these terms may be held, or why this generation brings none."""
    plant = Plant(terms.technology, terms.commissioned, terms.market_hydro)
    return title_of(plant, terms.use)


def _title(terms: Terms) -> Title:
    title = title_or_refusal(terms)
    if isinstance(title, Refused):
        raise ValueError(f"contract {terms.contract}: {title.text}")
    return title
