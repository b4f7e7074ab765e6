"""Claims on certificates: one a MWh and claim family, never more than was metered (D.1, D.4, F)."""

from bisect import bisect, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from services.carbon_accounting.domain.certificates.certificate import Certificate, IdRange
from services.carbon_accounting.domain.certificates.claimed_spans import ClaimedSpans
from services.carbon_accounting.domain.certificates.gec import Use
from services.carbon_accounting.domain.certificates.refusal import Refused
from services.energy.time_grid import Interval


class ClaimKind(StrEnum):
    """What a MWh is claimed as."""

    GREEN_POWER = "GEC"
    OFFSET = "CCER"
    INCLUSIVE_CARBON = "碳普惠"
    PHYSICAL_USE = "physical"
    STORED = "stored"


class Family(IntEnum):
    """Claims of one family exclude each other; numbered as in the database."""

    ATTRIBUTE = 1
    PHYSICAL = 2


FAMILY = {
    ClaimKind.GREEN_POWER: Family.ATTRIBUTE,
    ClaimKind.OFFSET: Family.ATTRIBUTE,
    ClaimKind.INCLUSIVE_CARBON: Family.ATTRIBUTE,
    ClaimKind.PHYSICAL_USE: Family.PHYSICAL,
    ClaimKind.STORED: Family.ATTRIBUTE,
}
"""The double-claim matrix: two kinds of one family exclude each other on the same MWh (F).

Physical use is apart (rules 0.1(6)): the indicators count it beside certificates, never with them.
What a store was charged with lives on in the certificate of its discharge, and nowhere else (D.4).
"""
FAMILY_TRUST = "M"
EVERYBODY = "park"
"""The claimant that stands for all enterprises together."""
OF_CONSUMPTION = frozenset({ClaimKind.GREEN_POWER, ClaimKind.PHYSICAL_USE})
"""Claims about what the claimant consumed; offsets are of generation alone."""


@dataclass(frozen=True, slots=True)
class Claim:
    """That `claimant` used these ids for what it consumed in `consumption`, in `market`.

    Of what was stored, `consumption` is the span of the charge and `feeds` the id of the
    certificate of its discharge.
    """

    id: str
    kind: ClaimKind
    certificate_id: str
    ids: IdRange
    claimant: str
    consumption: Interval
    market: str
    at: datetime
    feeds: str = ""

    @property
    def family(self) -> Family:
        """The set of claims of which a MWh bears one."""
        return FAMILY[self.kind]

    @property
    def covers_consumption(self) -> bool:
        """Whether it says what the claimant consumed; offsets are of generation alone."""
        return self.kind in OF_CONSUMPTION


@dataclass(frozen=True, slots=True)
class StoreEvidence:
    """What went into and came out of a store in a span for a use, Wh; None where others meter it.

    On-grid is what was of the grid; every other use what was of own power. `named` is the one name
    of a store, `names_of` all it is called.
    """

    charged_wh: Callable[[str, Use, Interval], int | None] = lambda store, use, span: None
    discharged_wh: Callable[[str, Use, Interval], int | None] = lambda store, use, span: None
    named: Callable[[str], str] = lambda store: store
    names_of: Callable[[str], frozenset[str]] = lambda store: frozenset({store})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What claims are held against.

    `consumed_wh` is the whole consumption of a claimant in a span, None where it is not known.
    `generated_wh` is what a device made in a span for a use (on-grid: what it exported), None
    where others meter it. A device may have several names: `counted_by` is what counts one of
    them, `alike` the names that share something of that.
    """

    reporting: Interval
    consumed_wh: Callable[[str, Interval], int | None]
    generated_wh: Callable[[str, Use, Interval], int | None] = lambda device, use, span: None
    stores: StoreEvidence = StoreEvidence()
    counted_by: Callable[[str], frozenset[str]] = lambda device: frozenset({device})
    alike: Callable[[str], frozenset[str]] = lambda device: frozenset({device})


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The claims that hold, and what is wrong with each of the others, by claim id."""

    accepted: tuple[Claim, ...]
    refused: Mapping[str, tuple[Refused, ...]]


OfDevice = tuple[str, bool, Family]
OfStore = tuple[str, bool]


@dataclass(slots=True)
class Used:
    """What accepted claims have used up so far.

    Ids by lot and family, consumption by span and claimant; of a device's generation each
    production's span and how much of it, by device, whether on-grid, and family; of charges and
    discharges likewise, by store and whether on-grid.
    """

    ids: dict[tuple[str, Family], list[IdRange]] = field(default_factory=lambda: defaultdict(list))
    wh: dict[tuple[Family, Interval], dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    generation: dict[OfDevice, ClaimedSpans] = field(
        default_factory=lambda: defaultdict(ClaimedSpans)
    )
    charges: dict[OfStore, ClaimedSpans] = field(default_factory=lambda: defaultdict(ClaimedSpans))
    discharges: dict[OfStore, ClaimedSpans] = field(
        default_factory=lambda: defaultdict(ClaimedSpans)
    )

    def claimed_of(self, whose: OfDevice, evidence: Evidence) -> list[ClaimedSpans]:
        """Return what is claimed of what counts a device, under any of its names."""
        device, on_grid, family = whose
        mine = evidence.counted_by(device)
        names = [name for name in evidence.alike(device) if evidence.counted_by(name) <= mine]
        mine_by_name = (self.generation.get((name, on_grid, family)) for name in names)
        return [claimed for claimed in mine_by_name if claimed is not None]

    def overlap(self, claim: Claim, lot: str) -> IdRange | None:
        """Return what overlaps: the ranges are disjoint and in order, only neighbours can."""
        taken = self.ids[lot, claim.family]
        place = bisect(taken, claim.ids)
        near = taken[max(0, place - 1) : place + 1]
        return next((ids for ids in near if ids.overlaps(claim.ids)), None)

    def take(
        self,
        claim: Claim,
        certificate: Certificate,
        evidence: Evidence,
        discharged: Certificate | None = None,
    ) -> None:
        """Use up what an accepted claim says, of stored power what its store was charged too."""
        insort(self.ids[certificate.lot, claim.family], claim.ids)
        of_this = self.generation[of_device(claim, certificate)]
        of_this.add(certificate.production, claim.ids.quantity_wh)
        if discharged is not None:
            store = of_store(discharged, evidence)
            self.charges[store].add(claim.consumption, claim.ids.quantity_wh)
            self.discharges[store].add(discharged.production, discharged.quantity_wh)
        for span in {claim.consumption, evidence.reporting} if claim.covers_consumption else ():
            self.wh[claim.family, span][claim.claimant] += claim.ids.quantity_wh


def of_device(claim: Claim, certificate: Certificate) -> OfDevice:
    """Return under what a claim on a device's generation counts: on-grid power apart."""
    return certificate.device, certificate.use is Use.ON_GRID, claim.family


def of_store(discharged: Certificate, evidence: Evidence) -> OfStore:
    """Return under what a store's charges and discharges count: power of the grid apart."""
    return evidence.stores.named(discharged.device), discharged.use is Use.ON_GRID


def free_ids(within: IdRange, taken: Iterable[IdRange], quantity_wh: int) -> IdRange | None:
    """Return the first free ids in a row; `taken` is in order. None when there are none."""
    first = within.first
    for ids in taken:
        if ids.first - first >= quantity_wh:
            break
        first = max(first, ids.last + 1)
    found = IdRange.of(first, quantity_wh)
    return found if within.holds(found) else None
