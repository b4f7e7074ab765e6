"""Emissions of a shared process given to its products by what was made (rules G)."""

from collections.abc import Mapping
from fractions import Fraction


class NothingMade(ValueError):
    """No output to share by; the message names the products."""


def shared_by_output(total: Fraction, outputs: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Return each product's part of a total, in proportion to its output; parts add up exactly.

    Outputs are in one unit. NothingMade when none was made: the total is nobody's then, and must be
    reported as such.
    """
    if negative := [name for name, output in outputs.items() if output < 0]:
        raise ValueError(f"output of {', '.join(negative)} is negative; give 0 or more")
    made = sum(outputs.values(), start=Fraction(0))
    if not made:
        raise NothingMade(f"none of {', '.join(outputs) or 'no products'} was made")
    return {name: total * output / made for name, output in outputs.items()}
