"""GEC as certificates: from the months of one facility and use to bundles with ids (rules D.2)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.certificates.certificate import (
    UNREAD,
    Certificate,
    IdRange,
    Instrument,
)
from services.carbon_accounting.domain.certificates.gec import (
    GEC_WH,
    Plant,
    Title,
    Use,
    issuances,
    title_of,
)
from services.carbon_accounting.domain.certificates.lifetime import expiry
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.local_month import Month


@dataclass(frozen=True, slots=True)
class Facility:
    """One facility with the use of its power that is metered apart; to whom its GEC are issued.

    `trust` flags how well its rate `ng_per_wh` is known. `meter` is the one that counts the device,
    empty where it is not one: certificates are named by it, so a device has the same ids under
    all of its names.
    """

    device: str
    plant: Plant
    use: Use
    market: str
    owner: str
    ng_per_wh: int
    trust: str = UNREAD
    meter: str = ""


@dataclass(frozen=True, slots=True)
class MonthOfGec:
    """What a month brought: carried in + generated = 1 MWh a certificate + carried out.

    `certificate` is the bundle of all its GEC, None where they are no whole MWh.
    """

    month: Month
    generated_wh: int
    carried_in_wh: int
    carried_out_wh: int
    certificate: Certificate | None

    @property
    def count(self) -> int:
        """How many GEC it brought."""
        return self.certificate.quantity_wh // GEC_WH if self.certificate else 0


@dataclass(frozen=True, slots=True)
class GecIssue:
    """What consecutive months bring, and what is left to carry on, below 1 MWh."""

    title: Title
    months: tuple[MonthOfGec, ...]
    carry_wh: int

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """One bundle for each month with a whole MWh."""
        return tuple(one.certificate for one in self.months if one.certificate)


def issue_gec(
    facility: Facility,
    generation_wh: Mapping[Month, int],
    issued_at: datetime | None,
    zone: ZoneInfo,
    carry_wh: int = 0,
) -> GecIssue | Refused:
    """Return the GEC of consecutive months, or why they are not issued.

    `issued_at` None: of each month as it ends. ValueError when a month is left out: its remainder
    would carry past a gap.
    """
    title, months = title_of(facility.plant, facility.use), sorted(generation_wh)
    if isinstance(title, Refused):
        return title
    if gaps := [before.plus(1) for before, after in pairwise(months) if before.plus(1) != after]:
        raise ValueError(f"generation of {gaps[0]} is missing; give every month, 0 Wh where none")
    if issued_at and (early_or_late := [*_untimely(months, issued_at, zone)]):
        return early_or_late[0]
    issued = issuances((generation_wh[month] for month in months), carry_wh)
    carried_wh = [carry_wh, *(one.carry_wh for one in issued)]
    return GecIssue(
        title,
        tuple(
            MonthOfGec(
                *(month, generation_wh[month], before_wh, one.carry_wh),
                _bundle(facility, month, one.certificates, issued_at, zone, title),
            )
            for month, one, before_wh in zip(months, issued, carried_wh, strict=False)
        ),
        carried_wh[-1],
    )


def _untimely(months: list[Month], issued_at: datetime, zone: ZoneInfo) -> Iterator[Refused]:
    """Yield what cannot be issued at a time: a month that has not ended, or is long expired."""
    for month in months:
        end, life = month.interval(zone).end, expiry(month, zone)
        told = ("issued_at", issued_at.isoformat())
        if issued_at < end:
            cure = f"{month} ends at {end.isoformat()}; issue it then or later"
            yield Refused(Rule.IN_FUTURE, *told, cure)
        if issued_at >= life:
            cure = f"certificates of {month} end at {life.isoformat()}; tell when they were issued"
            yield Refused(Rule.EXPIRED, *told, cure)


def _bundle(
    facility: Facility,
    month: Month,
    count: int,
    issued_at: datetime | None,
    zone: ZoneInfo,
    title: Title,
) -> Certificate | None:
    if not count:
        return None
    lot = f"{facility.meter or facility.device}/{facility.use}/{month}"
    return Certificate(
        id=f"GEC/{lot}",
        instrument=Instrument.GEC,
        technology=facility.plant.technology,
        device=facility.device,
        market=facility.market,
        production=month.interval(zone),
        issued_at=issued_at or month.interval(zone).end,
        expires_at=expiry(month, zone),
        ids=IdRange.of(0, count * GEC_WH),
        owner=facility.owner,
        lot=lot,
        ng_per_wh=facility.ng_per_wh,
        title=title,
        use=facility.use,
        trust=facility.trust,
    )
