"""What own plants made and what of it went to the grid: what certificates of theirs may say.

What stays in the park is traced to whoever used it, so a certificate of power that went on the
grid holds for what was exported alone (rules D.2: each facility and each use by itself).
"""

from dataclasses import dataclass, field

import numpy as np

from services.carbon_accounting.domain.certificates.gec import Use
from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.readings import Mask
from services.carbon_accounting.domain.inventory.site import Meter, Role, Site
from services.carbon_accounting.domain.inventory.store_flows import StoreFlows
from services.carbon_accounting.domain.tracing.amounts import Amounts
from services.carbon_accounting.domain.tracing.boundary import Boundary
from services.carbon_accounting.domain.tracing.boundary import Role as Counts
from services.carbon_accounting.domain.tracing.tracing import Traced
from services.energy.time_grid import Interval, to_microseconds

MAKES = frozenset({Role.GENERATION, Role.DIRECT_LINE})


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """One plant's power by interval, Wh: all of it and what went to the grid; 0 where unknown.

    `known` is False where the meter says nothing, or what of it went to the grid is not traced.
    """

    all_wh: Whole
    exported_wh: Whole
    known: Mask

    @classmethod
    def nothing(cls, intervals: int) -> "Made":
        """Return a plant that made nothing yet."""
        zeros = np.zeros(intervals, np.int64), np.zeros(intervals, np.int64)
        return cls(*zeros, np.zeros(intervals, bool))

    def used_for(self, use: Use) -> Whole:
        """Return what went to the grid, or for every other use what did not."""
        return self.exported_wh if use is Use.ON_GRID else self.all_wh - self.exported_wh


@dataclass
class Generation:
    """Every plant's, by meter, over the intervals of the data."""

    starts_us: Whole
    by_meter: dict[str, Made] = field(default_factory=dict)
    stores: StoreFlows = field(default_factory=StoreFlows.none)
    _alike: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)
    _counted_by: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)

    @classmethod
    def nothing(cls, site: Site, starts_us: Whole) -> "Generation":
        """Return that no plant of a site made anything in these intervals."""
        meters = (meter.id for meter in site.meters if meter.role in MAKES)
        made = {meter: Made.nothing(len(starts_us)) for meter in meters}
        return cls(starts_us, made, StoreFlows.nothing(site, starts_us))

    def add(self, found: Traced, amounts: Amounts, here: slice) -> None:
        """Add some intervals that were traced, and what the meters counted in them.

        What a store gave later is not what the plant exported: an interval exports at most what
        was made in it.
        """
        self.stores.add(found, here)
        exported = _exported(found)
        for meter, made in self.by_meter.items():
            row = amounts.meter_ids.index(meter)
            made.all_wh[here] = np.where(amounts.unknown[row], 0, amounts.wh[row])
            if meter in exported:
                made.exported_wh[here] = np.minimum(exported[meter], made.all_wh[here])
            made.known[here] = ~amounts.unknown[row] & _split_known(found, amounts, meter)

    def meters_of(self, device: str) -> list[str]:
        """Return the meters of a plant by any of its names, as `wh_of` takes them."""
        return [meter for meter in self.by_meter if is_named(meter, device)]

    def counted_by(self, device: str) -> frozenset[str]:
        """Return the meters of a plant by any of its names; a stranger counts itself."""
        if device not in self._counted_by:
            self._counted_by[device] = frozenset(self.meters_of(device)) or frozenset({device})
        return self._counted_by[device]

    def alike(self, device: str) -> frozenset[str]:
        """Return every name of what shares a meter with a device, its own among them."""
        if device not in self._alike:
            self._alike[device] = self._names_shared(device)
        return self._alike[device]

    def _names_shared(self, device: str) -> frozenset[str]:
        names, before = frozenset({device}), frozenset[str]()
        while names != before:
            before = names
            meters = {meter for name in names for meter in self.counted_by(name)}
            names |= {name for one in meters for name in (one, one.rpartition(".")[0] or one)}
        return names

    def known_of(self, device: str) -> Mask:
        """Return where all of a device and its export are known; nowhere when none is its own."""
        ones = [self.by_meter[meter].known for meter in self.meters_of(device)]
        nowhere = np.zeros(len(self.starts_us), bool)
        return np.logical_and.reduce(ones) if ones else nowhere

    def wh_of(self, device: str, use: Use, span: Interval) -> int | None:
        """Return what a device made in a span for a use; None when no meter here is its own, or
        the span begins before anything was read: what is not known is not 0.

        A device is named as its meter, or in a live park as the device whose point the meter is.
        """
        named = [made for meter, made in self.by_meter.items() if is_named(meter, device)]
        borders = [to_microseconds(span.start), to_microseconds(span.end)]
        if not named or not len(self.starts_us) or borders[0] < int(self.starts_us[0]):
            return None
        first, last = np.searchsorted(self.starts_us, borders).tolist()
        return sum(int(made.used_for(use)[first:last].sum()) for made in named)

    def of(self, device: str) -> list[Made]:
        """Return what the meters of a device counted; none where it is metered by others."""
        return [made for meter, made in self.by_meter.items() if is_named(meter, device)]


def meters_of(site: Site, device: str) -> list[Meter]:
    """Return the meters of a site that count what a device made."""
    return [one for one in site.meters if one.role in MAKES and is_named(one.id, device)]


def is_named(meter: str, device: str) -> bool:
    """Return whether a meter is a device's: by its own name, or as a point of it."""
    return device in (meter, meter.rpartition(".")[0])


def _split_known(found: Traced, amounts: Amounts, plant: str) -> Mask:
    """Return where each export that may hold a plant's power is traced, or counted as 0."""
    known = np.ones(len(found.starts_us), bool)
    reached = _reached(found.boundary, plant)
    for meter in found.boundary.of(Counts.EXPORT):
        row = amounts.meter_ids.index(meter.id)
        nothing_left = ~amounts.unknown[row] & (amounts.wh[row] == 0)
        if meter.node in reached:
            known &= found.is_known(meter.id) | nothing_left
    return known


def _reached(boundary: Boundary, meter_id: str) -> set[str]:
    """Return the nodes that a meter's power can flow to, its own among them."""
    reached = {meter.node for meter in boundary.meters if meter.id == meter_id}
    ways = {(flow.node, flow.to_node) for flow in boundary.of(Counts.FLOW)}
    while beyond := {end for start, end in ways if start in reached} - reached:
        reached |= beyond
    return reached


def _exported(found: Traced) -> dict[str, Whole]:
    """Return what was exported of each source, Wh, shape (intervals,)."""
    exported: dict[str, Whole] = {}
    for meter in found.boundary.of(Counts.EXPORT):
        for origin, wh in zip(found.origins, found.of(meter.id), strict=True):
            exported[origin.source] = exported.get(origin.source, 0) + wh
    return exported
