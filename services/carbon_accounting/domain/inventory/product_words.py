"""What each product took: its enterprise's energy and emissions, given to products by output.

The order of allocation (rules E.1, M) begins with subdivision; meters name no product, so what is
left is the physical share: all products of an enterprise counted in one kind of unit share by what
was made. An enterprise with one product gives it everything. What belongs to nobody stays there.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.carbon_accounting.domain.auditing.coal_equivalents import Calorific
from services.carbon_accounting.domain.auditing.grades import Graded, Grading, Ungraded, graded
from services.carbon_accounting.domain.indicators.by_output import NothingMade, shared_by_output
from services.carbon_accounting.domain.indicators.partial import partly_known, tells_part
from services.carbon_accounting.domain.indicators.per_product import Product as Named
from services.carbon_accounting.domain.indicators.targets import Target
from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.booking import Inventory
from services.carbon_accounting.domain.inventory.energy_use import EnergyUse
from services.carbon_accounting.domain.inventory.site import Product, Site
from services.carbon_accounting.domain.ledgers import LIVE_LEDGERS, Ledger
from services.energy.site import Text

NG_PER_T = 10**15
GRADE = 2
ENERGY_IN_PART = partly_known("its energy")
SHARED = "{enterprise} shares by output over its products (E.1: the order of allocation is M)"
Made = Mapping[tuple[str, str], int]
"""By (product, local month): how much, in the base unit of the product's unit."""


def as_named(product: Product) -> Named:
    """Return a product as indicators take it; a limit without its standard is unverified."""
    limits = {}
    if product.grade_2_kgce_per_unit is not None:
        trust = "V2" if product.grade_2_source else "M"
        source = product.grade_2_source or "the park file, which names no standard"
        limit = Fraction(product.grade_2_kgce_per_unit)
        limits = {GRADE: Target(limit, Text("grade 2", "二级限额"), trust, source)}
    return Named(product.id, Text(product.id, product.id), product.unit, limits)


