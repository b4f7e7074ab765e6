"""Claims on certificates: one a MWh and claim family, never more than was metered (D.1, D.4, F)."""

from bisect import bisect, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from services.carbon_accounting.domain.certificates.certificate import IdRange
from services.carbon_accounting.domain.certificates.gec import Title
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.states import Standing, State
from services.energy.time_grid import Interval


class ClaimKind(StrEnum):
    """What a MWh is claimed as."""

    GREEN_POWER = "GEC"
    OFFSET = "CCER"
    INCLUSIVE_CARBON = "碳普惠"
    PHYSICAL_USE = "physical"


class Family(IntEnum):
    """Claims of one family exclude each other; numbered as in the database."""

    ATTRIBUTE = 1
    PHYSICAL = 2


FAMILY = {
    ClaimKind.GREEN_POWER: Family.ATTRIBUTE,
    ClaimKind.OFFSET: Family.ATTRIBUTE,
    ClaimKind.INCLUSIVE_CARBON: Family.ATTRIBUTE,
    ClaimKind.PHYSICAL_USE: Family.PHYSICAL,
}
"""The double-claim matrix: two kinds of one family exclude each other on the same MWh (F).

Physical use is apart (rules 0.1(6)): the indicators count it beside certificates, never with them.
"""
FAMILY_TRUST = "M"
OF_CONSUMPTION = frozenset({ClaimKind.GREEN_POWER, ClaimKind.PHYSICAL_USE})
"""Claims about what the claimant consumed; offsets are of generation alone."""


@dataclass(frozen=True, slots=True)
class Claim:
    """That `claimant` used these ids for what it consumed in `consumption`, in `market`."""

    id: str
    kind: ClaimKind
    certificate_id: str
    ids: IdRange
    claimant: str
    consumption: Interval
    market: str
    at: datetime

    @property
    def family(self) -> Family:
        """The set of claims of which a MWh bears one."""
        return FAMILY[self.kind]

    @property
    def covers_consumption(self) -> bool:
        """Whether it says what the claimant consumed; offsets are of generation alone."""
        return self.kind in OF_CONSUMPTION


