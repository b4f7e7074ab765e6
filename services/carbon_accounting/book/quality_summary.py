"""What the command says of the Scope 2 criteria: how many claims meet them, and why not others."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from services.carbon_accounting.book.quality_table import QUALITY
from services.carbon_accounting.domain.certificates.certificate import UNREAD
from services.carbon_accounting.domain.certificates.quality import Met
from services.carbon_accounting.domain.inventory.claim_quality import ClaimQuality

MOST_SHOWN = 5
UNVERIFIED = " (unverified: the wording of 7 and 8 was not read)"


def quality_lines(found: Sequence[ClaimQuality], folder: Path) -> Iterator[str]:
    """Yield a line, and one for each of the first claims that do not meet all that applies."""
    if not found:
        return
    opened = [one for one in found if not one.meets_all]
    claims = "1 claim meets" if len(found) == 1 else f"{len(found)} claims meet"
    mark = UNVERIFIED if any(_rests_on_unread(one) for one in found) else ""
    yield f"{len(found) - len(opened)} of {claims} every Scope 2 criterion that applies{mark}"
    for one in opened[:MOST_SHOWN]:
        yield f"  {one.claim.id}: " + "; ".join(_why(one))
    if len(opened) > MOST_SHOWN:
        yield f"  and {len(opened) - MOST_SHOWN} more: {folder}/{QUALITY}"


def _rests_on_unread(one: ClaimQuality) -> bool:
    judged = (j for j in one.judgements if j.met is not Met.NOT_APPLICABLE)
    return any(j.trust == UNREAD for j in judged)


def _why(one: ClaimQuality) -> Iterator[str]:
    yield from (f"criterion {j.criterion[0]} is {j.met}: {j.because}" for j in one.open)
