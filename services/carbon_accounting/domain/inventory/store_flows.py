"""What stores took in and gave: what their certificates may say of charge and discharge.

Power of the grid and own power are apart, as traced: what is traced to own plants is known as such
to whoever used it, so a certificate bought for the grid's power says nothing of it.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.carbon_accounting.domain.certificates.gec import Use
from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.site import Meter, Role, Site
from services.carbon_accounting.domain.tracing.boundary import Role as Counts
from services.carbon_accounting.domain.tracing.origins import GRID_POWER
from services.carbon_accounting.domain.tracing.tracing import Traced
from services.energy.time_grid import Interval, to_microseconds

FLOWS = frozenset({Role.CHARGE, Role.DISCHARGE})
GRID, OWN = 0, 1


@dataclass
class StoreFlows:
    """Wh by store, shape (grid's and own power, intervals); 0 where unknown."""

    starts_us: Whole
    meters: dict[str, Meter] = field(default_factory=dict)
    charged: dict[str, Whole] = field(default_factory=dict)
    discharged: dict[str, Whole] = field(default_factory=dict)

    @classmethod
    def none(cls) -> "StoreFlows":
        """Return that there is no store."""
        return cls(np.zeros(0, np.int64))

    @classmethod
    def nothing(cls, site: Site, starts_us: Whole) -> "StoreFlows":
        """Return that nothing went into or came out of a site's stores in these intervals."""
        meters = {meter.id: meter for meter in site.meters if meter.role in FLOWS}
        stores, shape = {str(one.store) for one in meters.values()}, (2, len(starts_us))
        blank = [{store: np.zeros(shape, np.int64) for store in stores} for _ in FLOWS]
        return cls(starts_us, meters, *blank)

    def add(self, found: Traced, here: slice) -> None:
        """Add some intervals that were traced."""
        of_grid = np.array([origin.kind in GRID_POWER for origin in found.origins], bool)
        for store, wh in zip(found.boundary.stores, found.stores.charged, strict=True):
            self.charged[store.id][:, here] = _by_power(wh, of_grid)
        lines = found.boundary.of(Counts.DISCHARGE)
        for meter, wh in zip(lines, found.stores.discharged, strict=True):
            self.discharged[meter.store][:, here] += _by_power(wh, of_grid)

    def named(self, store: str) -> str:
        """Return a store's id, by whatever it is called; a stranger's name."""
        found = (one.store for one in self.meters.values() if _is_of(one, store))
        return str(next(found, store))

    def names_of(self, store: str) -> frozenset[str]:
        """Return all that a store is called: its id, its meters, their live devices."""
        mine = [one.id for one in self.meters.values() if one.store == self.named(store)]
        devices = (meter.rpartition(".")[0] or meter for meter in mine)
        return frozenset({store, self.named(store), *mine, *devices})

    def charged_wh(self, store: str, use: Use, span: Interval) -> int | None:
        """Return what went into a store in a span, for the grid's power or own.

        None where others meter it, or the span ends before anything was read.
        """
        return self._sum(self.charged.get(self.named(store)), use, span)

    def discharged_wh(self, store: str, use: Use, span: Interval) -> int | None:
        """Return what came out of a store in a span, as `charged_wh`."""
        return self._sum(self.discharged.get(self.named(store)), use, span)

    def _sum(self, wh: Whole | None, use: Use, span: Interval) -> int | None:
        borders = [to_microseconds(span.start), to_microseconds(span.end)]
        if wh is None or not len(self.starts_us) or borders[1] <= int(self.starts_us[0]):
            return None
        first, last = np.searchsorted(self.starts_us, borders).tolist()
        return int(wh[GRID if use is Use.ON_GRID else OWN, first:last].sum())


def _by_power(wh: Whole, of_grid: NDArray[np.bool_]) -> Whole:
    """Return what is of the grid and what is not, shape (2, intervals), of rows by origin."""
    return np.stack([wh[of_grid].sum(axis=0), wh[~of_grid].sum(axis=0)])


def _is_of(meter: Meter, store: str) -> bool:
    """Whether a store is called so: by its id, its meter, or the live device of the meter."""
    return store in (meter.store, meter.id, meter.id.rpartition(".")[0])
