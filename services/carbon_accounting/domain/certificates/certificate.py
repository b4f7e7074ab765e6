"""A certificate: a range of ids, one a Wh, of what one device made in one span (rules D.4)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.carbon_accounting.domain.certificates.gec import (
    GEC_WH,
    Technology,
    Title,
    Use,
)
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.stored import Charge
from services.energy.time_grid import Interval

UNREAD = "M"
"""The trust of a rate of which nobody said where it was read."""


class Instrument(StrEnum):
    """Kinds of instruments that carry a green attribute."""

    GEC = "GEC"
    GRANULAR = "GC"
    STORAGE_GRANULAR = "SD-GC"
    CONTRACT = "contract"

    @property
    def granule_wh(self) -> int:
        """The smallest amount that can be transferred, cancelled or claimed."""
        return GEC_WH if self is Instrument.GEC else 1


@dataclass(frozen=True, slots=True, order=True)
class IdRange:
    """Ids `first` to `last`, both included, as EnergyTag counts them: one id is one Wh."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.last:
            raise ValueError(f"ids {self.first}..{self.last} must begin at 0 or more and not fall")

    @classmethod
    def of(cls, first: int, quantity_wh: int) -> "IdRange":
        """Return the range of `quantity_wh` ids from `first` on."""
        return cls(first, first + quantity_wh - 1)

    @property
    def quantity_wh(self) -> int:
        """How many ids, which is how many Wh."""
        return self.last - self.first + 1

    def overlaps(self, other: "IdRange") -> bool:
        """Whether an id is in both."""
        return self.first <= other.last and other.first <= self.last

    def holds(self, other: "IdRange") -> bool:
        """Whether every id of `other` is in it."""
        return self.first <= other.first and other.last <= self.last


@dataclass(frozen=True, slots=True)
class Certificate:
    """One bundle. `lot` names the generation its ids count: bundles of one lot share the ids.

    `ng_per_wh` is the emission rate it conveys, None where it says none. `owner` is who it was
    issued to. `trust` flags how well the rate is known (M: not read anywhere). Where `use` is not
    the grid, it proves power that was used where it was made: that power is traced, so it covers
    no grid import on top. `charge` is the record of the charge that an SD-GC came out of.
    """

    id: str
    instrument: Instrument
    technology: Technology
    device: str
    market: str
    production: Interval
    issued_at: datetime
    expires_at: datetime
    ids: IdRange
    owner: str
    lot: str
    ng_per_wh: int | None
    title: Title = Title.TRADEABLE
    use: Use = Use.ON_GRID
    trust: str = UNREAD
    charge: Charge | None = None

    def __post_init__(self) -> None:
        if self.quantity_wh % self.instrument.granule_wh:
            raise ValueError(
                f"certificate {self.id}: {self.quantity_wh} Wh are no whole number of "
                f"{self.instrument} ({self.instrument.granule_wh} Wh each); carry the remainder"
            )
        if not self.production.end <= self.issued_at < self.expires_at:
            raise ValueError(
                f"certificate {self.id}: produced until {self.production.end}, issued "
                f"{self.issued_at}, expires {self.expires_at}: these must follow each other"
            )

    @property
    def quantity_wh(self) -> int:
        """How many Wh it stands for."""
        return self.ids.quantity_wh


def split(certificate: Certificate, parts_wh: Sequence[int]) -> tuple[Certificate, ...] | Refused:
    """Return children whose ids are contiguous and sum to the parent's (rules D.4, §G)."""
    granule_wh = certificate.instrument.granule_wh
    if sum(parts_wh) != certificate.quantity_wh or min(parts_wh, default=0) <= 0:
        return _wrong_parts(Rule.BEYOND_QUANTITY, parts_wh, certificate)
    if any(part_wh % granule_wh for part_wh in parts_wh):
        return _wrong_parts(Rule.NOT_WHOLE, parts_wh, certificate)
    children, first = [], certificate.ids.first
    for number, part_wh in enumerate(parts_wh, start=1):
        ids = IdRange.of(first, part_wh)
        children.append(replace(certificate, id=f"{certificate.id}/{number}", ids=ids))
        first = ids.last + 1
    return tuple(children)


def _wrong_parts(rule: Rule, parts_wh: Sequence[int], certificate: Certificate) -> Refused:
    granule_wh = certificate.instrument.granule_wh
    return Refused(
        rule,
        "parts_wh",
        " + ".join(map(str, parts_wh)),
        f"give positive multiples of {granule_wh} Wh that sum to {certificate.quantity_wh} Wh",
    )
