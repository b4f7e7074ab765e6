"""What was traced as uses of electricity: by meter, origin and enterprise. Exports emit nothing."""

from collections.abc import Iterator, Mapping

import numpy as np

from services.carbon_accounting.domain.inventory.electricity import Use
from services.carbon_accounting.domain.inventory.readings import ActivityData, Mask
from services.carbon_accounting.domain.inventory.site import Role as Counted
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.tracing.boundary import Role
from services.carbon_accounting.domain.tracing.sharing import LARGEST_WEIGHTS, Owners
from services.carbon_accounting.domain.tracing.tracing import Traced

USED, LOST, UNACCOUNTED = "electricity-use", "storage-loss", "unaccounted-load"
LOSSES, UNACCOUNTED_AT = "losses@", "unaccounted-load@"
CONSUMERS = (Counted.CONSUMPTION, Counted.EXPORT)
SUPPLIES = ""
"""Stands for no meter."""


def uses_of(found: Traced, owners: Owners, measured: Mapping[str, Mask]) -> Iterator[Use]:
    """Yield each enterprise's part of each line by origin; `measured` as of `measured_of`."""
    exports = {meter.id for meter in found.boundary.of(Role.EXPORT)}
    for line in found.lines:
        if line.id in exports:
            continue
        sure = measured.get(line.id, measured[SUPPLIES])
        shares = owners.shares(line.id, found.starts_us, found.of(line.id))
        for enterprise, by_origin in shares.items():
            for origin, wh in zip(found.origins, by_origin, strict=True):
                if wh.any():
                    yield Use(line.id, enterprise, activity_of(line.id), origin, wh, sure)


def unknown_of(found: Traced, owners: Owners) -> dict[str, Mask]:
    """Return where not all of an enterprise's lines are traced, for those where that is so."""
    unknown: dict[str, Mask] = {}
    for line in found.lines:
        dark = ~found.is_known(line.id)
        if dark.any():
            shares = owners.shares(line.id, found.starts_us, dark * LARGEST_WEIGHTS)
            for enterprise, part in shares.items():
                unknown[enterprise] = unknown.get(enterprise, np.zeros_like(dark)) | (part > 0)
    return unknown


def measured_of(site: Site, data: ActivityData, here: slice) -> dict[str, Mask]:
    """Return where each consumer is measured, and under SUPPLIES where all that is no consumer is.

    A use is measured where its meter is, and all that brought power into the park.
    """
    rows = data.rows
    supplies = [rows[meter.id] for meter in site.meters if meter.role not in CONSUMERS]
    brought: Mask = np.logical_and.reduce(data.measured[supplies, here])
    own = {m.id: data.measured[rows[m.id], here] & brought for m in site.meters}
    return own | {SUPPLIES: brought}


def activity_of(line_id: str) -> str:
    """Return what kind of use a line is."""
    if line_id.startswith(LOSSES):
        return LOST
    return UNACCOUNTED if line_id.startswith(UNACCOUNTED_AT) else USED