@dataclass(frozen=True, slots=True)
class ProductUse:
    """What one product took in some months. `share` of its enterprise; None and `why`: not known.

    `made` is in the product's unit.
    """

    product: Product
    made: Fraction | None
    share: Fraction | None
    why: str
    energy: Calorific | None
    energy_doubts: tuple[str, ...]
    sharing_doubts: tuple[str, ...]

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why its energy must be shown as unverified."""
        return (*self.energy_doubts, *self.sharing_doubts)

    @property
    def grading(self) -> Grading:
        """Its energy a unit against its limit; a part of its energy keeps none."""
        found = graded(as_named(self.product), self.energy, self.made)
        is_part = any(tells_part(doubt) for doubt in self.energy_doubts)
        if isinstance(found, Graded) and found.is_good_enough and is_part:
            return Ungraded(found.product, ENERGY_IN_PART, found.kgce_per_unit)
        return found


@dataclass(frozen=True, slots=True)
class ProductBooks:
    """Books with what was made, and which of their ledgers lack a factor."""

    inventory: Inventory
    site: Site
    energy: EnergyUse
    made: Made
    incomplete: Collection[Ledger]

    def uses(self, months: Collection[str]) -> Iterator[ProductUse]:
        """Yield what each product took in these local months."""
        for enterprise in dict.fromkeys(one.enterprise for one in self.site.products):
            products = [one for one in self.site.products if one.enterprise == enterprise]
            yield from self._of_enterprise(enterprise, products, months)

    def _of_enterprise(
        self, enterprise: str, products: list[Product], months: Collection[str]
    ) -> Iterator[ProductUse]:
        made = {one.id: self._made(one, months) for one in products}
        shares = _shares(products, made)
        found = self.energy.of(months, enterprise)
        shared = (SHARED.format(enterprise=enterprise),) if len(products) > 1 else ()
        for one in products:
            share, why = (None, shares) if isinstance(shares, str) else (shares[one.id], "")
            whole = found.calorific
            energy = None if share is None or whole is None else Calorific(whole.tce * share)
            if whole is None:
                why = "; ".join(f"{lack.stream.name}: {lack.why}" for lack in found.lacking)
            yield ProductUse(
                one, self._in_its_unit(one, made), share, why, energy, found.unverified, shared
            )

    def _made(self, product: Product, months: Collection[str]) -> int | None:
        """Return what was made; not known where a month has no amount: what is none says 0."""
        found = [self.made.get((product.id, month)) for month in months]
        known = [amount for amount in found if amount is not None]
        return sum(known) if len(known) == len(found) else None

    def _in_its_unit(self, product: Product, made: Mapping[str, int | None]) -> Fraction | None:
        amount = made[product.id]
        return None if amount is None else amount / in_base(product.unit)[0]

    def amounts(self, months: Collection[str]) -> dict[str, Amount]:
        """Return `product_energy.*` and `product_emissions.*` of these months."""
        found = {}
        for use in self.uses(months):
            if use.energy is not None:
                found[f"product_energy.{use.product.id}"] = Amount(use.energy.tce, "tce")
            for ledger in LIVE_LEDGERS:
                tonnes = self.emitted_for(ledger, use, months)
                if tonnes is not None and self._is_whole(ledger):
                    name = f"product_emissions.{ledger.key}.{use.product.id}"
                    found[name] = Amount(tonnes, "tCO2")
        return found

    def doubts(self, months: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Return why those words must be shown as unverified."""
        found = {}
        for use in self.uses(months):
            found[f"product_energy.{use.product.id}"] = use.doubts
            for ledger in LIVE_LEDGERS:
                whys = self.ledger_doubts(ledger, use.product.enterprise, months)
                found[f"product_emissions.{ledger.key}.{use.product.id}"] = (
                    *whys,
                    *use.sharing_doubts,
                )
        return {name: whys for name, whys in found.items() if whys}

    def _is_whole(self, ledger: Ledger) -> bool:
        return ledger in self.site.ledgers and ledger not in self.incomplete

    def emitted_for(
        self, ledger: Ledger, use: ProductUse, months: Collection[str]
    ) -> Fraction | None:
        """Return what a product has of its enterprise's emissions, t, as far as they are booked.

        None where its share is not known, or nothing of the enterprise's electricity.
        """
        enterprise = use.product.enterprise
        if use.share is None or self.energy.knows_no_power(months, enterprise):
            return None
        return self.emitted(ledger, enterprise, months) * use.share

    def emitted(self, ledger: Ledger, enterprise: str, months: Collection[str]) -> Fraction:
        """Return what an enterprise emitted in a ledger, t, as far as it is booked."""
        return Fraction(
            sum(
                total.emissions_ng
                for key, total in self.inventory.totals.items()
                if (key.ledger, key.enterprise) == (ledger, enterprise)
                and key.month in months
                and key.counted
            ),
            NG_PER_T,
        )

    def ledger_doubts(
        self, ledger: Ledger, enterprise: str, months: Collection[str]
    ) -> tuple[str, ...]:
        """Return why that must be shown as unverified."""
        whys = (
            why
            for key, total in self.inventory.totals.items()
            if (key.ledger, key.enterprise) == (ledger, enterprise) and key.month in months
            for why in total.unverified
        )
        return tuple(sorted({*whys, *self.energy.power_doubts(months, enterprise)}))


def _shares(products: list[Product], made: Mapping[str, int | None]) -> dict[str, Fraction] | str:
    """Return each product's share of its enterprise, or why there is none."""
    outputs = {name: Fraction(n) for name, n in made.items() if n is not None}
    if lacking := sorted({*made} - {*outputs}):
        return f"what was made of {', '.join(lacking)} is not known"
    if len(units := {in_base(one.unit)[1] for one in products}) > 1:
        return f"its enterprise counts products in {', '.join(sorted(units))}: no common measure"
    try:
        return shared_by_output(Fraction(1), outputs)
    except NothingMade as error:
        return str(error)
