"""What must come out the same by several ways, with a verdict of its own (rules B.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.carbon_accounting.domain.indicators.checking import meaning_of
from services.carbon_accounting.domain.indicators.editions import Fault
from services.carbon_accounting.domain.indicators.evaluating import value_of
from services.carbon_accounting.domain.indicators.expressions import (
    Flaw,
    NotAFormula,
    expression_of,
    one_line,
)
from services.carbon_accounting.domain.indicators.meanings import Meaning, base_of, measured_in
from services.carbon_accounting.domain.indicators.snapshots import Snapshot, values_of
from services.carbon_accounting.domain.indicators.values import (
    Absent,
    Known,
    Reason,
    Value,
    absent_for,
)
from services.carbon_accounting.domain.indicators.vocabulary import Vocabulary
from services.energy.site import Text


@dataclass(frozen=True, slots=True)
class Identity:
    """Formulas that must agree. They may differ by `tolerance` (in `unit`) or a share of the
    greatest side, whichever is more; both are settings.
    """

    id: str
    names: Text
    unit: str
    sides: tuple[str, ...]
    tolerance: Fraction
    tolerance_share: Fraction
    trust: str
    source: str

    def __post_init__(self) -> None:
        if len(self.sides) < 2:
            raise ValueError(f"{self.id} has {len(self.sides)} side; write two formulas or more")
        if self.tolerance < 0 or not 0 <= self.tolerance_share < 1:
            raise ValueError(f"{self.id}: tolerances are at least 0, the share below 1")


@dataclass(frozen=True, slots=True)
class Closes:
    """All sides agree; `difference` (in the identity's unit) is within the tolerance."""

    difference: Fraction


@dataclass(frozen=True, slots=True)
class Breaks:
    """The sides differ by more than is allowed; values in the order of the sides."""

    values: tuple[Fraction, ...]
    difference: Fraction
    allowed: Fraction


@dataclass(frozen=True, slots=True)
class Undecided:
    """A side cannot be computed."""

    reasons: tuple[Reason, ...]


Closing = Closes | Breaks | Undecided


def values_of_sides(
    identity: Identity, snapshot: Snapshot, vocabulary: Vocabulary
) -> tuple[Value, ...]:
    """Return what each side comes to, in base units."""
    known = values_of(snapshot, vocabulary)
    return tuple(value_of(expression_of(side), one_line(side), known) for side in identity.sides)


def closing(identity: Identity, snapshot: Snapshot, vocabulary: Vocabulary) -> Closing:
    """Return whether an identity holds for the totals of a period; nothing is ever repaired."""
    sides = values_of_sides(identity, snapshot, vocabulary)
    if isinstance(gone := absent_for(sides), Absent):
        return Undecided(gone.reasons)
    base = base_of(identity.unit)
    return _compared(identity, [one.value / base for one in sides if isinstance(one, Known)])


def faults_of(identity: Identity, vocabulary: Vocabulary) -> list[Fault]:
    """Return what is wrong with the formulas of an identity."""
    known = vocabulary.meanings()
    flaws: list[Flaw] = []
    meanings = [_meaning(identity, one_line(side), known, flaws) for side in identity.sides]
    ledgers = {meaning.ledger_names for meaning in meanings if meaning is not None}
    if len(ledgers) > 1:
        what = f"compares {', '.join(sorted(ledgers))}, which are never compared"
        flaws.append(Flaw(what, "write an identity for each ledger"))
    return [Fault(identity.id, 1, "sides", flaw.what, flaw.cure) for flaw in flaws]


def _meaning(
    identity: Identity, side: str, known: Mapping[str, Meaning], flaws: list[Flaw]
) -> Meaning | None:
    try:
        meaning, found = meaning_of(expression_of(side), side, known)
    except NotAFormula as mistake:
        flaws.append(mistake.flaw)
        return None
    flaws += found
    if meaning and meaning.dimension != measured_in(identity.unit).dimension:
        what = f"{side!r} comes out in {meaning.unit}, which is no {identity.unit}"
        flaws.append(Flaw(what, "correct the unit or the formula"))
    return meaning


def _compared(identity: Identity, values: Sequence[Fraction]) -> Closes | Breaks:
    difference = max(values) - min(values)
    greatest = max(abs(value) for value in values)
    allowed = max(identity.tolerance, identity.tolerance_share * greatest)
    if difference <= allowed:
        return Closes(difference)
    return Breaks(tuple(values), difference, allowed)
