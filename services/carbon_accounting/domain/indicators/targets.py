"""Targets by size of the park and by year; what is not settled needs confirmation (rules A.2)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from services.carbon_accounting.domain.factors import TRUST, UNVERIFIED_TRUST
from services.carbon_accounting.domain.indicators.values import Known, Value
from services.energy.site import Text


class Direction(StrEnum):
    """On which side of its target a value should be."""

    AT_MOST = "at_most"
    AT_LEAST = "at_least"


@dataclass(frozen=True, slots=True)
class Target:
    """A limit, in the indicator's unit, for parks of a class from a year on.

    Sizes are in tce a year: [size_from, size_below), None unbounded.
    `confirm` says what a person must find out before the limit is taken as a fact.
    """

    limit: Fraction
    says: Text
    trust: str
    source: str
    size_from: Fraction | None = None
    size_below: Fraction | None = None
    from_year: int | None = None
    confirm: str = ""

    def __post_init__(self) -> None:
        if self.trust not in TRUST:
            raise ValueError(f"target {self.limit}: trust {self.trust!r} is none of the flags")
        if None not in (self.size_from, self.size_below) and not self.is_for(self.size_from or 0):
            raise ValueError(
                f"target {self.limit}: no size is from {self.size_from} and below "
                f"{self.size_below}; give the smaller first"
            )

    def is_for(self, size: Fraction | int) -> bool:
        """Whether a park of this size is in the class."""
        is_above = self.size_from is None or size >= self.size_from
        return is_above and (self.size_below is None or size < self.size_below)

    @property
    def is_unverified(self) -> bool:
        """Whether the limit itself was never read in a text that could be (rules H.6)."""
        return self.trust in UNVERIFIED_TRUST


@dataclass(frozen=True, slots=True)
class Aimed:
    """The target that holds, and what must be confirmed before it counts."""

    target: Target
    confirm: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoAim:
    """No target holds; `next` is the first that will."""

    because: str
    next: Target | None = None


Aim = Aimed | NoAim


@dataclass(frozen=True, slots=True)
class Targets:
    """All targets of an indicator; `size_input` names the input that decides the class."""

    direction: Direction
    all: tuple[Target, ...] = ()
    size_input: str | None = None

    def aim(self, year: int, size: Value) -> Aim:
        """Return the target of a local year for a park of a size.

        Where the size is not known the strictest is shown and needs confirmation.
        """
        if not self.all:
            return NoAim("no target is set")
        if self.size_input is None:
            return self._in_year(self.all, year)
        if not isinstance(size, Known):
            return self._strictest(year)
        return self._in_year([one for one in self.all if one.is_for(size.value)], year)

    def is_met(self, value: Fraction, target: Target) -> bool:
        """Whether a value is on the right side of a target; the limit itself is."""
        if self.direction is Direction.AT_MOST:
            return value <= target.limit
        return value >= target.limit

    @property
    def stricter(self) -> Callable[[Iterable[Target]], Target]:
        """What picks the strictest of some targets."""
        return _least if self.direction is Direction.AT_MOST else _greatest

    def _in_year(self, targets: Sequence[Target], year: int) -> Aim:
        if not targets:
            return NoAim("no target was found for a park of this size")
        holding = [one for one in targets if one.from_year is None or one.from_year <= year]
        if not holding:
            coming = min(targets, key=_first_year)
            return NoAim(f"the first target holds from {coming.from_year}", coming)
        latest = max(holding, key=_first_year)
        return Aimed(latest, (latest.confirm,) if latest.confirm else ())

    def _strictest(self, year: int) -> Aim:
        aims = [self._in_year([one], year) for one in self.all]
        holding = [aim.target for aim in aims if isinstance(aim, Aimed)]
        if not holding:
            return self._in_year(self.all, year)
        return Aimed(self.stricter(holding), (f"{self.size_input} is missing",))


def _first_year(target: Target) -> int:
    return target.from_year or 0


def _least(targets: Iterable[Target]) -> Target:
    return min(targets, key=lambda one: one.limit)


def _greatest(targets: Iterable[Target]) -> Target:
    return max(targets, key=lambda one: one.limit)
