"""The share of required meters that are read automatically: R_z = N_z / N_j (rules A.4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from services.carbon_accounting.domain.indicators.values import Amount


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter that stands in the plan of required ones or not, read automatically or not."""

    id: str
    is_required: bool
    is_collected: bool


@dataclass(frozen=True, slots=True)
class Collection:
    """How many of the required meters are collected, and which are not."""

    required: int
    by_hand: tuple[str, ...]

    @property
    def collected(self) -> int:
        """How many required meters are collected automatically."""
        return self.required - len(self.by_hand)

    @property
    def share(self) -> Fraction | None:
        """R_z, 0..1; None where no meter is required."""
        return Fraction(self.collected, self.required) if self.required else None

    def amounts(self) -> dict[str, Amount]:
        """Return the inputs of the indicator."""
        return {
            "meters.required": Amount(Fraction(self.required), "pcs"),
            "meters.collected": Amount(Fraction(self.collected), "pcs"),
        }


def collection_of(meters: Iterable[Meter]) -> Collection:
    """Return how the required meters are read; those nobody requires do not count."""
    required = [meter for meter in meters if meter.is_required]
    by_hand = tuple(meter.id for meter in required if not meter.is_collected)
    return Collection(len(required), by_hand)
