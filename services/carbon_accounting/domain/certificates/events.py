"""What can happen to a certificate: each event with its time and who did it (rules D.4)."""

from dataclasses import dataclass
from datetime import datetime

from services.carbon_accounting.domain.certificates.certificate import Certificate


@dataclass(frozen=True, slots=True)
class Issued:
    """The first event: issued here, or imported from `registry`."""

    certificate: Certificate
    at: datetime
    registry: str = ""


@dataclass(frozen=True, slots=True)
class Transferred:
    """Sold on; `with_settlement` where it goes along with the electricity bill."""

    at: datetime
    by: str
    to: str
    with_settlement: bool = False


@dataclass(frozen=True, slots=True)
class Reserved:
    """Set aside for whom it will be cancelled."""

    at: datetime
    by: str
    beneficiary: str


@dataclass(frozen=True, slots=True)
class Released:
    """A reservation taken back."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Taken out of the market for the one it was reserved for."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """Used in a statement of whom it was cancelled for."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Expired:
    """Its life is over."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Taken back by the registry, with the reason."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Split:
    """Replaced by its children."""

    at: datetime
    by: str
    parts_wh: tuple[int, ...]


Change = Transferred | Reserved | Released | Cancelled | Claimed | Expired | Withdrawn | Split
Event = Issued | Change
