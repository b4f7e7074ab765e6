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
from services.carbon_accounting.domain.tracing.amounts import Amounts
from services.carbon_accounting.domain.tracing.boundary import Role as Counts
from services.carbon_accounting.domain.tracing.tracing import Traced
from services.energy.time_grid import Interval, to_microseconds

MAKES = frozenset({Role.GENERATION, Role.DIRECT_LINE})


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """One plant's power by interval, Wh: all of it and what went to the grid; 0 where unknown.

    `known` says where both are: its meter counted and, where the park exports, all was traced.
    """

    all_wh: Whole
    exported_wh: Whole
    known: Mask

    @classmethod
    def nothing(cls, intervals: int) -> "Made":
        """Return a plant that made nothing yet."""
        all_wh, exported_wh = np.zeros(intervals, np.int64), np.zeros(intervals, np.int64)
        return cls(all_wh, exported_wh, np.zeros(intervals, np.bool_))

    def used_for(self, use: Use) -> Whole:
        """Return what went to the grid, or for every other use what did not."""
        return self.exported_wh if use is Use.ON_GRID else self.all_wh - self.exported_wh


@dataclass
class Generation:
    """Every plant's, by meter, over the intervals of the data."""

    starts_us: Whole
    by_meter: dict[str, Made] = field(default_factory=dict)

    @classmethod
    def nothing(cls, site: Site, starts_us: Whole) -> "Generation":
        """Return that no plant of a site made anything in these intervals."""
        meters = (meter.id for meter in site.meters if meter.role in MAKES)
        return cls(starts_us, {meter: Made.nothing(len(starts_us)) for meter in meters})

    def add(self, found: Traced, amounts: Amounts, here: slice) -> None:
        """Add some intervals that were traced, and what the meters counted in them.

        What a store gave later is not what the plant exported: an interval exports at most what
        was made in it.
        """
        exported, split = _exported(found), _split_known(found)
        for meter, made in self.by_meter.items():
            row = amounts.meter_ids.index(meter)
            made.all_wh[here] = np.where(amounts.unknown[row], 0, amounts.wh[row])
            made.known[here] = ~amounts.unknown[row] & split
            if meter in exported:
                made.exported_wh[here] = np.minimum(exported[meter], made.all_wh[here])

    def wh_of(self, device: str, use: Use, span: Interval) -> int | None:
        """Return what a device made in a span for a use; None when no meter here is its own, or
        the span begins before anything was read: what is not known is not 0.

        A device is named as its meter, or in a live park as the device whose point the meter is.
        """
        named = self.of(device)
        borders = [to_microseconds(span.start), to_microseconds(span.end)]
        if not named or not len(self.starts_us) or borders[0] < int(self.starts_us[0]):
            return None
        first, last = np.searchsorted(self.starts_us, borders).tolist()
        return sum(int(made.used_for(use)[first:last].sum()) for made in named)

    def of(self, device: str) -> list[Made]:
        """Return what the meters of a device counted; none where it is metered by others."""
        return [made for meter, made in self.by_meter.items() if _is(meter, device)]


def meters_of(site: Site, device: str) -> list[Meter]:
    """Return the meters of a site that count what a device made."""
    return [one for one in site.meters if one.role in MAKES and _is(one.id, device)]


def _is(meter: str, device: str) -> bool:
    return device in (meter, meter.rpartition(".")[0])


def _split_known(found: Traced) -> Mask:
    """Return where it is known what went to the grid: everywhere in a park that exports nothing."""
    if not [*found.boundary.of(Counts.EXPORT)]:
        return np.ones(len(found.starts_us), np.bool_)
    dark: Mask = np.logical_or.reduce(found.untraced)
    return ~dark


def _exported(found: Traced) -> dict[str, Whole]:
    """Return what was exported of each source, Wh, shape (intervals,)."""
    exported: dict[str, Whole] = {}
    for meter in found.boundary.of(Counts.EXPORT):
        for origin, wh in zip(found.origins, found.of(meter.id), strict=True):
            exported[origin.source] = exported.get(origin.source, 0) + wh
    return exported
