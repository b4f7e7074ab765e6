"""Charge records held against the certificates they name (rules D.4): cancelled, granular, theirs.

What is certified was made when it was put in: a charge holds the span in which its certificate was
produced, as every claim of a kind that is matched by the hour does; both are of an hour at most.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from services.carbon_accounting.domain.certificates.certificate import Certificate, Instrument
from services.carbon_accounting.domain.certificates.claims import Claim, Family
from services.carbon_accounting.domain.certificates.gec import Title, title_of_discharge
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.states import Standing, State
from services.carbon_accounting.domain.certificates.storage import ChargeRecord, RecordRefused
from services.carbon_accounting.domain.certificates.store_pairs import Charged
from services.energy.time_grid import Interval

STORED_ONLY = "what is claimed elsewise, as by a row without the claim `stored`, is not charged"
LONGEST = timedelta(hours=1)
"""A longer span does not tell in which hour the power was made, or put in."""
CANCELLED = frozenset({State.CANCELLED, State.CLAIMED})


@dataclass(frozen=True, slots=True)
class Bundles:
    """Certificates by id, and what of each is claimed for something else than a store, Wh."""

    standings: Mapping[str, Standing]
    claimed_wh: Mapping[str, int] = field(default_factory=dict)

    def free_wh(self, certificate_id: str) -> int:
        """Return what a store may be charged with."""
        whole_wh = self.standings[certificate_id].certificate.quantity_wh
        return whole_wh - self.claimed_wh.get(certificate_id, 0)


def charges_of(
    records: Sequence[ChargeRecord], bundles: Bundles
) -> list[Charged] | tuple[RecordRefused, ...]:
    """Return the charges with their quantities, or everything that is wrong with them."""
    certified = [record for record in records if record.certificate_id]
    refused = [
        RecordRefused(record.id, why)
        for record in certified
        for why in _with_certificate(record, bundles.standings.get(record.certificate_id))
    ]
    if not refused:
        refused = [*_beyond_certificates(certified, bundles)]
    return tuple(refused) or [_charged(record, bundles) for record in records]


def _with_certificate(record: ChargeRecord, standing: Standing | None) -> Iterator[Refused]:
    """Yield what is wrong between a charge and its certificate."""
    if standing is None:
        cure = "issue or import it first"
        yield Refused(Rule.NO_SUCH_CERTIFICATE, "certificate", record.certificate_id, cure)
        return
    yield from _of_an_hour(record, standing.certificate)
    certificate = standing.certificate
    if certificate.instrument is not Instrument.GRANULAR:
        cure = f"it is a {certificate.instrument}; a store is charged with a granular one (GC)"
        yield Refused(Rule.NOT_ALLOCATED, "certificate", certificate.id, cure)
    if standing.state not in CANCELLED or not standing.beneficiary:
        cure = f"it is {standing.state}; cancel it for whom the discharge is"
        yield Refused(Rule.NOT_CANCELLED, "certificate", certificate.id, cure)
    elif certificate.title is not title_of_discharge(certificate.use):
        cure = f"it is {certificate.title}: cancel it for its owner's own use instead"
        yield Refused(Rule.NOT_TRADEABLE, "certificate", certificate.id, cure)
    elif certificate.title is not Title.TRADEABLE and standing.beneficiary != standing.owner:
        cure = f"it moves with its settlement only; cancel it for {standing.owner}"
        yield Refused(Rule.NOT_TRADEABLE, "certificate", certificate.id, cure)
    made, charged = certificate.production, record.charged
    if not charged.start <= made.start < made.end <= charged.end:
        cure = f"{certificate.id} was made {_span(made)}; the charge must hold that span"
        yield Refused(Rule.WRONG_VINTAGE, "from", record.charged.start.isoformat(), cure)
    if record.charged.end >= certificate.expires_at:
        cure = f"{certificate.id} expired {certificate.expires_at.isoformat()}; charge before"
        yield Refused(Rule.EXPIRED, "to", record.charged.end.isoformat(), cure)


def _of_an_hour(record: ChargeRecord, certificate: Certificate) -> Iterator[Refused]:
    if certificate.production.duration > LONGEST:
        cure = f"it was made {_span(certificate.production)}; name one made within an hour"
        yield Refused(Rule.WRONG_VINTAGE, "certificate", certificate.id, cure)
    if record.charged.duration > LONGEST:
        cure = f"it lasts from {_span(record.charged)}; tell what was charged by the hour at most"
        yield Refused(Rule.WRONG_VINTAGE, "to", record.charged.end.isoformat(), cure)


def _beyond_certificates(
    records: Iterable[ChargeRecord], bundles: Bundles
) -> Iterator[RecordRefused]:
    """Yield the charges that take more of a certificate than those before them left."""
    taken_wh = defaultdict[str, int](int)
    for record in sorted(records, key=lambda one: (one.charged.start, one.charged.end, one.id)):
        wanted_wh = _quantity_wh(record, bundles)
        left_wh = bundles.free_wh(record.certificate_id) - taken_wh[record.certificate_id]
        taken_wh[record.certificate_id] += wanted_wh
        if wanted_wh > left_wh:
            cure = f"{max(left_wh, 0)} Wh of {record.certificate_id} are left; {STORED_ONLY}"
            why = Refused(Rule.BEYOND_QUANTITY, "quantity", str(wanted_wh), cure)
            yield RecordRefused(record.id, why)


def _quantity_wh(record: ChargeRecord, bundles: Bundles) -> int:
    if record.charge_wh is not None:
        return record.charge_wh
    return bundles.standings[record.certificate_id].certificate.quantity_wh


def _charged(record: ChargeRecord, bundles: Bundles) -> Charged:
    standing = bundles.standings.get(record.certificate_id)
    return Charged(
        record.id,
        record.store,
        record.charged,
        record.certificate_id,
        _quantity_wh(record, bundles),
        None if standing is None else standing.certificate.expires_at,
        None if standing is None else standing.certificate.use,
    )


def _span(span: Interval) -> str:
    return f"{span.start.isoformat()} to {span.end.isoformat()}"


def claimed_elsewise(claims: Iterable[Claim], discharge_ids: Container[str]) -> dict[str, int]:
    """Return by certificate what is claimed of it and not for one of these discharges, Wh.

    What was issued for them before is issued for them again, and the same.
    """
    taken_wh = defaultdict[str, int](int)
    for claim in claims:
        ours = claim.feeds and claim.feeds.rpartition("/")[0] in discharge_ids
        if claim.family is Family.ATTRIBUTE and not ours:
            taken_wh[claim.certificate_id] += claim.ids.quantity_wh
    return dict(taken_wh)
