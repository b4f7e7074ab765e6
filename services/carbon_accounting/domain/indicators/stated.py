"""Numbers that others state, held against their own identity: flagged, never repaired (rules G).

Stated decimals are rounded: a total may differ from the sum of its parts by half of the last digit
of each of them. Whole numbers are taken as they stand. What is beyond that breaks the identity.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations


@dataclass(frozen=True, slots=True)
class Agrees:
    """The numbers fit each other, within the rounding of their last digits."""


@dataclass(frozen=True, slots=True)
class Breaks:
    """They do not. `difference` is stated minus computed; `looks_like` what would explain it."""

    difference: Fraction
    allowed: Fraction
    looks_like: str = ""


@dataclass(frozen=True, slots=True)
class Incomplete:
    """Something that is needed was not stated."""

    lacking: tuple[str, ...]


Finding = Agrees | Breaks | Incomplete
Stated = Mapping[str, Decimal | None]


def judged_total(total: Decimal, parts: Stated) -> Finding:
    """Return whether a stated total is the sum of its stated parts (negative ones take off)."""
    known = {name: part for name, part in parts.items() if part is not None}
    if lacking := tuple(name for name in parts if name not in known):
        return Incomplete(lacking)
    difference = Fraction(total) - sum((Fraction(part) for part in known.values()), Fraction(0))
    allowed = sum((_half_digit(number) for number in (total, *known.values())), Fraction(0))
    if abs(difference) <= allowed:
        return Agrees()
    return Breaks(difference, allowed, _without_some(difference, allowed, known))


def judged_pair(including: Decimal, excluding: Decimal, part: Decimal) -> Finding:
    """Return whether "including" is "excluding" plus the part; says so when they look swapped."""
    found = judged_total(including, {"excluding": excluding, "part": part})
    if isinstance(found, Breaks) and part:
        swapped = judged_total(excluding, {"including": including, "part": part})
        if isinstance(swapped, Agrees):
            why = "'including' and 'excluding' look swapped"
            return Breaks(found.difference, found.allowed, why)
    return found


def judged_ratio(
    ratio: Decimal, numerator: Decimal, denominator: str, denominators: Mapping[str, Decimal]
) -> Finding:
    """Return whether a stated ratio has the denominator it must; names the one it seems to have.

    `ratio` is a plain number (0.9, not 90). All denominators are given by name.
    """
    if denominator not in denominators:
        return Incomplete((denominator,))
    found = _of_denominator(ratio, numerator, denominators[denominator])
    if not isinstance(found, Breaks):
        return found
    for name, other in denominators.items():
        if name != denominator and isinstance(_of_denominator(ratio, numerator, other), Agrees):
            return Breaks(found.difference, found.allowed, f"its denominator looks like {name}")
    return found


def _of_denominator(ratio: Decimal, numerator: Decimal, denominator: Decimal) -> Finding:
    if denominator == 0:
        return Incomplete(("a denominator other than 0",))
    computed = Fraction(numerator) / Fraction(denominator)
    difference, allowed = Fraction(ratio) - computed, _half_digit(ratio)
    return Agrees() if abs(difference) <= allowed else Breaks(difference, allowed)


def _without_some(difference: Fraction, allowed: Fraction, parts: Mapping[str, Decimal]) -> str:
    """Return which one or two parts, left out of the total, would explain the difference."""
    for count in (1, 2):
        for names in combinations(parts, count):
            if abs(difference + sum(Fraction(parts[name]) for name in names)) <= allowed:
                return f"{' and '.join(names)} left out of the total"
    return ""


def _half_digit(number: Decimal) -> Fraction:
    """Return half of the last digit that was written: 0.005 for 1.25, 0 for a whole number."""
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"{number} is no number; state a finite one")
    return Fraction(1, 2 * 10**-exponent) if exponent < 0 else Fraction(0)
