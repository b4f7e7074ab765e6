"""The value of a formula: exact fractions in base units; absent when anything it needs is absent.

Fractions, not floats in arrays: an indicator is evaluated on totals of periods, a few hundred at a
time, and a threshold is met or missed on the exact number. Units are all base units here, so the
checked formula can be computed without looking at them.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from services.carbon_accounting.domain.indicators.expressions import (
    Expression,
    Extreme,
    Input,
    Negated,
    Number,
    Product,
    Quotient,
    Sum,
)
from services.carbon_accounting.domain.indicators.values import (
    Absent,
    DividedByZero,
    Known,
    Missing,
    Value,
    absent_for,
)


def value_of(expression: Expression, text: str, values: Mapping[str, Value]) -> Value:
    """Return the value in base units; names that `values` lacks are missing, never 0."""
    match expression:
        case Number(value):
            return Known(value)
        case Input(name):
            return values.get(name, Absent((Missing(name),)))
        case Negated(of):
            return _negated(value_of(of, text, values))
        case Sum(terms):
            return _together([value_of(term, text, values) for term in terms], _total)
        case Extreme(greatest, terms):
            found = [value_of(term, text, values) for term in terms]
            return _together(found, max if greatest else min)
        case Product(left, right):
            both = value_of(left, text, values), value_of(right, text, values)
            return _together(both, _product)
        case Quotient(above, below):
            part = below.place.of(text)
            return _divided(value_of(above, text, values), value_of(below, text, values), part)


def _negated(value: Value) -> Value:
    return Known(-value.value) if isinstance(value, Known) else value


def _together(terms: Sequence[Value], join: Callable[[list[Fraction]], Fraction]) -> Value:
    """Return what `join` makes of known values; every reason when one of them is absent."""
    known = [term.value for term in terms if isinstance(term, Known)]
    return absent_for(terms) or Known(join(known))


def _total(values: list[Fraction]) -> Fraction:
    return sum(values, start=Fraction(0))


def _product(values: list[Fraction]) -> Fraction:
    return values[0] * values[1]


def _divided(above: Value, below: Value, part: str) -> Value:
    if below == Known(Fraction(0)):
        below = Absent((DividedByZero(part),))
    return _together((above, below), _quotient)


def _quotient(values: list[Fraction]) -> Fraction:
    return values[0] / values[1]
