"""All factors there are, found by ledger, quantity, region and day (rules H.1, H.2)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations, pairwise

from services.carbon_accounting.domain.factoring.factor import ALWAYS, ANYWHERE, Factor, Validity
from services.carbon_accounting.domain.factoring.fuel import contradiction
from services.carbon_accounting.domain.ledgers import Ledger

Key = tuple[Ledger, str, str]
"""Ledger, quantity, region."""


@dataclass(frozen=True, slots=True)
class MissingFactor:
    """There is no factor for what must be booked: an open item, never a default."""

    ledger: Ledger
    quantity: str
    region: str
    at: date
    there_are: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The whole key, what there is instead, and the cure."""
        others = f"there are {', '.join(self.there_are)}; " if self.there_are else ""
        return (
            f"no factor for ledger {self.ledger.key}, quantity {self.quantity}, region "
            f"{self.region} on {self.at}; {others}add a row to a factor file or let the park "
            "declare which year stands in"
        )


@dataclass(frozen=True, slots=True)
class StandIn:
    """A park's choice: for days of `period` take the factor that holds on day `use`."""

    ledger: Ledger
    quantity: str
    use: date
    period: Validity = ALWAYS

    def serves(self, ledger: Ledger, quantity: str, at: date) -> bool:
        """Whether the park chose it for this ledger, quantity and day."""
        return (self.ledger, self.quantity) == (ledger, quantity) and self.period.covers(at)


@dataclass(frozen=True, slots=True)
class Span:
    """Local days [start, end) on which one factor holds, or none."""

    start: date
    end: date
    factor: Factor | MissingFactor


class Overlap(ValueError):
    """Two factors of one key and version hold on the same day."""


class FactorStore:
    """All factors, and what the park chose to stand in."""

    def __init__(self, factors: Iterable[Factor], stand_ins: Iterable[StandIn] = ()) -> None:
        self._by_key: dict[Key, list[Factor]] = {}
        self._by_version: dict[tuple[str, int], Factor] = {}
        self._stand_ins = agreeing(stand_ins)
        for factor in factors:
            rivals = self._by_key.setdefault((factor.ledger, factor.quantity, factor.region), [])
            if (rival := overlapping(factor, rivals)) is not None:
                raise Overlap(
                    f"{factor.id} and {rival.id} of version {factor.version} overlap; end one or "
                    "give the newer the next version"
                )
            rivals.append(factor)
            self._by_version[factor.id, factor.version] = factor

    def __iter__(self) -> Iterator[Factor]:
        return iter(self._by_version.values())

    @property
    def stand_ins(self) -> tuple[StandIn, ...]:
        """The park's choices of years."""
        return self._stand_ins

    def standing_in(self, stand_ins: Iterable[StandIn]) -> "FactorStore":
        """Return the same factors with a park's choices of years."""
        return FactorStore(self, stand_ins)

    def with_factors(self, more: Iterable[Factor]) -> "FactorStore":
        """Return a store that has these too; Overlap as on making one."""
        return FactorStore((*self, *more), self._stand_ins)

    def find(self, ledger: Ledger, quantity: str, region: str, at: date) -> Factor | MissingFactor:
        """Return the newest version that holds in the region, or everywhere, on a local day.

        Another year or region is taken only where the park chose a year; the factor then says so.
        """
        chosen = next((s for s in self._stand_ins if s.serves(ledger, quantity, at)), None)
        found = self._holding(ledger, quantity, region, chosen.use if chosen else at)
        if found is None:
            there_are = self._periods(ledger, quantity, region)
            return MissingFactor(ledger, quantity, region, chosen.use if chosen else at, there_are)
        return found if found.validity.covers(at) else _standing_in(found, at)

    def version(self, factor_id: str, version: int) -> Factor | None:
        """Return the very factor an entry names, or None when there is no such."""
        return self._by_version.get((factor_id, version))

    def spans(
        self, ledger: Ledger, quantity: str, region: str, days: tuple[date, date]
    ) -> tuple[Span, ...]:
        """Return [start, end) cut where another factor of one quantity begins to hold."""
        known = [f.validity for f in self if (f.ledger, f.quantity) == (ledger, quantity)]
        chosen = [s for s in self._stand_ins if (s.ledger, s.quantity) == (ledger, quantity)]
        return tuple(
            Span(start, end, self.find(ledger, quantity, region, start))
            for start, end in cut(days, [*known, *(s.period for s in chosen)])
        )

    def periods(self, ledger: Ledger, days: tuple[date, date]) -> tuple[tuple[date, date], ...]:
        """Return [start, end) cut so that in each part no factor of the ledger changes at all."""
        known = [f.validity for f in self if f.ledger is ledger]
        chosen = [s.period for s in self._stand_ins if s.ledger is ledger]
        return cut(days, [*known, *chosen])

    def contradictions(self) -> tuple[str, ...]:
        """Return what published values say against their own parts: open items (rules §G)."""
        return tuple(dict.fromkeys(said for f in self if (said := contradiction(f))))

    def _rivals(self, ledger: Ledger, quantity: str, region: str) -> list[Factor]:
        return self._by_key.get((ledger, quantity, region), [])

    def _holding(self, ledger: Ledger, quantity: str, region: str, at: date) -> Factor | None:
        for place in dict.fromkeys((region, ANYWHERE)):
            holding = [f for f in self._rivals(ledger, quantity, place) if f.validity.covers(at)]
            if holding:
                return max(holding, key=lambda factor: factor.version)
        return None

    def _periods(self, ledger: Ledger, quantity: str, region: str) -> tuple[str, ...]:
        rivals = self._rivals(ledger, quantity, region) + self._rivals(ledger, quantity, ANYWHERE)
        return tuple(sorted({str(factor.validity) for factor in rivals}))


def cut(days: tuple[date, date], at: Iterable[Validity]) -> tuple[tuple[date, date], ...]:
    """Return [start, end) in parts that begin and end where one of `at` does; none when empty."""
    start, end = days
    if end < start:
        raise ValueError(f"days {start} to {end}: the end must not be before the start")
    borders = {day for validity in at for day in (validity.start, validity.end)}
    inside = {day for day in borders if day is not None and start < day < end}
    return tuple(pairwise(sorted({start, end, *inside})))


def overlapping(factor: Factor, rivals: Iterable[Factor]) -> Factor | None:
    """Return the first rival of the same version that holds on a day on which `factor` does."""
    same = (rival for rival in rivals if rival.version == factor.version)
    return next((rival for rival in same if rival.validity.overlaps(factor.validity)), None)


def agreeing(stand_ins: Iterable[StandIn]) -> tuple[StandIn, ...]:
    """Return the park's choices; ValueError when two say something about the same day."""
    chosen = tuple(stand_ins)
    for one, other in combinations(chosen, 2):
        same = (one.ledger, one.quantity) == (other.ledger, other.quantity)
        if same and one.period.overlaps(other.period):
            raise ValueError(
                f"stand-ins for {one.ledger.key}/{one.quantity} overlap: {one.period} uses "
                f"{one.use}, {other.period} uses {other.use}; keep one for each day"
            )
    return chosen


def _standing_in(factor: Factor, at: date) -> Factor:
    reason = f"factor of {factor.validity} stands in for {at.year}"
    reasons = "; ".join(filter(None, (factor.unverified_because, reason)))
    return replace(factor, unverified_because=reasons)
