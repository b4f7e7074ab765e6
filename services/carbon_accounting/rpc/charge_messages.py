"""The charge that a store's discharge came out of, between the wire and the domain."""

from collections.abc import Callable
from datetime import UTC

from parkflow.carbon.v1 import certificate_pb2 as wire
from services.carbon_accounting.domain.certificates.stored import Allocation, Charge
from services.carbon_accounting.input_files.certificate_cells import LARGEST_WH, LONGEST_NAME
from services.energy.time_grid import Interval

Wrong = Callable[[str, str], None]
ALLOCATIONS = {f"STORAGE_ALLOCATION_{member.name}": member for member in Allocation}


def charge_message(charge: Charge) -> wire.StorageCharge:
    """Return a charge."""
    message = wire.StorageCharge(
        certificate_id=charge.certificate_id,
        charged_wh=charge.charged_wh,
        allocation=f"STORAGE_ALLOCATION_{charge.allocation.name}",
    )
    message.charged.start.FromDatetime(charge.charged.start)
    message.charged.end.FromDatetime(charge.charged.end)
    return message


def charge_in(said: wire.StorageCharge, wrong: Wrong) -> Charge | None:
    """Return the charge of a message; None, and `wrong` told, where it is none."""
    charged, allocation = _charged(said), _allocation(said)
    if not 0 < len(said.certificate_id.strip()) <= LONGEST_NAME:
        wrong("charge.certificate_id", f"must have 1 to {LONGEST_NAME} characters")
    elif not 0 < said.charged_wh < LARGEST_WH:
        wrong("charge.charged_wh", f"{said.charged_wh} must be above 0 and below {LARGEST_WH}")
    elif charged is None:
        wrong("charge.charged", "needs a start and a later end")
    elif allocation is None:
        wrong("charge.allocation", "must be told: FIFO, LIFO, weighted average or operator")
    else:
        return Charge(said.certificate_id, said.charged_wh, charged, allocation)
    return None


def _charged(said: wire.StorageCharge) -> Interval | None:
    if not (said.charged.HasField("start") and said.charged.HasField("end")):
        return None
    start, end = said.charged.start.ToDatetime(UTC), said.charged.end.ToDatetime(UTC)
    return Interval(start, end) if start < end else None


def _allocation(said: wire.StorageCharge) -> Allocation | None:
    known = {wire.StorageAllocation.Value(name): one for name, one in ALLOCATIONS.items()}
    return known.get(said.allocation)
