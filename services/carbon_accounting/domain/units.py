"""Units of activity data, factors and indicators, with exact conversions and checked algebra.

Amounts are kept in whole base units: Wh of energy, g of mass, dm3 of volume, Ndm3 of gas at normal
conditions, one of pieces. Emissions are a dimension of their own (`gCO2`): a kg of coal is no kg of
CO2. What a unit means is pint's; the few that we know are listed here, so that no word is taken for
a unit by chance.
"""

from fractions import Fraction
from functools import cache

import pint

_DEFINITIONS = """
joule = [energy] = J
watt_hour = 3600 * joule = Wh
kilogram_of_coal_equivalent = 29307600 * joule = kgce
tonne_of_coal_equivalent = 1000 * kgce = tce
gram = [mass] = g
tonne = 1000000 * gram = t
liter = [volume] = L = dm3
cubic_meter = 1000 * liter = m3
normal_liter = [normal_volume] = Ndm3
normal_cubic_meter = 1000 * normal_liter = Nm3
gram_of_co2 = [emissions] = gCO2 = gCO2e
tonne_of_co2 = 1000000 * gCO2 = tCO2 = tCO2e
piece = [count] = pcs
currency = [currency]
percent = 1/100
hour = [time] = h
day = 24 * hour = d
year = 365 * day = a
"""
_PREFIXES = "nano- = 1/1000000000 = n-\nmicro- = 1/1000000 = u-\nmilli- = 1/1000 = m-\n" + (
    "kilo- = 1000 = k-\nmega- = 1000000 = M-\ngiga- = 1000000000 = G-\ntera- = 1000000000000 = T-\n"
)


class NotAUnit(ValueError):
    """A word that is no unit that we know."""


class UnitsDiffer(ValueError):
    """Two things that cannot be compared, added or converted; the message names both units."""


@cache
def registry() -> "pint.UnitRegistry[Fraction]":
    """Return the units we know, with exact fractions for numbers."""
    units: pint.UnitRegistry[Fraction] = pint.UnitRegistry(None, non_int_type=Fraction)
    units.load_definitions((_PREFIXES + _DEFINITIONS).strip().splitlines())
    return units


@cache
def unit(text: str) -> pint.Unit:
    """Return the unit a text names, as `kWh`, `kg/kWh`, `GJ/t`; NotAUnit for any other text."""
    try:
        return registry().Unit(text.strip() or "dimensionless")
    except Exception as mistake:  # pint raises many kinds, its parser's own among them
        raise NotAUnit(f"{text!r} is no unit; give one such as kWh, t, m3, Nm3, GJ/t") from mistake


def ratio(source: str, target: str) -> Fraction:
    """Return how many `target` one `source` is, exactly; UnitsDiffer when they cannot meet."""
    one = registry().Quantity(Fraction(1), unit(source))
    try:
        return Fraction(one.to(unit(target)).magnitude)
    except pint.DimensionalityError:
        raise UnitsDiffer(
            f"{source} cannot become {target}: they measure different things"
        ) from None
