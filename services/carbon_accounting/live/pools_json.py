"""What the stores hold, as JSON and back."""

from collections.abc import Mapping
from typing import Any

from services.carbon_accounting.domain.tracing.origins import Origin
from services.carbon_accounting.domain.tracing.pools import Pool, Pools

Lot = tuple[tuple[Origin, int], ...]


def pools_json(pools: Pools) -> dict[str, Any]:
    """Return the content of each store: its lots of [kind, source, vintage, Wh], its carry."""
    return {
        store: {"lots": [_written(lot) for lot in pool.lots], "carry": pool.carry}
        for store, pool in sorted(pools.by_store.items())
    }


def pools_from(document: Mapping[str, Any]) -> Pools:
    """Return what `pools_json` wrote."""
    return Pools(
        {
            store: Pool(tuple(_read(lot) for lot in one["lots"]), one["carry"])
            for store, one in document.items()
        }
    )


def _written(lot: Lot) -> list[list[Any]]:
    return [[o.kind, o.source, o.vintage, wh] for o, wh in lot]


def _read(lot: list[list[Any]]) -> Lot:
    return tuple((Origin(kind, source, vintage), wh) for kind, source, vintage, wh in lot)
