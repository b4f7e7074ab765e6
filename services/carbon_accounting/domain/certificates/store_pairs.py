"""What is allocated: parts of charges and of the discharges that came out of them (rules D.4)."""

from dataclasses import dataclass
from datetime import datetime

from services.carbon_accounting.domain.certificates.gec import Use
from services.carbon_accounting.domain.certificates.storage import DischargeRecord
from services.carbon_accounting.domain.certificates.stored import Allocation
from services.energy.time_grid import Interval


@dataclass(frozen=True, slots=True)
class Charged:
    """A charge record with its quantity; `until` is when its certificate's life ends.

    A discharge that ends then or later gets no certificate of it. What was put in without a
    certificate has none, and gives none; `use` is its certificate's.
    """

    id: str
    store: str
    span: Interval
    certificate_id: str
    charge_wh: int
    until: datetime | None = None
    use: Use | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """A part of a charge and the part of a discharge that came out of it, 1:1; Wh."""

    discharge: DischargeRecord
    charge: Charged
    charged_wh: int
    discharge_wh: int

    @property
    def is_certified(self) -> bool:
        """Whether a certificate was cancelled for the charge."""
        return bool(self.charge.certificate_id)

    @property
    def loss_wh(self) -> int:
        """What was put in and did not come out, at least 0."""
        return self.charged_wh - self.discharge_wh


@dataclass(frozen=True, slots=True)
class Covered:
    """A discharge and what of it comes out of charges."""

    discharge: DischargeRecord
    pairs: tuple[Pair, ...]

    @property
    def certified(self) -> tuple[Pair, ...]:
        """The pairs that get certificates, in order."""
        return tuple(pair for pair in self.pairs if pair.is_certified)

    @property
    def covered_wh(self) -> int:
        """What gets certificates."""
        return sum(pair.discharge_wh for pair in self.certified)

    @property
    def uncovered_wh(self) -> int:
        """What gets none: a store also gives back power that no certificate was cancelled for."""
        return self.discharge.discharge_wh - self.covered_wh


@dataclass(frozen=True, slots=True)
class Left:
    """What no discharge took of a charge, Wh put in, and what of that can still come out."""

    charge: Charged
    left_wh: int
    gives_wh: int


@dataclass(frozen=True, slots=True)
class Allocated:
    """Discharges and what is left of charges, each by store and then in the order of time."""

    method: Allocation
    discharges: tuple[Covered, ...]
    left: tuple[Left, ...]

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """All pairs that get certificates."""
        return tuple(pair for one in self.discharges for pair in one.certified)
