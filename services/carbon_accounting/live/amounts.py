"""The words of formulas out of months that are added up: the park's, or one enterprise's own."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from services.carbon_accounting.book.indicators import incomplete
from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.booking import Inventory
from services.carbon_accounting.domain.inventory.energy_use import ENERGY_STREAMS
from services.carbon_accounting.domain.inventory.flows import Flows, Way
from services.carbon_accounting.domain.inventory.measuring import Measuring
from services.carbon_accounting.domain.inventory.open_items import OpenItem
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.inventory.totals import Total, TotalKey
from services.carbon_accounting.domain.ledgers import LIVE_LEDGERS
from services.carbon_accounting.domain.tracing.origins import UNKNOWN, Origin
from services.carbon_accounting.live.definitions import METER
from services.carbon_accounting.live.inventories import Accounted
from services.carbon_accounting.live.joined_items import joined_items
from services.carbon_accounting.live.months import Computed
from services.carbon_accounting.live.production import Production

OF_PARK = (
    *("electricity.exported", "green.sold", "green.bought", "green.available", "green.load"),
    *("green.self_used", "green.own_non_green", "energy.comprehensive_a_year"),
)
"""What is the park's alone: its connection, its size."""
ENERGY = "energy."


@dataclass(frozen=True, slots=True)
class Words:
    """Makes the words of parts that are added up."""

    accounted: Accounted
    production: Production

    def of(self, parts: Sequence[Computed], enterprise: str = "") -> dict[str, Amount]:
        """Return the words of these parts together; of no part there is none.

        With an enterprise: of its own books alone.
        """
        if not parts:
            return {}
        if enterprise:
            return self._own(parts, enterprise)
        found = self._measured(self.accounted.site, parts, joined(parts))
        found |= self._counted(parts)
        return found | self._of_products(parts)

    def doubts(self, parts: Sequence[Computed]) -> dict[str, tuple[str, ...]]:
        """Return why words of these parts must be shown as unverified; of the park's books.

        An enterprise's words have those of the park: what is doubtful there may be of its own.
        """
        site, factors = self.accounted.site, self.accounted.rules.factors
        found: dict[str, tuple[str, ...]] = {}
        for one in parts:
            made = self.production if one.is_month else {}
            lacking = incomplete(one.inventory)
            measuring = Measuring(one.inventory, site, factors, made, lacking)
            for name, whys in measuring.doubts([str(one.month)]).items():
                found[name] = tuple(dict.fromkeys((*found.get(name, ()), *whys)))
        return found

    def _own(self, parts: Sequence[Computed], enterprise: str) -> dict[str, Amount]:
        site = own_site(self.accounted.site, enterprise)
        found = self._measured(site, parts, own_inventory(joined(parts), enterprise))
        shared = _shares_energy(self.accounted.site, enterprise)
        return {
            name: amount
            for name, amount in (found | self._of_products(parts, enterprise)).items()
            if name not in OF_PARK and not (shared and name.startswith(ENERGY))
        }

    def _measured(
        self, site: Site, parts: Sequence[Computed], inventory: Inventory
    ) -> dict[str, Amount]:
        rules, months = self.accounted.rules, {str(one.month) for one in parts}
        lacking = incomplete(inventory)
        made = self.production if _are_whole_months(parts) else {}
        return Measuring(inventory, site, rules.factors, made, lacking).amounts(months)

    def _counted(self, parts: Sequence[Computed]) -> dict[str, Amount]:
        """Return what each meter counted, where that is known throughout."""
        units = self.accounted.site.units
        everywhere = [m for m in parts[0].counted if all(m in one.counted for one in parts)]
        return {
            METER + meter: Amount(
                Fraction(sum(one.counted[meter] for one in parts)), in_base(units[meter])[1]
            )
            for meter in everywhere
        }

    def _of_products(self, parts: Sequence[Computed], enterprise: str = "") -> dict[str, Amount]:
        """Return energy and emissions of the products of enterprises that make one alone.

        What several products took together is nobody's to tell here: it stays missing.
        """
        found: dict[str, Amount] = {}
        products = self.accounted.site.products
        for one in products:
            alone = sum(other.enterprise == one.enterprise for other in products) == 1
            if alone and enterprise in ("", one.enterprise):
                site = replace(own_site(self.accounted.site, one.enterprise), products=())
                own = self._measured(site, parts, own_inventory(joined(parts), one.enterprise))
                found |= _of_product(one.id, own)
                if _shares_energy(self.accounted.site, one.enterprise):
                    found.pop(f"product_energy.{one.id}", None)
        return found


