"""What contracts may not say, of themselves and beside each other (rules D.1, D.2)."""

from collections.abc import Collection, Iterator, Sequence

from services.carbon_accounting.domain.certificates.gec import Use
from services.carbon_accounting.domain.certificates.refusal import Refused
from services.carbon_accounting.domain.certificates.settled_certificates import title_or_refusal
from services.carbon_accounting.domain.certificates.settlement import Terms

OFFERED_USES = (Use.ON_GRID, Use.SELF_USE)
"""Power that went to the grid, or that stayed where it was made and came by a line of its own."""
LONGEST_CONTRACT = 180
"""With its hour it is the name of a certificate, which has at most 200 characters."""
Odd = tuple[str, str, str]
"""A field, its value, and the cure."""


def odd_terms(terms: Terms, market: str, buyers: Collection[str]) -> Iterator[Odd]:
    """Yield what is wrong with the terms of a contract in a park."""
    if len(terms.contract) > LONGEST_CONTRACT:
        cure = f"must not be longer than {LONGEST_CONTRACT} characters: hours are named by it"
        yield "contract", f"{terms.contract[:20]}…", cure
    title = title_or_refusal(terms)
    if isinstance(title, Refused):
        yield title.field, title.value, title.why
    if terms.market != market:
        cure = f"the park consumes in {market}: attributes of another market cover nothing in it"
        yield "market", terms.market, cure
    if terms.buyer not in buyers:
        yield "buyer", terms.buyer, f"must be one of {', '.join(sorted(buyers))}"
    if terms.use not in OFFERED_USES:
        yield "use", str(terms.use), f"must be one of {', '.join(OFFERED_USES)}"


def odd_beside(terms: Terms, before: Sequence[Terms]) -> Iterator[Odd]:
    """Yield what contradicts the rows of the same contract that stand before."""
    for other in (one for one in before if one.contract == terms.contract):
        if terms.span.start < other.span.end and other.span.start < terms.span.end:
            cure = f"it is agreed from {other.span.start} to {other.span.end} already; let the "
            yield "from", terms.span.start.isoformat(), f"{cure}spans follow each other"
        if terms.parties != other.parties:
            cure = "of one contract device, technology, market, seller, buyer and use stay; name "
            yield "contract", terms.contract, f"{cure}the other contract otherwise"
