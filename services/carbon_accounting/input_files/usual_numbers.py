"""Decimal numbers as people write them, exactly; what no meter, price or limit ever is, is none."""

from decimal import Decimal
from fractions import Fraction

LONGEST = 40
LARGEST_EXPONENT = 30
"""Beyond 1e30, or finer than 1e-30, a short text would stand for millions of digits."""


def usual_number(text: str) -> Fraction | None:
    """Return the number that a text says, None where it says none or one beyond all measure."""
    if len(text) > LONGEST:
        return None
    try:
        number = Decimal(text)
    except ArithmeticError:
        return None
    if not number.is_finite() or abs(int(number.as_tuple().exponent)) > LARGEST_EXPONENT:
        return None
    return Fraction(number) if abs(number.adjusted()) <= LARGEST_EXPONENT else None
