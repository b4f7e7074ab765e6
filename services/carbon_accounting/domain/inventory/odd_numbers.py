"""Numbers that are booked as they were stated and look wrong: factors of fuels, and their heat.

A published value may contradict its own parts (rules G), a measured heat of combustion may be in
another unit than it was declared in. Both are open items; neither is repaired.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction

from services.carbon_accounting.domain.factoring.factor import Factor, crossing
from services.carbon_accounting.domain.factoring.fuel import contradiction, parts_of
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.open_items import Kind, OpenItem
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.inventory.site import Activity, Site, Stream
from services.carbon_accounting.domain.units import UnitsDiffer

FAR = 2
"""No fuel of one name has so many times the heat of another, or so small a part of it."""
CORRECT_ROW = "correct the row of the factor file, or state only its parts"
CHECK_UNIT = "check the unit of ncv_gj_per_unit, which is GJ and not MJ"
Days = tuple[date, date]
"""First local day, and the day after the last."""


def odd_numbers(site: Site, rules: Rules, days: Days) -> Iterator[OpenItem]:
    """Yield an item for each odd number of a stream that is burnt, once for all ledgers."""
    for stream in site.streams:
        if stream.activity is Activity.COMBUSTION:
            factors = [*_factors(stream, site, rules, days)]
            yield from {*_contradicting(stream, factors), *_far(stream, factors)}


def _factors(stream: Stream, site: Site, rules: Rules, days: Days) -> Iterator[Factor]:
    for ledger in site.ledgers:
        region = rules.region_of(ledger)
        for span in rules.factors.spans(ledger, stream.substance, region, days):
            if isinstance(span.factor, Factor) and span.factor.parts is not None:
                yield span.factor


def _contradicting(stream: Stream, factors: Iterable[Factor]) -> Iterator[OpenItem]:
    for factor in factors:
        if said := contradiction(factor):
            yield OpenItem(Kind.CONTRADICTION, stream.id, said, CORRECT_ROW)


def _far(stream: Stream, factors: Iterable[Factor]) -> Iterator[OpenItem]:
    """Yield where the declared heat is far from the default of a factor of this kind of unit."""
    for factor in factors if stream.ncv_gj is not None else ():
        times = _times_default(stream, factor)
        if times is not None and not Fraction(1, FAR) <= times <= FAR:
            parts = parts_of(factor)
            stated = f"{stream.ncv_gj} GJ per {stream.unit}"
            default = f"{float(parts.ncv):g} {parts.ncv_unit}"
            what = f"{stated} is {float(times):.3g} times the default {default}"
            yield OpenItem(Kind.CONTRADICTION, stream.id, what, CHECK_UNIT)


def _times_default(stream: Stream, factor: Factor) -> Fraction | None:
    """Return the declared heat over the default; None where volume and mass do not meet."""
    per_unit, base = in_base(stream.unit)
    parts = parts_of(factor)
    try:
        default = parts.ncv * crossing(parts.ncv_unit, f"J/{base}", factor)
    except UnitsDiffer:
        return None
    return Fraction(stream.ncv_gj or 0) * 10**9 / per_unit / default