@dataclass(frozen=True, slots=True)
class Evidence:
    """What claims are held against. A generation of None is metered by others.

    `consumed_wh` is the whole consumption of a claimant in a span, None where it is not known.
    """

    reporting: Interval
    consumed_wh: Callable[[str, Interval], int | None]
    generated_wh: Callable[[str, Interval], int | None] = lambda device, span: None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The claims that hold, and what is wrong with each of the others, by claim id."""

    accepted: tuple[Claim, ...]
    refused: Mapping[str, tuple[Refused, ...]]


@dataclass(slots=True)
class Used:
    """What accepted claims have used up so far, by lot and family, and by claimant and span."""

    ids: dict[tuple[str, Family], list[IdRange]] = field(default_factory=lambda: defaultdict(list))
    wh: dict[tuple[str, Family, Interval], int] = field(default_factory=lambda: defaultdict(int))

    def overlap(self, claim: Claim, lot: str) -> IdRange | None:
        """Return what overlaps: the ranges are disjoint and in order, only neighbours can."""
        taken = self.ids[lot, claim.family]
        place = bisect(taken, claim.ids)
        near = taken[max(0, place - 1) : place + 1]
        return next((ids for ids in near if ids.overlaps(claim.ids)), None)

    def take(self, claim: Claim, lot: str, reporting: Interval) -> None:
        """Use up what an accepted claim says."""
        insort(self.ids[lot, claim.family], claim.ids)
        for span in {claim.consumption, reporting} if claim.covers_consumption else ():
            self.wh[claim.claimant, claim.family, span] += claim.ids.quantity_wh


def judged(
    claims: Iterable[Claim], standings: Mapping[str, Standing], evidence: Evidence
) -> Verdicts:
    """Judge claims one after the other; each names everything that is wrong with it.

    Consumption is held against the claims for the same span and against all of the reporting
    period, rounded up to whole certificates: the last may be used in part.
    """
    used, accepted = Used(), []
    refused: dict[str, tuple[Refused, ...]] = {}
    for claim in claims:
        standing = standings.get(claim.certificate_id)
        if standing is None:
            refused[claim.id] = (_unknown(claim),)
            continue
        if mistakes := mistakes_of(claim, standing, used, evidence):
            refused[claim.id] = mistakes
            continue
        used.take(claim, standing.certificate.lot, evidence.reporting)
        accepted.append(claim)
    return Verdicts(tuple(accepted), refused)


def mistakes_of(
    claim: Claim, standing: Standing, used: Used, evidence: Evidence
) -> tuple[Refused, ...]:
    """Return everything that is wrong with one claim, given what was used before it."""
    return (*_shape_mistakes(claim, standing), *_used_up(claim, standing, used, evidence))


def free_ids(within: IdRange, taken: Iterable[IdRange], quantity_wh: int) -> IdRange | None:
    """Return the first free ids in a row; `taken` is in order. None when there are none."""
    first = within.first
    for ids in taken:
        if ids.first - first >= quantity_wh:
            break
        first = max(first, ids.last + 1)
    found = IdRange.of(first, quantity_wh)
    return found if within.holds(found) else None


def _unknown(claim: Claim) -> Refused:
    return Refused(
        Rule.NO_SUCH_CERTIFICATE, "certificate", claim.certificate_id, "issue or import it first"
    )


def _shape_mistakes(claim: Claim, standing: Standing) -> Iterator[Refused]:
    """Yield what is wrong between a claim and its certificate, whatever else was claimed."""
    yield from _life_mistakes(claim, standing)
    yield from _range_mistakes(claim, standing)
    certificate = standing.certificate
    if claim.market != certificate.market:
        yield Refused(
            Rule.WRONG_MARKET, "market", certificate.market, f"consumption is in {claim.market}"
        )
    made, used = certificate.production, claim.consumption
    if made.start < used.start or made.end > used.end:
        yield Refused(
            Rule.WRONG_VINTAGE,
            "produced",
            _span(made),
            f"it must lie within the consumption {_span(used)}",
        )


def _life_mistakes(claim: Claim, standing: Standing) -> Iterator[Refused]:
    certificate, at = standing.certificate, claim.at
    cancelled = standing.state in (State.CANCELLED, State.CLAIMED)
    if at < certificate.issued_at:
        yield Refused(
            Rule.BEFORE_ISSUANCE, "at", at.isoformat(), f"claim from {certificate.issued_at} on"
        )
    if standing.state is State.EXPIRED or (not cancelled and at >= certificate.expires_at):
        yield Refused(
            Rule.EXPIRED, "expires_at", certificate.expires_at.isoformat(), "claim another one"
        )
    elif not cancelled or standing.beneficiary != claim.claimant:
        yield Refused(
            Rule.NOT_CANCELLED, "state", _stands(standing), f"cancel it for {claim.claimant} first"
        )
    if certificate.title is not Title.TRADEABLE and claim.claimant != standing.owner:
        yield Refused(
            Rule.NOT_TRADEABLE, "claimant", claim.claimant, f"only {standing.owner} may claim it"
        )


def _range_mistakes(claim: Claim, standing: Standing) -> Iterator[Refused]:
    certificate, ids = standing.certificate, claim.ids
    granule_wh, offset_wh = certificate.instrument.granule_wh, ids.first - certificate.ids.first
    if not certificate.ids.holds(ids):
        yield Refused(
            Rule.BEYOND_QUANTITY,
            "ids",
            f"{ids.first}..{ids.last}",
            f"the certificate has {certificate.ids.first}..{certificate.ids.last}",
        )
    elif ids.quantity_wh % granule_wh or offset_wh % granule_wh:
        yield Refused(
            Rule.NOT_WHOLE,
            "claimed_wh",
            str(ids.quantity_wh),
            f"claim whole multiples of {granule_wh} Wh",
        )


def _used_up(claim: Claim, standing: Standing, used: Used, evidence: Evidence) -> Iterator[Refused]:
    certificate, reporting = standing.certificate, evidence.reporting
    if claim.consumption.start < reporting.start or claim.consumption.end > reporting.end:
        yield Refused(
            Rule.WRONG_VINTAGE,
            "consumed",
            _span(claim.consumption),
            f"the books are of {_span(reporting)}; claim for consumption within them",
        )
    if taken := used.overlap(claim, certificate.lot):
        yield Refused(
            Rule.CLAIMED_TWICE,
            "ids",
            f"{claim.ids.first}..{claim.ids.last}",
            f"ids {taken.first}..{taken.last} of lot {certificate.lot} bear a claim of family "
            f"{claim.family.name.lower()}; claim others",
        )
    made_wh = evidence.generated_wh(certificate.device, certificate.production)
    if made_wh is not None and certificate.quantity_wh > made_wh:
        yield Refused(
            Rule.BEYOND_GENERATION,
            "quantity_wh",
            str(certificate.quantity_wh),
            f"{certificate.device} made {made_wh} Wh in {_span(certificate.production)}",
        )
    if claim.covers_consumption:
        yield from _metered_mistakes(claim, certificate.instrument.granule_wh, used, evidence)


def _metered_mistakes(
    claim: Claim, granule_wh: int, used: Used, evidence: Evidence
) -> Iterator[Refused]:
    for span in dict.fromkeys((claim.consumption, evidence.reporting)):
        before_wh = used.wh[claim.claimant, claim.family, span]
        metered_wh = evidence.consumed_wh(claim.claimant, span) or 0
        free_wh = -(-metered_wh // granule_wh) * granule_wh - before_wh
        if claim.ids.quantity_wh > free_wh:
            yield Refused(
                Rule.BEYOND_METERED,
                "claimed_wh",
                str(claim.ids.quantity_wh),
                f"{claim.claimant} has {metered_wh} Wh metered in {_span(span)} and "
                f"{before_wh} Wh claimed; claim at most {max(0, free_wh)} Wh",
            )
            return


def _stands(standing: Standing) -> str:
    to_whom = f" for {standing.beneficiary}" if standing.beneficiary else ""
    return f"{standing.state}{to_whom}"


def _span(span: Interval) -> str:
    return f"[{span.start:%Y-%m-%dT%H:%MZ}, {span.end:%Y-%m-%dT%H:%MZ})"
