"""Claims as what may be matched, and when what they cover is settled enough to be booked."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.certificates.claims import Claim, ClaimKind
from services.carbon_accounting.domain.certificates.gec import Use
from services.carbon_accounting.domain.certificates.states import Standing
from services.carbon_accounting.domain.inventory.site import PARK
from services.carbon_accounting.domain.local_day import local_day
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.matching.periods import Granularity
from services.carbon_accounting.domain.matching.supply import Attribute, attribute_of, rate_of
from services.energy.time_grid import Interval

ClaimOn = tuple[Claim, Standing]
CALENDAR = frozenset({Granularity.YEARLY, Granularity.MONTHLY})


@dataclass(frozen=True, slots=True)
class Held:
    """What may be matched in a span: attributes by claimant, and in which turn each gives.

    A turn is the same for all quarters, so the books give them out the same however they are cut.
    """

    attributes: dict[str, list[Attribute]] = field(default_factory=dict)
    turns: dict[str, str] = field(default_factory=dict)


def held_in(claims: Iterable[ClaimOn], span: Interval, consumers: Collection[str]) -> Held:
    """Return what claims on green power from the grid bring to a span's matching.

    An offset covers no consumption; what was used where it was made is known from the tracing;
    whoever consumed nothing in the span has nothing to cover.
    """
    attributes: dict[str, list[Attribute]] = defaultdict(list)
    turns: dict[str, str] = {}
    for claim, standing in claims:
        certificate = standing.certificate
        made, rate = certificate.production, rate_of(certificate)
        here = made.start < span.end and span.start < made.end
        ours = claim.claimant == PARK or claim.claimant in consumers
        covers = claim.kind is ClaimKind.GREEN_POWER and certificate.use is Use.ON_GRID
        if here and ours and covers and rate is not None:
            one = attribute_of(claim, certificate, rate)
            attributes[claim.claimant].append(one)
            turns[claim.id] = turn_of(claim.claimant, one)
    return Held(dict(attributes), turns)


def turn_of(claimant: str, one: Attribute) -> str:
    """Return the place in which an attribute gives: one's own before the park's, then its turn."""
    return f"{claimant == PARK:d}{one.bundled:d}{one.expires_us:020d}"


def settled_until(now: datetime, granularity: Granularity, zone: ZoneInfo) -> datetime:
    """Return up to when coverage is booked.

    Matched by the hour or finer, what is covered of a past day does not change with the next, so
    days are booked. Matched by month or year, each new quarter hour would move what all others of
    the period have, so it is booked by whole local months.
    """
    if granularity in CALENDAR:
        return Month.of(now, zone).start(zone)
    return local_day(now, zone).start.astimezone(UTC)


def years_with(claims: Iterable[ClaimOn], until: datetime, zone: ZoneInfo) -> dict[str, Interval]:
    """Return the local years, up to an instant, in which something claimed was produced."""
    years: set[int] = set()
    for _, standing in claims:
        made = standing.certificate.production
        last_day = local_day(made.end - timedelta(microseconds=1), zone)
        first, last = (at.astimezone(zone).year for at in (made.start, last_day.start))
        years |= set(range(first, last + 1))
    return {f"{year:04d}": span for year in sorted(years) if (span := year_span(year, until, zone))}


def year_span(year: int, until: datetime, zone: ZoneInfo) -> Interval | None:
    """Return a local year up to an instant; None when that is before it."""
    start, end = Month(year, 1).start(zone), min(Month(year + 1, 1).start(zone), until)
    return Interval(start, end) if start < end else None
