"""Certificates in a booking: judged against what was consumed, matched, told."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from services.carbon_accounting.book.inputs import Inputs, Refused
from services.carbon_accounting.book.tables import utc, write_table
from services.carbon_accounting.domain.certificates.claims import Evidence
from services.carbon_accounting.domain.inventory.booking import Claimed
from services.carbon_accounting.domain.inventory.certifying import (
    Attributes,
    Matched,
    claimed_in,
)
from services.carbon_accounting.domain.inventory.consuming import Consumption
from services.carbon_accounting.domain.inventory.evidence import evidence_of_metered
from services.carbon_accounting.domain.inventory.generating import Generation
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.input_files.certificate_import import CertificateFile, Held, held
from services.energy.time_grid import Interval

SCORES = ("enterprise", "granularity", "load_wh", "matched_wh", "score", "volumetric_score")
UNMATCHED = ("enterprise", "start", "end", "load_wh", "matched_wh", "missing_wh")
COVERED = (Ledger.PARK_ACCEPTANCE, Ledger.MARKET_BASED)
"""Ledgers in which certificates change anything: matched also where there is no certificate."""
COVERAGE = ("claimant", "certificate", "claimed_wh", "used_wh", "surplus_wh")
DIGITS = 6


def evidence_of(
    data: ActivityData, consumption: Consumption, generation: Generation, zone: ZoneInfo
) -> Evidence:
    """Return what claims are held against: what was metered in the local years of the data."""
    return evidence_of_metered(years_of(data, zone), consumption, generation)


def accepted(file: CertificateFile, evidence: Evidence) -> Attributes:
    """Return what may be matched by claimant; Refused with every claim that does not hold."""
    return accepted_claims(file, evidence).attributes


def accepted_claims(file: CertificateFile, evidence: Evidence) -> Held:
    """Return the claims and what may be matched; Refused with every claim that does not hold."""
    found = held(file, evidence)
    if found.mistakes:
        raise Refused([str(mistake) for mistake in found.mistakes])
    return found


def years_of(data: ActivityData, zone: ZoneInfo) -> Interval:
    """Return the local calendar years that the data lie in: claims are for a year of it."""
    first, last = data.begins.astimezone(zone).year, (data.ends - data.step).astimezone(zone).year
    borders = (datetime(year, 1, 1, tzinfo=zone) for year in (first, last + 1))
    return Interval(*(border.astimezone(UTC) for border in borders))


def claims(
    inputs: Inputs, consumption: Consumption, attributes: Attributes
) -> Mapping[Ledger, Claimed]:
    """Return what certificates cover, by ledger."""
    return claimed_in(inputs.site.choices, inputs.site.time_zone, consumption, attributes)


def write_matching(
    folder: Path, found: Sequence[Matched], attributes: Attributes, covered: Claimed
) -> None:
    """Write scores, unmatched hours, and what certificates cover in the market-based ledger."""
    write_table(folder / "matching.csv", SCORES, _scores(found))
    write_table(folder / "unmatched_hours.csv", UNMATCHED, unmatched_rows(found))
    write_table(folder / "certificates.csv", COVERAGE, _coverage(attributes, covered))


def _scores(found: Sequence[Matched]) -> Iterator[tuple[object, ...]]:
    for one in found:
        for granularity, score in one.scores.items():
            shares = (_share(score.cfe), _share(score.volumetric))
            yield one.enterprise, granularity, score.load_wh, score.matched_wh, *shares


def _share(share: object) -> str:
    return "" if share is None else f"{float(share):.{DIGITS}f}"  # type: ignore[arg-type]


def unmatched_rows(found: Sequence[Matched]) -> Iterator[tuple[object, ...]]:
    """Yield the unmatched hours in the columns of UNMATCHED."""
    for one in found:
        for hour in one.unmatched:
            span = (utc(hour.start), utc(hour.end))
            yield one.enterprise, *span, hour.load_wh, hour.matched_wh, hour.missing_wh


def _coverage(attributes: Attributes, covered: Claimed) -> Iterator[tuple[object, ...]]:
    used: dict[str, int] = defaultdict(int)
    for of_enterprise in covered.values():
        for certificate, wh in of_enterprise.items():
            used[certificate.id] += int(wh.sum())
    for claimant, some in sorted(attributes.items()):
        for one in some:
            left_wh = one.quantity_wh - used[one.id]
            yield claimant, one.id, one.quantity_wh, used[one.id], left_wh
