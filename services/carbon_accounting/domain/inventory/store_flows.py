"""What the meters of stores counted: what their certificates may say of charge and discharge."""

from dataclasses import dataclass, field

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.site import Meter, Role, Site
from services.carbon_accounting.domain.tracing.amounts import Amounts
from services.energy.time_grid import Interval, to_microseconds

FLOWS = frozenset({Role.CHARGE, Role.DISCHARGE})


@dataclass
class StoreFlows:
    """Wh of every charge and discharge meter by interval; 0 where unknown."""

    starts_us: Whole
    meters: dict[str, Meter] = field(default_factory=dict)
    wh: dict[str, Whole] = field(default_factory=dict)

    @classmethod
    def none(cls) -> "StoreFlows":
        """Return that there is no store."""
        return cls(np.zeros(0, np.int64))

    @classmethod
    def nothing(cls, site: Site, starts_us: Whole) -> "StoreFlows":
        """Return that nothing went into or came out of a site's stores in these intervals."""
        meters = {meter.id: meter for meter in site.meters if meter.role in FLOWS}
        return cls(starts_us, meters, {id: np.zeros(len(starts_us), np.int64) for id in meters})

    def add(self, amounts: Amounts, here: slice) -> None:
        """Add some intervals of what the meters counted."""
        for meter, wh in self.wh.items():
            row = amounts.meter_ids.index(meter)
            wh[here] = np.where(amounts.unknown[row], 0, amounts.wh[row])

    def has(self, store: str) -> bool:
        """Whether a store is metered here."""
        return bool(self.meters_of(store))

    def meters_of(self, store: str) -> frozenset[str]:
        """Return all meters of a store, by whatever it is called; none of a stranger."""
        stores = {one.store for one in self.meters.values() if _is_of(one, store)}
        return frozenset(one.id for one in self.meters.values() if one.store in stores)

    def names_of(self, meter: str) -> set[str]:
        """Return what the store of a meter is called: by its id and its meters' names."""
        return {str(self.meters[one].store) for one in self.meters_of(meter)}

    def charged_wh(self, store: str, span: Interval) -> int | None:
        """Return what went into a store, at its meter, as `Generation.wh_of`."""
        return self._sum(Role.CHARGE, store, span)

    def discharged_wh(self, store: str, span: Interval) -> int | None:
        """Return what came out of a store, at its meter, as `Generation.wh_of`."""
        return self._sum(Role.DISCHARGE, store, span)

    def _sum(self, role: Role, store: str, span: Interval) -> int | None:
        named = [one for one in self.meters_of(store) if self.meters[one].role is role]
        borders = [to_microseconds(span.start), to_microseconds(span.end)]
        if not named or not len(self.starts_us) or borders[0] < int(self.starts_us[0]):
            return None
        first, last = np.searchsorted(self.starts_us, borders).tolist()
        return sum(int(self.wh[id][first:last].sum()) for id in named)


def _is_of(meter: Meter, store: str) -> bool:
    """Whether a store is called so: by its id, its meter, or the live device of the meter."""
    return store in (meter.store, meter.id, meter.id.rpartition(".")[0])
