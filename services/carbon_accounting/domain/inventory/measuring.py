"""What was booked in a period as the words of indicators: totals by name, with their units.

A word that nobody counted is not there. A ledger whose factors are missing gives no total: a part
of it would look like less emissions.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.carbon_accounting.domain.activities.line import Category
from services.carbon_accounting.domain.auditing.grades import graded_counts
from services.carbon_accounting.domain.factoring.store import FactorStore
from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.booking import Inventory
from services.carbon_accounting.domain.inventory.electricity_words import (
    available_generation,
    electricity_words,
)
from services.carbon_accounting.domain.inventory.energy_use import EnergyUse
from services.carbon_accounting.domain.inventory.flows import Way
from services.carbon_accounting.domain.inventory.grid_power_words import GridPower
from services.carbon_accounting.domain.inventory.meters_collected import collected
from services.carbon_accounting.domain.inventory.product_words import ProductBooks
from services.carbon_accounting.domain.inventory.site import Activity, Site, Stream
from services.carbon_accounting.domain.inventory.unknown_power import with_doubts, without_power
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.tracing.origins import Origin

NG_PER_T = 10**15
BURNT = frozenset({Category.STATIONARY_COMBUSTION.value, Category.MOBILE_COMBUSTION.value})
BOUGHT = frozenset({Category.PURCHASED_ELECTRICITY.value, Category.PURCHASED_HEAT.value})
PARTS = {
    "energy": BURNT | BOUGHT,
    "process": frozenset({Category.PROCESS.value}),
    "electricity": frozenset({Category.PURCHASED_ELECTRICITY.value}),
    "heat": frozenset({Category.PURCHASED_HEAT.value}),
    "refrigerants": frozenset({Category.FUGITIVE.value}),
}


@dataclass(frozen=True, slots=True)
class Measuring:
    """Books, and what is known beside them: production by product and month, in base units."""

    inventory: Inventory
    site: Site
    factors: FactorStore
    production: Mapping[tuple[str, str], int]
    incomplete: Collection[Ledger]

    def amounts(self, months: Collection[str]) -> dict[str, Amount]:
        """Return the words of these local months."""
        found = dict(self._ledgers(months))
        found |= electricity_words(self._electricity(months))
        found |= self._grid_power(months).amounts()
        found |= dict(self._resources(months))
        generated_wh = sum(self.inventory.generated.get(month, 0) for month in months)
        found |= available_generation(found, generated_wh)
        found |= dict(self._production(months))
        found |= self.energy.of(months).amounts()
        found |= self.products.amounts(months)
        found |= graded_counts(use.grading for use in self.products.uses(months))
        found |= collected(self.site)
        if (size := self.site.choices.annual_energy_tce) is not None:
            found["energy.comprehensive_a_year"] = Amount(Fraction(size), "tce")
        return without_power(found) if self.energy.knows_no_power(months) else found

    def doubts(self, months: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Return why words of these months must be shown as unverified, by their names."""
        of_ledgers = dict(self._ledger_doubts(months))
        of_energy = self.energy.of(months).doubts() | self.products.doubts(months)
        of_books = of_ledgers | self._grid_power(months).doubts()
        return with_doubts(of_books, self.energy.power_doubts(months)) | of_energy

    @property
    def months(self) -> list[str]:
        """The local months of which anything is booked."""
        of_power = {month for month, *_ in self.inventory.by_hour.wh}
        of_flows = {month for month, *_ in self.inventory.flows.wh}
        return sorted(of_power | of_flows | {month for month, _ in self.inventory.streams})

    def is_known(self, month: str) -> bool:
        """Whether every interval of a month is known, of electricity and of each stream."""
        partly = any(one == month for one, _ in self.inventory.partly_known)
        return month in self.months and not partly and not self.energy.power_doubts([month])

    @property
    def energy(self) -> EnergyUse:
        """The same books as energy."""
        return EnergyUse(self.inventory, self.site, self.factors)

    @property
    def products(self) -> ProductBooks:
        """The same books as what each product took."""
        made = self.production
        return ProductBooks(self.inventory, self.site, self.energy, made, self.incomplete)

    def _ledger_doubts(self, months: Collection[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        for ledger in self.site.ledgers:
            mine = [
                (key.category, total.unverified)
                for key, total in self.inventory.totals.items()
                if key.ledger is ledger and key.month in months and key.counted
            ]
            for part in ("total", *PARTS):
                within = PARTS.get(part, {category for category, _ in mine})
                whys = (why for category, some in mine if category in within for why in some)
                if found := tuple(sorted({*whys})):
                    yield f"ledger.{ledger.key}.{part}", found

    def _ledgers(self, months: Collection[str]) -> Iterator[tuple[str, Amount]]:
        for ledger in self.site.ledgers:
            if ledger in self.incomplete:
                continue
            of_ledger = [
                (key.category, total.emissions_ng)
                for key, total in self.inventory.totals.items()
                if key.ledger is ledger and key.month in months and key.counted
            ]
            sums = {part: sum(ng for c, ng in of_ledger if c in PARTS[part]) for part in PARTS}
            sums["total"] = sum(ng for _, ng in of_ledger)
            for part, ng in sums.items():
                yield f"ledger.{ledger.key}.{part}", Amount(Fraction(ng, NG_PER_T), "tCO2")

    def _grid_power(self, months: Collection[str]) -> GridPower:
        booked = self.site.ledgers
        whole = [ledger for ledger in booked if ledger not in self.incomplete]
        return GridPower(self.inventory, self.factors, booked, whole, months)

    def _electricity(self, months: Collection[str]) -> dict[tuple[Way, Origin], int]:
        found: dict[tuple[Way, Origin], int] = defaultdict(int)
        for (month, way, _, origin), wh in self.inventory.flows.wh.items():
            if month in months:
                found[way, origin] += wh
        return found

    def _resources(self, months: Collection[str]) -> Iterator[tuple[str, Amount]]:
        """Yield what is metered beside energy; what is not known throughout says nothing."""
        sums: dict[str, Fraction] = defaultdict(Fraction)
        units: dict[str, str] = {}
        for stream in self.site.streams:
            if stream.activity is Activity.RESOURCE:
                units[stream.substance] = in_base(stream.unit)[1]
                sums[stream.substance] += self._counted(stream, months)
        yield from (
            (name, Amount(sums[name], unit))
            for name, unit in units.items()
            if name not in self._partly_known(months)
        )

    def _partly_known(self, months: Collection[str]) -> set[str]:
        unknown = self.inventory.partly_known
        return {
            stream.substance
            for stream in self.site.streams
            if any((month, stream.id) in unknown for month in months)
        }

    def _counted(self, stream: Stream, months: Collection[str]) -> int:
        counted = self.inventory.streams
        return sum(counted.get((month, stream.id), 0) for month in months)

    def _production(self, months: Collection[str]) -> Iterator[tuple[str, Amount]]:
        """Yield what was made, where every month is told: what is none says 0."""
        for product in self.site.products:
            told = [self.production.get((product.id, month)) for month in months]
            made = [amount for amount in told if amount is not None]
            if made and len(made) == len(told):
                base = in_base(product.unit)[1]
                yield f"production.{product.id}", Amount(Fraction(sum(made)), base)
