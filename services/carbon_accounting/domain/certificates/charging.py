"""The certificate of a store's discharge against the one cancelled for its charge (rules D.4).

Charge and discharge pair 1:1: a claim of kind `stored` takes the charge's Wh out of the cancelled
certificate, so nobody else can claim them, and the discharge's certificate is what is left of it.
"""

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from functools import partial

from services.carbon_accounting.domain.certificates.certificate import (
    Certificate,
    IdRange,
    Instrument,
)
from services.carbon_accounting.domain.certificates.claims import (
    Claim,
    ClaimKind,
    Evidence,
    Used,
    of_store,
)
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.states import Standing
from services.carbon_accounting.domain.certificates.stored import Charge
from services.carbon_accounting.domain.certificates.windows import overdrawn

HOUR = timedelta(hours=1)


def storing(certificate: Certificate, charge: Charge, ids: IdRange) -> Claim:
    """Return the claim that takes a charge out of the certificate cancelled for it."""
    return Claim(
        id=f"{certificate.id}/charge",
        kind=ClaimKind.STORED,
        certificate_id=charge.certificate_id,
        ids=ids,
        claimant=certificate.owner,
        consumption=charge.charged,
        market=certificate.market,
        at=certificate.issued_at,
        feeds=certificate.id,
    )


def rate_after(ng_per_wh: int | None, charged_wh: int, discharged_wh: int) -> int | None:
    """Return the rate of a discharge: that of what was put in, on fewer Wh.

    Rounded half to even, once; None where the charged certificate says none.
    """
    if ng_per_wh is None:
        return None
    return round(Fraction(ng_per_wh * charged_wh, discharged_wh))


def charge_mistakes(
    discharged: Certificate, standing: Standing, used: Used, evidence: Evidence
) -> Iterator[Refused]:
    """Yield what is wrong between a discharge's certificate and the charged one's standing."""
    charge = discharged.charge
    if charge is None:
        return
    yield from _pair_mistakes(discharged, charge, standing.certificate)
    yield from _rate_mistakes(discharged, charge, standing.certificate)
    yield from _meter_mistakes(discharged, charge, used, evidence)


def _pair_mistakes(
    discharged: Certificate, charge: Charge, charged: Certificate
) -> Iterator[Refused]:
    if charged.instrument is not Instrument.GRANULAR:
        cure = f"a store is charged with a granular certificate, {Instrument.GRANULAR}"
        yield _wrong("charge", str(charged.instrument), cure)
    if discharged.quantity_wh > charge.charged_wh:
        cure = f"no more comes out than the {charge.charged_wh} Wh that were charged"
        yield _wrong("quantity_wh", str(discharged.quantity_wh), cure)
    if discharged.production.start < charge.charged.end:
        cure = f"the charge ended at {charge.charged.end.isoformat()}, it comes out from then on"
        yield _wrong("produced", discharged.production.start.isoformat(), cure)
    longest = max(charged.production.duration, charge.charged.duration)
    if longest > HOUR:
        cure = "it proves no hour: a store is charged, with what was made, in an hour at most"
        yield _wrong("charge", str(longest), cure)
    if discharged.use is not charged.use:
        cure = f"power for {charged.use} was charged: traced where it was used, or bought for it"
        yield _wrong("use", str(discharged.use), cure)
    if discharged.title is not charged.title:
        cure = f"{charged.id} is {charged.title}: cancel it for its owner's own use instead"
        yield Refused(Rule.NOT_TRADEABLE, "charge", charged.id, cure)
    if discharged.expires_at > charged.expires_at:
        cure = f"it lives no longer than what was charged, to {charged.expires_at.isoformat()}"
        yield _wrong("expires_at", discharged.expires_at.isoformat(), cure)


def _rate_mistakes(
    discharged: Certificate, charge: Charge, charged: Certificate
) -> Iterator[Refused]:
    rate = rate_after(charged.ng_per_wh, charge.charged_wh, discharged.quantity_wh)
    if discharged.ng_per_wh != rate:
        told = "no rate" if discharged.ng_per_wh is None else f"{discharged.ng_per_wh} ng/Wh"
        right = "none" if rate is None else f"{rate} ng/Wh"
        yield _wrong("emission_ng_per_wh", told, f"with losses the charged one's rate is {right}")


def _meter_mistakes(
    discharged: Certificate, charge: Charge, used: Used, evidence: Evidence
) -> Iterator[Refused]:
    """A store that is metered here took in and gave for this use what its meters say, no more."""
    store, stores, whose = discharged.device, evidence.stores, of_store(discharged, evidence)
    into, out = (charge.charged, charge.charged_wh), (discharged.production, discharged.quantity_wh)
    of_charge = ("charged_wh", "took in", stores.charged_wh, used.charges, into)
    of_discharge = ("quantity_wh", "gave", stores.discharged_wh, used.discharges, out)
    for field, did, counted_wh, before, asked in (of_charge, of_discharge):
        counted = partial(counted_wh, store, discharged.use)
        if found := overdrawn([before[whose]], asked, counted):
            power = "power of the grid" if whose[1] else "own power"
            yield Refused(
                Rule.BEYOND_STORE,
                field,
                str(asked[1]),
                f"{store} {did} {found.counted_wh} Wh of {power} from "
                f"{found.span.start.isoformat()} to {found.span.end.isoformat()}, of which "
                f"{found.before_wh} Wh are certified; tell what is left",
            )


def _wrong(field: str, value: str, cure: str) -> Refused:
    return Refused(Rule.NOT_ALLOCATED, field, value, cure)
