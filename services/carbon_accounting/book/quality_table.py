"""The Scope 2 criteria of claims as a table: a row for each claim and criterion."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from services.carbon_accounting.book.inputs import Inputs
from services.carbon_accounting.book.tables import utc, write_table
from services.carbon_accounting.domain.certificates.claims import Claim, Evidence
from services.carbon_accounting.domain.inventory.claim_quality import ClaimQuality, judged_claims
from services.carbon_accounting.domain.inventory.open_items import OpenItem

QUALITY = "claims_quality.csv"
"""Only in books with certificates."""
COLUMNS = (
    *("claim", "certificate", "claimant", "consumed_from", "consumed_to"),
    *("criterion", "verdict", "why", "trust"),
)


def qualities(
    inputs: Inputs, claims: Iterable[Claim], evidence: Evidence, items: Iterable[OpenItem]
) -> tuple[ClaimQuality, ...]:
    """Return the verdicts of all claims of the certificate file; none without one."""
    if inputs.certificates is None:
        return ()
    standings = inputs.certificates.standings
    known = [(claim, standings[claim.certificate_id]) for claim in claims]
    return (*judged_claims(known, inputs.rules, evidence.generated_wh, items),)


def write_quality(folder: Path, found: Iterable[ClaimQuality]) -> None:
    """Write the verdicts of every claim."""
    write_table(folder / QUALITY, COLUMNS, quality_rows(found))


def quality_rows(found: Iterable[ClaimQuality]) -> Iterator[tuple[object, ...]]:
    """Yield the verdicts in the columns of COLUMNS."""
    for one in found:
        claim = one.claim
        consumed = utc(claim.consumption.start), utc(claim.consumption.end)
        whose = (claim.id, claim.certificate_id, claim.claimant, *consumed)
        yield from ((*whose, j.criterion, j.met, j.because, j.trust) for j in one.judgements)
