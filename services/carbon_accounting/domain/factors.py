"""Emission factors by ledger, quantity, region, year, version; a missing one is an error (rules H).

A factor is an exact fraction in milligrams per watt-hour, which is grams per kilowatt-hour.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.carbon_accounting.domain.ledgers import Ledger

ANYWHERE = "*"
UNVERIFIED_TRUST = frozenset({"M", "GAP"})
TRUST = frozenset({"V", "V2", "D"}) | UNVERIFIED_TRUST


class MissingFactor(LookupError):
    """No factor for what must be booked."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One version of one factor. `region` `*` holds everywhere, `year` None for every year."""

    ledger: Ledger
    quantity: str
    region: str
    year: int | None
    version: int
    mg_per_wh: Fraction
    trust: str
    source: str
    unverified_because: str = ""

    def __post_init__(self) -> None:
        if self.trust not in TRUST:
            raise ValueError(f"factor {self.id}: trust {self.trust!r} is none of {sorted(TRUST)}")
        if self.mg_per_wh < 0 or self.version < 1:
            raise ValueError(
                f"factor {self.id}: value {self.mg_per_wh} must be at least 0 and "
                f"version {self.version} at least 1"
            )

    @property
    def id(self) -> str:
        """Its name, without the version."""
        return f"{self.ledger.key}/{self.quantity}/{self.region}/{self.year or ANYWHERE}"

    def is_unverified_in(self, year: int) -> bool:
        """Whether a number of `year` made with it must be shown as unverified (rules H.6)."""
        stands_in = self.year is not None and self.year != year
        return stands_in or self.trust in UNVERIFIED_TRUST or bool(self.unverified_because)

    def emissions_mg(self, energy_wh: int) -> int:
        """Return whole milligrams of `energy_wh`: exact, then rounded once, half to even."""
        return round(self.mg_per_wh * energy_wh)


@dataclass(frozen=True, slots=True)
class FactorYear:
    """Which region and year a ledger takes its dated factors from."""

    region: str
    year: int


class FactorStore:
    """All factors there are."""

    def __init__(self, factors: Iterable[Factor]) -> None:
        self._newest: dict[tuple[Ledger, str, str, int | None], Factor] = {}
        seen: set[tuple[str, int]] = set()
        for factor in factors:
            if (factor.id, factor.version) in seen:
                raise ValueError(
                    f"factor {factor.id} version {factor.version} stands twice; give the newer "
                    "one the next version"
                )
            seen.add((factor.id, factor.version))
            key = (factor.ledger, factor.quantity, factor.region, factor.year)
            if key not in self._newest or self._newest[key].version < factor.version:
                self._newest[key] = factor

    def find(self, ledger: Ledger, quantity: str, choice: FactorYear) -> Factor:
        """Return the newest version for this region and year, or the one that holds everywhere.

        Raises MissingFactor with the whole key; another year or region is never taken instead.
        """
        dated = (ledger, quantity, choice.region, choice.year)
        found = self._newest.get(dated) or self._newest.get((ledger, quantity, ANYWHERE, None))
        if found is None:
            raise MissingFactor(
                f"no factor for ledger {ledger.key}, quantity {quantity}, region {choice.region}, "
                f"year {choice.year}; add a row to factors.csv or choose another year or region"
            )
        return found


@dataclass(frozen=True, slots=True)
class FactorSet:
    """The factors one park books with, all found beforehand."""

    by_quantity: Mapping[tuple[Ledger, str], Factor]

    @classmethod
    def chosen(
        cls, store: FactorStore, choices: Mapping[Ledger, FactorYear], quantities: Iterable[str]
    ) -> "FactorSet":
        """Find a factor for every ledger and quantity; MissingFactor names all that are missing."""
        found: dict[tuple[Ledger, str], Factor] = {}
        mistakes: list[str] = []
        wanted = list(quantities)
        for ledger, choice in choices.items():
            for quantity in wanted:
                try:
                    found[ledger, quantity] = store.find(ledger, quantity, choice)
                except MissingFactor as mistake:
                    mistakes.append(str(mistake))
        if mistakes:
            raise MissingFactor("\n".join(mistakes))
        return cls(found)

    def of(self, ledger: Ledger, quantity: str) -> Factor:
        """Return the factor of a line."""
        return self.by_quantity[ledger, quantity]
