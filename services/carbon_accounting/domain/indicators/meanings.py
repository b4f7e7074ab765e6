"""What a number measures: its dimension, and which ledgers' emissions are in it and how often.

A ledger is a dimension of its own: park emissions over park emissions is a plain number, park over
market is not, and park plus market does not exist. So whatever a formula does with fractions, min
and max, it can never add one ledger to another (rules 0.1(1)).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.units import registry, unit

Powers = tuple[tuple[str, Fraction], ...]
"""How often each thing is multiplied, by name; what cancels is not there."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a value measures. `unit` is how people write it; only the powers decide.

    `is_equivalent`: it rests on 等价值 energy, which national indicators refuse (rules C.1).
    """

    unit: str
    dimension: Powers
    ledgers: Powers = ()
    is_equivalent: bool = False

    @property
    def ledger_names(self) -> str:
        """The ledgers in it, for people."""
        return " and ".join(name for name, _ in self.ledgers) or "no ledger"


PLAIN = Meaning("1", ())


def measured_in(text: str, ledger: Ledger | None = None, *, equivalent: bool = False) -> Meaning:
    """Return the meaning of an amount in a unit; NotAUnit for a text that is none."""
    ledgers = ((ledger.key, Fraction(1)),) if ledger else ()
    return Meaning(text, dimension_of(text), ledgers, equivalent)


def multiplied(one: Meaning, other: Meaning) -> Meaning:
    """Return what a product measures."""
    return Meaning(
        unit=_written(one.unit, "*", other.unit),
        dimension=_combined(one.dimension, other.dimension, 1),
        ledgers=_combined(one.ledgers, other.ledgers, 1),
        is_equivalent=one.is_equivalent or other.is_equivalent,
    )


def divided(above: Meaning, below: Meaning) -> Meaning:
    """Return what a quotient measures."""
    return Meaning(
        unit=_written(above.unit, "/", below.unit),
        dimension=_combined(above.dimension, below.dimension, -1),
        ledgers=_combined(above.ledgers, below.ledgers, -1),
        is_equivalent=above.is_equivalent or below.is_equivalent,
    )


@cache
def dimension_of(text: str) -> Powers:
    """Return the dimension of a unit; NotAUnit for a text that is none."""
    powers = unit(text).dimensionality
    return _sorted((str(name), Fraction(str(power))) for name, power in powers.items())


@cache
def base_of(text: str) -> Fraction:
    """Return how many base units of its dimension one of this unit is, exactly."""
    return Fraction(registry().Quantity(Fraction(1), unit(text)).to_root_units().magnitude)


def _combined(one: Powers, other: Powers, sign: int) -> Powers:
    powers = dict(one)
    for name, power in other:
        powers[name] = powers.get(name, Fraction(0)) + sign * power
    return _sorted(powers.items())


def _sorted(powers: Iterable[tuple[str, Fraction]]) -> Powers:
    return tuple(sorted((name, power) for name, power in powers if power))


def _written(one: str, sign: str, other: str) -> str:
    if other == PLAIN.unit:
        return one
    if one == PLAIN.unit and sign == "*":
        return other
    return f"{one}{sign}({other})" if sign in other or "/" in other else f"{one}{sign}{other}"
