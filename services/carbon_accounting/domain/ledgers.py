"""The ledgers, and emissions that can only be added within one of them (rules 0.1(1), 0.1(2))."""

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Generic, TypeVar


class Ledger(IntEnum):
    """A set of books with its own factors, boundary and gases; numbered as in `carbon.v1`."""

    PARK_ACCEPTANCE = 1
    LOCATION_BASED = 2
    MARKET_BASED = 3
    PRODUCT_FOOTPRINT = 4
    CBAM = 5
    EMISSION_TRADING = 6
    BATTERY = 7

    @property
    def key(self) -> str:
        """The name in ids, the factor file and the view."""
        return self.name.lower()

    @property
    def gas(self) -> str:
        """What its emissions are of: the park ledger counts CO2 alone (rules 0.1(2))."""
        return "CO2" if self is Ledger.PARK_ACCEPTANCE else "CO2e"


LIVE_LEDGERS = (Ledger.PARK_ACCEPTANCE, Ledger.LOCATION_BASED, Ledger.MARKET_BASED)
"""Those that are booked every quarter hour as intervals become known."""


class Book:
    """A ledger as a type, so that a type checker sees which one an amount belongs to."""

    ledger: ClassVar[Ledger]


class ParkAcceptance(Book):
    """National park acceptance, CO2 only, fossil-power factor (rules A.2)."""

    ledger = Ledger.PARK_ACCEPTANCE


class LocationBased(Book):
    """GHG Protocol scope 2, location-based (rules D.1)."""

    ledger = Ledger.LOCATION_BASED


class MarketBased(Book):
    """GHG Protocol scope 2, market-based (rules D.1)."""

    ledger = Ledger.MARKET_BASED


class ProductFootprint(Book):
    """Footprints of products, life-cycle factors (rules E.1, E.2)."""

    ledger = Ledger.PRODUCT_FOOTPRINT


class Cbam(Book):
    """Embedded emissions of goods for the EU's border adjustment (rules E.4)."""

    ledger = Ledger.CBAM


class EmissionTrading(Book):
    """Emissions under China's emission trading (rules F)."""

    ledger = Ledger.EMISSION_TRADING


class Battery(Book):
    """Footprints of batteries under Regulation (EU) 2023/1542 (rules E.3)."""

    ledger = Ledger.BATTERY


B = TypeVar("B", bound=Book)


class MixedLedgers(TypeError):
    """Emissions of two ledgers were to be combined."""


@dataclass(frozen=True, slots=True)
class Emissions(Generic[B]):
    """Milligrams in one ledger. Adding another ledger's is an error, in mypy and when running."""

    book: type[B]
    milligrams: int

    def __post_init__(self) -> None:
        if type(self.milligrams) is not int:
            raise TypeError(f"emissions are whole milligrams, got {self.milligrams!r}")

    def __add__(self, other: "Emissions[B]") -> "Emissions[B]":
        if not isinstance(other, Emissions) or other.book is not self.book:
            there = getattr(getattr(other, "book", None), "__name__", repr(other))
            raise MixedLedgers(
                f"{self.book.__name__} and {there} are never added; report them side by side"
            )
        return Emissions(self.book, self.milligrams + other.milligrams)
