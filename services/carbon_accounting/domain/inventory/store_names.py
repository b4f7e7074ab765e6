"""One name for each store: records that call it by another are held against its meters together."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

from services.carbon_accounting.domain.certificates.storage import ChargeRecord, DischargeRecord
from services.carbon_accounting.domain.inventory.site import Site, Store

Record = TypeVar("Record", ChargeRecord, DischargeRecord)


def store_called(site: Site, name: str) -> str:
    """Return the id of the store that is called so: by its meter, or the live device of that.

    A store that others meter is called as it is.
    """
    for meter in site.meters:
        if meter.store and name in (meter.store, meter.id, meter.id.rpartition(".")[0]):
            return meter.store
    return name


def by_store(site: Site, records: Sequence[Record]) -> list[Record]:
    """Return the records with the ids of their stores."""
    return [replace(one, store=store_called(site, one.store)) for one in records]


def beyond_stores(site: Site, names: Iterable[str], efficiency: Fraction) -> Iterator[Store]:
    """Yield each store that is called so of which less comes out than declared."""
    named = {store_called(site, name) for name in names}
    for store in site.stores:
        if store.id in named and efficiency > Fraction(store.round_trip_efficiency):
            yield store
