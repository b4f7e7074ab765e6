"""Electricity by origin becomes entries, with each ledger's factor for it (rules A.2, D.1).

What came from the grid, from an unknown content of a store, or without any meter counts as grid
power, in each ledger with its own factor. What the park's own wind and sun gave directly has the
factor of its source. Own plants that burn fuel count 0 here: their fuel is a stream of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.factoring.factor import Factor
from services.carbon_accounting.domain.factoring.store import FactorStore, MissingFactor
from services.carbon_accounting.domain.inventory.amounts import Amounts
from services.carbon_accounting.domain.inventory.entries import Block, Line, Stamp, block
from services.carbon_accounting.domain.inventory.readings import Mask
from services.carbon_accounting.domain.ledgers import Ledger
from services.energy.time_grid import from_microseconds, to_microseconds

GRID_QUANTITY = {
    Ledger.PARK_ACCEPTANCE: "fossil-power",
    Ledger.LOCATION_BASED: "grid-electricity",
    Ledger.MARKET_BASED: "residual-mix",
    Ledger.PRODUCT_FOOTPRINT: "grid-electricity",
    Ledger.CBAM: "grid-electricity",
    Ledger.EMISSION_TRADING: "grid-electricity",
    Ledger.BATTERY: "grid-electricity",
}
NATIONAL = "CN"
BY_REGION = frozenset({Ledger.LOCATION_BASED})
"""Ledgers whose grid factor is that of the park's region; the others' is national."""
GREEN = frozenset({"pv", "wind", "hydro", "biomass"})
FUELLED = frozenset({"chp", "fossil"})
DIRECT = "direct-line-"
BASE = "Wh"


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """Electricity that one meter of one enterprise took from one origin, Wh by interval.

    `kind` is the origin's kind, `source` the meter it came in by, `vintage` the local year in which
    it was supplied. `activity`: electricity-use, storage-loss or unaccounted-load.
    """

    meter: str
    enterprise: str
    activity: str
    kind: str
    source: str
    vintage: int
    wh: Amounts
    measured: Mask

    @property
    def is_grid(self) -> bool:
        """Whether it counts as power of the grid."""
        kind = self.kind.removeprefix(DIRECT)
        return kind not in GREEN and not (kind == self.kind and kind in FUELLED)

    @property
    def origin(self) -> str:
        """The origin in words: `grid:import_1`, with its year where it was stored over new year."""
        return f"{self.kind}:{self.source}"


@dataclass(frozen=True, slots=True)
class Rules:
    """Which factors hold: the store with the park's choices, its region and clock."""

    factors: FactorStore
    region: str
    zone: ZoneInfo


def quantity_of(ledger: Ledger, use: Use) -> str:
    """Return which factor's quantity a use is booked with."""
    if use.is_grid:
        return GRID_QUANTITY[ledger]
    kind = use.kind.removeprefix(DIRECT)
    return "chp-electricity" if kind in FUELLED else f"{kind}-electricity"


def entries_of(
    ledger: Ledger, use: Use, starts_us: Amounts, rules: Rules, missing: set[MissingFactor]
) -> Iterator[Block]:
    """Yield the entries of a use, one block a factor; what has no factor is in `missing` alone."""
    line = line_of(ledger, use)
    for here, factor in factors_over(ledger, use, starts_us, rules):
        if isinstance(factor, MissingFactor):
            if use.wh[here].any():
                missing.add(factor)
            continue
        stamp, ng = stamp_of(factor), factor.ng_per(BASE)
        made = block(ledger, line, stamp, ng, starts_us[here], use.wh[here], use.measured[here])
        if len(made):
            yield made


def line_of(ledger: Ledger, use: Use, origin: str | None = None) -> Line:
    """Return the line of the ledger that a use is booked on."""
    category = "purchased electricity" if use.is_grid else "self-supplied electricity"
    return Line(
        meter=use.meter,
        enterprise=use.enterprise,
        carrier="electricity",
        activity=use.activity,
        origin=origin or use.origin,
        scope=2,
        category=category,
        gas=ledger.gas,
        unit=BASE,
    )


def stamp_of(factor: Factor, method: str = "activity data x factor") -> Stamp:
    """Return what an entry says of its factor."""
    return Stamp(factor.id, factor.version, factor.trust, "; ".join(factor.doubts), method)


def factors_over(
    ledger: Ledger, use: Use, starts_us: Amounts, rules: Rules
) -> Iterator[tuple[slice, Factor | MissingFactor]]:
    """Yield the factor of each stretch of intervals; stored energy has that of its year."""
    quantity = quantity_of(ledger, use)
    region = rules.region if ledger in BY_REGION else NATIONAL
    first, end = (_day(int(at), rules.zone) for at in (starts_us[0], starts_us[-1]))
    days = (first, end + timedelta(days=1))
    if use.vintage != first.year or use.vintage != end.year:
        yield from _by_vintage(ledger, quantity, region, use, starts_us, rules)
        return
    for span in rules.factors.spans(ledger, quantity, region, days):
        yield _between(starts_us, span.start, span.end, rules.zone), span.factor


def _by_vintage(
    ledger: Ledger, quantity: str, region: str, use: Use, starts_us: Amounts, rules: Rules
) -> Iterator[tuple[slice, Factor | MissingFactor]]:
    """Yield the factors of the year a use was supplied in, for what is used later the last one."""
    year = (date(use.vintage, 1, 1), date(use.vintage + 1, 1, 1))
    spans = rules.factors.spans(ledger, quantity, region, year)
    for at, span in enumerate(spans):
        end = date.max if at == len(spans) - 1 else span.end
        yield _between(starts_us, span.start, end, rules.zone), span.factor


def _between(starts_us: Amounts, start: date, end: date, zone: ZoneInfo) -> slice:
    borders = [_midnight_us(day, zone) for day in (start, end)]
    first, last = np.searchsorted(starts_us, borders)
    return slice(int(first), int(last))


def _midnight_us(day: date, zone: ZoneInfo) -> int:
    if day >= date(9000, 1, 1):
        return 2**62
    return to_microseconds(datetime(day.year, day.month, day.day, tzinfo=zone))


def _day(at_us: int, zone: ZoneInfo) -> date:
    return from_microseconds(at_us).astimezone(zone).date()


def covered(
    uses: Sequence[Use], wh_by_certificate: Mapping[str, Amounts]
) -> Iterator[tuple[Use, str, Amounts]]:
    """Yield (use, certificate or '', Wh): grid power of one enterprise that certificates cover.

    Certificates are given out over the uses in their order, meter by meter; what no certificate
    covers is yielded with ''. What they cover beyond the uses is an error of matching: ValueError.
    """
    rest = [use.wh.copy() for use in uses]
    for certificate, wh in wh_by_certificate.items():
        left = wh.copy()
        for use, open_wh in zip(uses, rest, strict=True):
            taken = np.minimum(left, open_wh)
            open_wh -= taken
            left -= taken
            if taken.any():
                yield use, certificate, taken
        if left.any():
            raise ValueError(f"{certificate} covers {int(left.sum())} Wh that nobody used")
    yield from ((use, "", open_wh) for use, open_wh in zip(uses, rest, strict=True))
