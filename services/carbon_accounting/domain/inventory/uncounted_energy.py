"""Streams of energy that have no coal equivalent: they leave the park without its total in tce."""

from collections.abc import Iterator

from services.carbon_accounting.domain.factoring.store import FactorStore
from services.carbon_accounting.domain.inventory.booking import Inventory
from services.carbon_accounting.domain.inventory.energy_use import EnergyUse
from services.carbon_accounting.domain.inventory.open_items import Kind, OpenItem
from services.carbon_accounting.domain.inventory.own_items import own_items
from services.carbon_accounting.domain.inventory.site import Site

WHAT = "without a coal equivalent there is no comprehensive energy: {why}"
CURE = "give ncv_gj_per_unit of the stream, or a row coal-equivalent:{carrier} in --factors"


def note_uncounted_energy(inventory: Inventory, site: Site, factors: FactorStore) -> None:
    """Add an open item for each stream that cannot be counted in tce, also for whose it is."""
    months = {month for month, _ in inventory.streams}
    items = {item for month in months for item in _items(inventory, site, factors, month)}
    inventory.open_items |= items
    mine = own_items(site, items, (), ())
    both = {*inventory.own_items, *mine}
    inventory.own_items = {
        one: sorted({*inventory.own_items.get(one, ()), *mine.get(one, ())}) for one in sorted(both)
    }


def _items(
    inventory: Inventory, site: Site, factors: FactorStore, month: str
) -> Iterator[OpenItem]:
    for one in EnergyUse(inventory, site, factors).of([month]).lacking:
        if one.stream.amount is not None:
            cure = CURE.format(carrier=one.stream.carrier)
            yield OpenItem(Kind.MISSING_FACTOR, one.stream.name, WHAT.format(why=one.why), cure)
