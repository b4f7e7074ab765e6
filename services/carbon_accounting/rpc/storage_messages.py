"""Records of stores and what was allocated, between the wire and the domain."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

from parkflow.carbon.v1 import storage_pb2 as wire
from parkflow.carbon.v1.certificate_pb2 import StorageAllocation
from services.carbon_accounting.domain.certificates.certificate import Certificate
from services.carbon_accounting.domain.certificates.refusal import Refused
from services.carbon_accounting.domain.certificates.storage import (
    ChargeRecord,
    DischargeRecord,
    RecordRefused,
)
from services.carbon_accounting.domain.certificates.storage_issuing import Declared, Discharged
from services.carbon_accounting.domain.certificates.store_pairs import Pair
from services.carbon_accounting.domain.certificates.stored import Allocation
from services.carbon_accounting.domain.inventory.site import Store
from services.carbon_accounting.input_files.certificate_cells import LARGEST_WH
from services.carbon_accounting.input_files.certificate_rows import (
    CertificateRow,
    certificates_csv,
)
from services.carbon_accounting.rpc.certificate_messages import interval_in, interval_of, name_in
from services.carbon_accounting.rpc.charge_messages import ALLOCATIONS
from services.energy.time_grid import Interval
from services.runtime.refusals import FieldMistake

MOST_RECORDS, LONGEST = 1_000, timedelta(days=800)
WORDS = {
    "record": "record_id",
    "certificate": "certificate_id",
    "charge": "charge_record_id",
    "from": "charged.start",
    "to": "charged.end",
}
"""What the wire calls the fields of a record."""


def allocation_of(number: int) -> Allocation | None:
    """Return the method a number of the wire stands for."""
    known = {StorageAllocation.Value(name): one for name, one in ALLOCATIONS.items()}
    return known.get(number)


def mistakes_in(request: wire.AllocateDischargesRequest) -> Iterator[FieldMistake]:
    """Yield everything that is wrong in form."""
    if allocation_of(request.allocation) is None:
        yield FieldMistake("allocation", "must be told: FIFO, LIFO, weighted average or operator")
    if not 0 < request.efficiency_share <= 1:
        text = f"{request.efficiency_share} must be above 0 and at most 1, as 0.9"
        yield FieldMistake("efficiency_share", text)
    if not request.discharges:
        yield FieldMistake("discharges", "give at least one")
    if len(request.charges) + len(request.discharges) > MOST_RECORDS:
        yield FieldMistake("discharges", f"give up to {MOST_RECORDS} records in all")
        return
    seen: set[str] = set()
    for place, said in _records(request):
        yield from _record_mistakes(place, said, seen)


def _records(request: wire.AllocateDischargesRequest) -> Iterator[tuple[str, Any]]:
    for number, charge in enumerate(request.charges):
        yield f"charges[{number}]", charge
    for number, discharge in enumerate(request.discharges):
        yield f"discharges[{number}]", discharge


def _record_mistakes(place: str, said: Any, seen: set[str]) -> Iterator[FieldMistake]:
    yield from name_in(said.record_id, f"{place}.record_id")
    yield from name_in(said.store, f"{place}.store")
    if said.record_id in seen:
        yield FieldMistake(f"{place}.record_id", f"{said.record_id!r} stands twice")
    seen.add(said.record_id)
    is_charge = isinstance(said, wire.StorageChargeRecord)
    span = "charged" if is_charge else "discharged"
    yield from _span_mistakes(getattr(said, span), f"{place}.{span}")
    named = "certificate_id" if is_charge else "charge_record_id"
    if getattr(said, named):
        yield from name_in(getattr(said, named), f"{place}.{named}")
    quantity = "charge_wh" if is_charge else "discharge_wh"
    wh = getattr(said, quantity)
    if not 0 < wh < LARGEST_WH and not _is_whole(said):
        text = f"{wh} must be above 0 and below {LARGEST_WH} Wh"
        yield FieldMistake(f"{place}.{quantity}", text)


def _is_whole(said: Any) -> bool:
    """Whether all of a certificate was charged, which says how much."""
    is_charge = isinstance(said, wire.StorageChargeRecord)
    return is_charge and not said.HasField("charge_wh") and bool(said.certificate_id)


def _span_mistakes(said: Any, name: str) -> Iterator[FieldMistake]:
    if not said.HasField("start") and not said.HasField("end"):
        yield FieldMistake(name, "needs a start and an end")
    yield from interval_in(said, name)


def too_long(span: Interval) -> Iterator[FieldMistake]:
    """Yield that the records span more than is looked up at once."""
    if span.duration > LONGEST:
        text = f"the records span more than {LONGEST.days} days; tell fewer at a time"
        yield FieldMistake("discharges", text)


def too_efficient(beyond: Iterable[Store]) -> Iterator[FieldMistake]:
    """Yield that more is declared to come out of a store than it gives back."""
    for one in beyond:
        text = f"{one.id} gives back {one.round_trip_efficiency} by the park file; declare no more"
        yield FieldMistake("efficiency_share", text)


def charges_in(request: wire.AllocateDischargesRequest) -> list[ChargeRecord]:
    """Return the charge records of a request that is right in form."""
    return [
        ChargeRecord(
            said.record_id,
            said.store,
            _told(said.charged),
            said.certificate_id,
            said.charge_wh if said.HasField("charge_wh") else None,
        )
        for said in request.charges
    ]


def discharges_in(request: wire.AllocateDischargesRequest) -> list[DischargeRecord]:
    """Return the discharge records of a request that is right in form."""
    return [
        DischargeRecord(
            said.record_id,
            said.store,
            _told(said.discharged),
            said.discharge_wh,
            said.charge_record_id,
        )
        for said in request.discharges
    ]


def declared_in(request: wire.AllocateDischargesRequest) -> Declared:
    """Return efficiency and method; 0.9 is nine tenths, not the nearest binary fraction."""
    method = allocation_of(request.allocation)
    if method is None:
        raise ValueError(f"allocation {request.allocation} is no method")
    return Declared(Fraction(repr(request.efficiency_share)), method)


def _told(said: Any) -> Interval:
    if (span := interval_of(said)) is None:
        raise ValueError("a record has no span")
    return span


def in_fields(
    request: wire.AllocateDischargesRequest, refused: tuple[RecordRefused, ...]
) -> list[Refused]:
    """Return refusals with the fields of the records that they are of."""
    places = {said.record_id: (place, said) for place, said in _records(request)}
    return [_in_field(*places[one.record_id], one.refused) for one in refused]


def _in_field(place: str, said: Any, refused: Refused) -> Refused:
    is_charge = isinstance(said, wire.StorageChargeRecord)
    quantity = {"quantity": "charge_wh" if is_charge else "discharge_wh"}
    name = (WORDS | quantity).get(refused.field, refused.field)
    return replace(refused, field=f"{place}.{name}")


def allocated_message(found: Discharged) -> wire.AllocateDischargesResponse:
    """Return what was allocated."""
    allocated, certificates = found.allocated, found.certificates
    return wire.AllocateDischargesResponse(
        pairs=[_pair(*one) for one in zip(allocated.pairs, certificates, strict=True)],
        discharges=[
            wire.CoveredDischarge(
                record_id=one.discharge.id,
                covered_wh=one.covered_wh,
                uncovered_wh=one.uncovered_wh,
            )
            for one in allocated.discharges
        ],
        left=[
            wire.LeftOfCharge(record_id=one.charge.id, left_wh=one.left_wh, gives_wh=one.gives_wh)
            for one in allocated.left
        ],
        content=certificates_csv(CertificateRow(one) for one in certificates),
        untold=[
            wire.UntoldCharge(store=one.store, untold_wh=one.untold_wh) for one in found.untold
        ],
    )


def _pair(pair: Pair, certificate: Certificate) -> wire.AllocatedPair:
    return wire.AllocatedPair(
        discharge_record_id=pair.discharge.id,
        charge_record_id=pair.charge.id,
        charged_certificate_id=pair.charge.certificate_id,
        discharge_certificate_id=certificate.id,
        charged_wh=pair.charged_wh,
        discharge_wh=pair.discharge_wh,
        loss_wh=pair.loss_wh,
        emission_ng_per_wh=certificate.ng_per_wh,
    )