def _of_product(product: str, own: Mapping[str, Amount]) -> dict[str, Amount]:
    names = {
        f"product_emissions.{ledger.key}.{product}": f"ledger.{ledger.key}.total"
        for ledger in LIVE_LEDGERS
    }
    names[f"product_energy.{product}"] = "energy.comprehensive"
    return {name: own[word] for name, word in names.items() if word in own}


def joined(parts: Sequence[Computed]) -> Inventory:
    """Return the inventories of ordered months as one; what they say is by month already."""
    found = Inventory()
    totals: dict[TotalKey, Total] = {}
    for inventory in (one.inventory for one in parts):
        totals |= dict(inventory.totals)
        found.flows.wh |= inventory.flows.wh
        found.streams |= inventory.streams
        found.stream_parts |= inventory.stream_parts
        found.partly_known |= inventory.partly_known
        found.unknown_power |= inventory.unknown_power
        found.by_hour.wh |= inventory.by_hour.wh
        found.factors.doubts |= inventory.factors.doubts
        found.generated |= inventory.generated
        found.covered.wh |= inventory.covered.wh
        found.covered.ng |= inventory.covered.ng
        found.covered.matched |= inventory.covered.matched
    found.totals = dict(sorted(totals.items()))
    found.open_items = joined_items([one.inventory.open_items for one in parts])
    found.own_items = _own_items(parts)
    return found


def own_inventory(whole: Inventory, enterprise: str) -> Inventory:
    """Return what of an inventory is one enterprise's: its totals and what it consumed."""
    found = Inventory(
        totals={key: one for key, one in whole.totals.items() if key.enterprise == enterprise},
        open_items=whole.open_items,
        streams=whole.streams,
        partly_known=whole.partly_known,
        unknown_power={key for key in whole.unknown_power if key[1] == enterprise},
    )
    flows: dict[tuple[str, Way, str, Origin], int] = {}
    for (month, owner, kind), wh in whole.by_hour.wh.items():
        if owner == enterprise:
            year = 0 if kind == UNKNOWN else int(month[: len("2026")])
            flows[month, Way.USE, "", Origin(kind, "", year)] = int(wh.sum())
    found.flows = Flows()
    found.flows.wh |= flows
    found.by_hour.wh |= {key: wh for key, wh in whole.by_hour.wh.items() if key[1] == enterprise}
    found.covered.wh |= {key: wh for key, wh in whole.covered.wh.items() if key[2] == enterprise}
    found.covered.ng |= {key: ng for key, ng in whole.covered.ng.items() if key[2] == enterprise}
    found.covered.matched |= whole.covered.matched
    parts = whole.stream_parts.items()
    found.stream_parts |= {key: amount for key, amount in parts if key[1] == enterprise}
    return found


def own_site(site: Site, enterprise: str) -> Site:
    """Return what of a site is one enterprise's alone."""
    return replace(
        site,
        streams=tuple(
            one
            for one in site.streams
            if one.owner.key is None and one.owner.enterprise == enterprise
        ),
        products=tuple(one for one in site.products if one.enterprise == enterprise),
        choices=replace(site.choices, annual_energy_tce=None),
    )


def _own_items(parts: Sequence[Computed]) -> dict[str, list[OpenItem]]:
    owners = sorted({name for one in parts for name in one.inventory.own_items})
    months = {name: [one.inventory.own_items.get(name, ()) for one in parts] for name in owners}
    return {name: sorted(joined_items(items)) for name, items in months.items()}


def _shares_energy(site: Site, enterprise: str) -> bool:
    """Whether an enterprise shares a stream of energy with others: its part is in no word."""
    weights = {key.id: key.weights for key in site.keys}
    return any(
        one.activity in ENERGY_STREAMS
        and one.owner.key is not None
        and enterprise in weights.get(one.owner.key, ())
        for one in site.streams
    )


def _are_whole_months(parts: Collection[Computed]) -> bool:
    """Whether production of months is of them: not of a day or of a quarter hour."""
    return all(one.is_month for one in parts)
