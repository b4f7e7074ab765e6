"""Records of stores become certificates of discharges: checked, allocated, issued (rules D.4)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from services.carbon_accounting.domain.certificates.allocating import MOST_PAIRS, allocated
from services.carbon_accounting.domain.certificates.certificate import (
    Certificate,
    IdRange,
    Instrument,
)
from services.carbon_accounting.domain.certificates.charge_records import Bundles, charges_of
from services.carbon_accounting.domain.certificates.charging import rate_after
from services.carbon_accounting.domain.certificates.gec import Technology
from services.carbon_accounting.domain.certificates.metered_storage import (
    StoreMeters,
    beyond_meters,
    pairs_beyond,
)
from services.carbon_accounting.domain.certificates.states import Standing
from services.carbon_accounting.domain.certificates.storage import (
    ChargeRecord,
    DischargeRecord,
    RecordRefused,
)
from services.carbon_accounting.domain.certificates.store_pairs import Allocated, Pair
from services.carbon_accounting.domain.certificates.stored import Allocation, Charge
from services.carbon_accounting.domain.certificates.untold import Untold, untold_of

Refusals = tuple[RecordRefused, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """What the operator declares of its stores: what comes out of what was put in, and how."""

    efficiency: Fraction
    method: Allocation


@dataclass(frozen=True, slots=True)
class Discharged:
    """Which discharge comes out of which charge, and the certificate of each pair, in order.

    `untold`: what meters say of each store's charge that no record tells.
    """

    allocated: Allocated
    certificates: tuple[Certificate, ...]
    untold: tuple[Untold, ...]


def discharged(
    charges: Sequence[ChargeRecord],
    discharges: Sequence[DischargeRecord],
    bundles: Bundles,
    meters: StoreMeters,
    declared: Declared,
    most_pairs: int = MOST_PAIRS,
) -> Discharged | Refusals:
    """Return the certificates of what was discharged, or everything that is wrong."""
    known = charges_of(charges, bundles)
    sound, wrong = ([], known) if isinstance(known, tuple) else (known, ())
    if refused := (*wrong, *beyond_meters(sound, discharges, meters)):
        return refused
    found = allocated(sound, discharges, declared.efficiency, declared.method, most_pairs)
    if not isinstance(found, Allocated):
        return found
    if refused := (*pairs_beyond(found.pairs, meters),):
        return refused
    untold = tuple(untold_of(sound, discharges, meters))
    return Discharged(found, tuple(_certificates(found, bundles)), untold)


def _certificates(found: Allocated, bundles: Bundles) -> Iterator[Certificate]:
    for one in found.discharges:
        for number, pair in enumerate(one.certified, start=1):
            standing = bundles.standings[pair.charge.certificate_id]
            yield _certificate(certificate_id(one.discharge.id, number), pair, standing, found)


def certificate_id(discharge_id: str, number: int) -> str:
    """Return the id of the certificate of a discharge's part, which count from 1."""
    return f"{discharge_id}/{number}"


def _certificate(id: str, pair: Pair, standing: Standing, found: Allocated) -> Certificate:
    """It is of whom the charged one was cancelled for, and has its use, market, trust and end."""
    bundle, charge = standing.certificate, pair.charge
    return Certificate(
        id=id,
        instrument=Instrument.STORAGE_GRANULAR,
        technology=Technology.STORAGE,
        device=charge.store,
        market=bundle.market,
        production=pair.discharge.discharged,
        issued_at=issued_at(pair, standing),
        expires_at=bundle.expires_at,
        ids=IdRange.of(0, pair.discharge_wh),
        owner=standing.beneficiary,
        lot=id,
        ng_per_wh=rate_after(bundle.ng_per_wh, pair.charged_wh, pair.discharge_wh),
        title=bundle.title,
        use=bundle.use,
        trust=bundle.trust,
        charge=Charge(charge.certificate_id, pair.charged_wh, charge.span, found.method),
    )


def issued_at(pair: Pair, standing: Standing) -> datetime:
    """Return the first moment at which charge and discharge are over and the bundle cancelled.

    It depends on the records alone, so the same records give the same certificates again.
    """
    ended = max(pair.discharge.discharged.end, pair.charge.span.end)
    return max(ended, standing.certificate.issued_at, standing.cancelled_at or ended)
