"""Who of a park could use whose waste heat, cold and water: its streams as an exchange of a year.

The year is cut into calendar months and quarters of the day, where many meet into months. Rates
are means of the intervals that are known; where nothing is known there is nothing to exchange. Less
than a year of readings is stretched over the year, which makes the proposal unverified.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.readings import ActivityData, Mask
from services.carbon_accounting.domain.inventory.resource_streams import carrier_and_role
from services.carbon_accounting.domain.inventory.site import Connection as Declared
from services.carbon_accounting.domain.inventory.site import Site, Stream
from services.carbon_accounting.domain.resources.carriers import Carrier, Role
from services.carbon_accounting.domain.resources.exchange import (
    UNITS_A_PRICE,
    Connection,
    Demand,
    Exchange,
    Source,
)
from services.carbon_accounting.domain.resources.fitting import (
    CleanEnough,
    ColdEnough,
    Fit,
    WarmEnough,
)
from services.energy.time_grid import from_microseconds

MICROS = 10**6
HOURS_A_YEAR = 8760
HOURS_A_PART, HOURS_A_DAY = 6, 24
MOST_PAIRS = 36
"""More of them are matched by months alone: which connections to build takes too long else."""
YEAR = timedelta(days=365)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Family:
    """What is left over and what is needed of one carrier."""

    carrier: Carrier
    level_key: str

    @property
    def source(self) -> tuple[Carrier, Role]:
        """What is left over: waste heat and cold as available, water as discharged."""
        role = Role.DISCHARGED if self.carrier is Carrier.WATER else Role.AVAILABLE
        return self.carrier, role

    @property
    def needs(self) -> tuple[tuple[Carrier, Role], ...]:
        """What it could serve: heat bought counts as needed; water as taken in."""
        role = Role.INTAKE if self.carrier is Carrier.WATER else Role.NEEDED
        return ((self.carrier, role),)

    @property
    def is_thermal(self) -> bool:
        """Whether it takes a difference of temperature."""
        return self.carrier is not Carrier.WATER


FAMILIES = (
    Family(Carrier.HEAT, "temperature_c"),
    Family(Carrier.COLD, "temperature_c"),
    Family(Carrier.WATER, "quality_class"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """Some hours of the day in a calendar month."""

    month: int
    first_hour: int
    hours: int

    def __str__(self) -> str:
        return f"{self.month:02} {self.first_hour:02}-{self.first_hour + self.hours:02}"


@dataclass(frozen=True, slots=True)
class Offered:
    """An exchange of one carrier, with its periods and why its amounts are doubtful."""

    family: Family
    exchange: Exchange
    parts: tuple[Part, ...]
    doubts: tuple[str, ...]


def exchanges(site: Site, data: ActivityData) -> Iterator[Offered]:
    """Yield an exchange for each carrier of which somebody has some and somebody needs some."""
    graded = [one for one in site.streams if one.level is not None]
    for family in FAMILIES:
        sources = [one for one in graded if carrier_and_role(one) == family.source]
        needs = [one for one in graded if carrier_and_role(one) in family.needs]
        if sources and needs:
            few = len(sources) * len(needs) <= MOST_PAIRS
            periods = _Periods.of(site, data, HOURS_A_PART if few else HOURS_A_DAY)
            yield _offered(site, family, periods, sources, needs)


@dataclass(frozen=True, slots=True, eq=False)
class _Periods:
    """The parts of the year that the data reach; `of` says which of them an interval is in."""

    data: ActivityData
    parts: tuple[Part, ...]
    index: Whole

    @classmethod
    def of(cls, site: Site, data: ActivityData, hours: int) -> "_Periods":
        """Return the periods of these data on the park's clock, of so many hours of the day."""
        local = [from_microseconds(int(at)).astimezone(site.time_zone) for at in data.starts_us]
        parts = [Part(at.month, at.hour // hours * hours, hours) for at in local]
        order = sorted({*parts}, key=lambda part: (part.month, part.first_hour))
        number = {part: at for at, part in enumerate(order)}
        return cls(data, tuple(order), np.array([number[part] for part in parts], np.int64))

    @property
    def hours(self) -> tuple[int, ...]:
        """How many hours of a year each period stands for."""
        counts = np.bincount(self.index, minlength=len(self.parts)).tolist()
        return tuple(round(Fraction(HOURS_A_YEAR * n, len(self.index))) for n in counts)

    def rates(self, amounts: Whole, known: Mask) -> tuple[int, ...]:
        """Return the mean rate of each period, whole base units an hour, rounded down."""
        sums = np.zeros(len(self.parts), np.int64)
        np.add.at(sums, self.index, np.where(known, amounts, 0))
        counts = np.bincount(self.index[known], minlength=len(self.parts))
        an_hour = HOUR // self.data.step
        return tuple(
            int(total) * an_hour // int(n) if n else 0
            for total, n in zip(sums.tolist(), counts.tolist(), strict=True)
        )


def _offered(
    site: Site,
    family: Family,
    periods: _Periods,
    sources: Sequence[Stream],
    needs: Sequence[Stream],
) -> Offered:
    rows, ids = periods.data.rows, {one.id for one in (*sources, *needs)}
    left = _left_over(site, family, periods.data, sources)
    asked = {one.id: _counted(periods.data, rows[one.id]) for one in needs}
    exchange = Exchange(
        periods.hours,
        tuple(Source(*_end(one, periods.rates(*left[one.id]))) for one in sources),
        tuple(Demand(*_end(one, periods.rates(*asked[one.id]))) for one in needs),
        tuple(_connection(one) for one in site.connections if one.source in ids),
        _fit(site, family),
    )
    return Offered(family, exchange, periods.parts, tuple(_doubts(periods.data, rows, ids)))


def _end(stream: Stream, rates: tuple[int, ...]) -> tuple[str, str, tuple[int, ...], float, int]:
    """Return id, enterprise, rates, level and price of one end."""
    per_price = Fraction(UNITS_A_PRICE) / in_base(stream.unit)[0]
    price = round(Fraction(stream.price or 0) * per_price * MICROS)
    whose = stream.owner.key or stream.owner.enterprise
    return stream.id, whose, rates, float(stream.level or 0), price


def _counted(data: ActivityData, row: int) -> tuple[Whole, Mask]:
    return data.amounts[row], data.known[row]


def _left_over(
    site: Site, family: Family, data: ActivityData, sources: Sequence[Stream]
) -> dict[str, tuple[Whole, Mask]]:
    """Return what sources have less what their enterprise uses of it at the node already.

    Several sources of one enterprise and node are drawn on in their order. Water that is
    discharged is left over whole.
    """
    found = {one.id: _counted(data, data.rows[one.id]) for one in sources}
    for stream in site.streams:
        if carrier_and_role(stream) != (family.carrier, Role.UTILISED):
            continue
        if family.carrier is Carrier.WATER:
            continue
        used, known = _counted(data, data.rows[stream.id])
        for one in sources:
            if (one.owner, one.node) == (stream.owner, stream.node):
                has, sure = found[one.id]
                taken = np.minimum(has, used)
                found[one.id] = has - taken, np.logical_and(sure, known)
                used = used - taken
    return found


def _connection(one: Declared) -> Connection:
    cost, running = (_micros(money) for money in (one.cost_per_year, one.running))
    return Connection(one.source, one.demand, cost, running, Fraction(one.loss))


def _micros(money: Decimal) -> int:
    return round(Fraction(money) * MICROS)


def _fit(site: Site, family: Family) -> Fit:
    if not family.is_thermal:
        return CleanEnough()
    least = float(site.choices.least_difference_k or 0)
    return WarmEnough(least) if family.carrier is Carrier.HEAT else ColdEnough(least)


def _doubts(data: ActivityData, rows: Mapping[str, int], ids: set[str]) -> Iterator[str]:
    if len(data) * data.step < YEAR:
        days = len(data) * data.step / timedelta(days=1)
        yield f"the year is reckoned from {days:g} days of readings"
    for name in sorted(ids):
        if not data.known[rows[name]].all():
            yield f"{name} is not known in every interval"
