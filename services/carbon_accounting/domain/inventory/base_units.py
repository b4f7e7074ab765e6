"""In which base unit an amount is counted, and how many of them its own unit is."""

from fractions import Fraction

from services.carbon_accounting.domain.units import UnitsDiffer, ratio

BASES = ("Wh", "g", "dm3", "Ndm3", "pcs")


def in_base(unit: str) -> tuple[Fraction, str]:
    """Return how many base units one `unit` is, and which one; UnitsDiffer for no amount."""
    for base in BASES:
        try:
            return ratio(unit, base), base
        except UnitsDiffer:
            continue
    raise UnitsDiffer(f"{unit} is none of {', '.join(BASES)}")
