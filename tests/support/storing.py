"""Records of a store for tests: hours from the beginning of 2025 in the park."""

from fractions import Fraction

from services.carbon_accounting.domain.certificates.allocating import allocated
from services.carbon_accounting.domain.certificates.storage import DischargeRecord
from services.carbon_accounting.domain.certificates.store_pairs import Allocated, Charged
from services.carbon_accounting.domain.certificates.stored import Allocation
from services.energy.time_grid import Interval
from tests.support.certificates import HOUR, NEW_YEAR

NINE_TENTHS = Fraction(9, 10)


def hours(first: float, count: float = 1) -> Interval:
    """A span that begins so many hours into the year."""
    start = NEW_YEAR + first * HOUR
    return Interval(start, start + count * HOUR)


def a_charge(id: str, hour: float, wh: int, store: str = "battery") -> Charged:
    """A charge of one hour."""
    return Charged(id, store, hours(hour), f"GC-{id}", wh)


def a_discharge(
    id: str, hour: float, wh: int, charge: str = "", store: str = "battery"
) -> DischargeRecord:
    """A discharge of one hour."""
    return DischargeRecord(id, store, hours(hour), wh, charge)


def drawn(
    charges: list[Charged],
    discharges: list[DischargeRecord],
    method: Allocation = Allocation.FIFO,
    efficiency: Fraction = NINE_TENTHS,
) -> Allocated:
    """What is allocated, where nothing is refused."""
    found = allocated(charges, discharges, efficiency, method)
    assert isinstance(found, Allocated), found
    return found


def pairs_of(found: Allocated) -> list[tuple[str, str, int, int]]:
    """Discharge, charge, charged and discharged Wh of each pair."""
    return [
        (one.discharge.id, one.charge.id, one.charged_wh, one.discharge_wh) for one in found.pairs
    ]
