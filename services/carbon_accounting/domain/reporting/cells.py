"""What stands in one place of a table or chart: words, a number with its doubts, or no number.

Emissions are of one book. Adding those of two is an error, in mypy and when running.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Generic, TypeAlias

from services.carbon_accounting.domain.ledgers import B, MixedLedgers
from services.carbon_accounting.domain.reporting.measures import Measure, emissions_in
from services.energy.site import Text

Name: TypeAlias = str | Text
"""Words: the same in every language, or in both of ours."""

Reasons: TypeAlias = tuple[Text, ...]
"""Why a number is unverified (rules H.6); empty where it is not."""


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no number, and the word that is shown for it; it is never 0."""

    word: Text


NOT_BOOKED = Absent(Text("none booked", "未记账"))
NOT_KNOWN = Absent(Text("not known", "未知"))
NOT_STATED = Absent(Text("not stated", "未给出"))


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number in base units of its measure, with why it is unverified."""

    amount: int | Fraction
    measure: Measure
    unverified: Reasons = ()

    def __post_init__(self) -> None:
        if type(self.amount) not in (int, Fraction):
            raise TypeError(f"a quantity is an int or a Fraction, got {self.amount!r}")


@dataclass(frozen=True, slots=True)
class Emitted(Generic[B]):
    """Whole nanograms in one book, with why they are unverified; negative is captured."""

    book: type[B]
    nanograms: int
    unverified: Reasons = ()

    def __post_init__(self) -> None:
        if type(self.nanograms) is not int:
            raise TypeError(f"emissions are whole nanograms, got {self.nanograms!r}")

    def __add__(self, other: "Emitted[B]") -> "Emitted[B]":
        if not isinstance(other, Emitted) or other.book is not self.book:
            there = getattr(getattr(other, "book", None), "__name__", repr(other))
            raise MixedLedgers(
                f"{self.book.__name__} and {there} are never added; report them side by side"
            )
        reasons = together((self.unverified, other.unverified))
        return Emitted(self.book, self.nanograms + other.nanograms, reasons)

    @property
    def amount(self) -> int:
        """The exact number, in nanograms."""
        return self.nanograms

    @property
    def measure(self) -> Measure:
        """Tonnes of what the ledger counts."""
        return emissions_in(self.book.ledger.gas)


Number: TypeAlias = Quantity | Emitted[Any]
Value: TypeAlias = Number | Absent
Cell: TypeAlias = str | Text | Value


def together(reasons: Iterable[Reasons]) -> Reasons:
    """Return every reason once, in the order in which they first appear."""
    return tuple(dict.fromkeys(reason for some in reasons for reason in some))


def reasons_in(cells: Iterable[Cell]) -> Reasons:
    """Return why numbers among these are unverified."""
    return together(cell.unverified for cell in cells if isinstance(cell, Quantity | Emitted))


def total_of(cells: Iterable[Value]) -> Value:
    """Return the sum of quantities of one measure; what is absent adds nothing, none is absent."""
    found = [cell for cell in cells if isinstance(cell, Quantity)]
    if not found:
        return NOT_BOOKED
    units = {cell.measure.unit for cell in found}
    if len(units) > 1:
        raise ValueError(f"{sorted(units)} are never added; add each unit for itself")
    return Quantity(sum(cell.amount for cell in found), found[0].measure, reasons_in(found))
