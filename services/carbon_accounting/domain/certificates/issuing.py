"""GEC as certificates: from the months of one facility and use to bundles with ids (rules D.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.certificates.certificate import (
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
from services.carbon_accounting.domain.certificates.refusal import Refused
from services.carbon_accounting.domain.local_month import Month


@dataclass(frozen=True, slots=True)
class Facility:
    """One facility with the use of its power that is metered apart; to whom its GEC are issued."""

    device: str
    plant: Plant
    use: Use
    market: str
    owner: str
    ng_per_wh: int


@dataclass(frozen=True, slots=True)
class GecIssue:
    """What consecutive months bring, one bundle for each month with a whole MWh, and the rest."""

    certificates: tuple[Certificate, ...]
    carry_wh: int


def issue_gec(
    facility: Facility,
    generation_wh: Mapping[Month, int],
    issued_at: datetime,
    zone: ZoneInfo,
    carry_wh: int = 0,
) -> GecIssue | Refused:
    """Return the GEC of consecutive months, or why this generation gets none.

    ValueError when a month is left out: its remainder would carry past a gap.
    """
    title, months = title_of(facility.plant, facility.use), sorted(generation_wh)
    if isinstance(title, Refused):
        return title
    if gaps := [before.plus(1) for before, after in pairwise(months) if before.plus(1) != after]:
        raise ValueError(f"generation of {gaps[0]} is missing; give every month, 0 Wh where none")
    issued = issuances((generation_wh[month] for month in months), carry_wh)
    bundles = tuple(
        _bundle(facility, month, issuance.certificates, issued_at, zone, title)
        for month, issuance in zip(months, issued, strict=True)
        if issuance.certificates
    )
    return GecIssue(bundles, issued[-1].carry_wh if issued else carry_wh)


def _bundle(
    facility: Facility, month: Month, count: int, issued_at: datetime, zone: ZoneInfo, title: Title
) -> Certificate:
    lot = f"{facility.device}/{facility.use}/{month}"
    return Certificate(
        id=f"GEC/{lot}",
        instrument=Instrument.GEC,
        technology=facility.plant.technology,
        device=facility.device,
        market=facility.market,
        production=month.interval(zone),
        issued_at=issued_at,
        expires_at=expiry(month, zone),
        ids=IdRange.of(0, count * GEC_WH),
        owner=facility.owner,
        lot=lot,
        ng_per_wh=facility.ng_per_wh,
        title=title,
        use=facility.use,
    )
