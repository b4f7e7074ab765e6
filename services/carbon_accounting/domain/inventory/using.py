"""What was traced as uses of electricity: by meter, origin and enterprise. Exports emit nothing."""

from collections.abc import Iterator

from services.carbon_accounting.domain.inventory.electricity import Use
from services.carbon_accounting.domain.inventory.owning import Owners
from services.carbon_accounting.domain.inventory.readings import ActivityData, Mask
from services.carbon_accounting.domain.inventory.site import Owner, Role, Site
from services.carbon_accounting.domain.tracing.tracing import Traced

USED, LOST, UNACCOUNTED = "electricity-use", "storage-loss", "unaccounted-load"
LOSSES, UNACCOUNTED_AT = "losses@", "unaccounted-load@"
CONSUMERS = (Role.CONSUMPTION, Role.EXPORT)


def uses_of(
    site: Site, found: Traced, owners: Owners, data: ActivityData, here: slice
) -> Iterator[Use]:
    """Yield each enterprise's part of each line by origin; `here`: the intervals of `data`.

    A use is measured where its meter is, and all that brought power into the park.
    """
    rows = data.rows
    brought = _measured_supplies(site, data, here)
    owned = {meter.id: meter.owner for meter in site.meters}
    exports = {meter.id for meter in site.meters if meter.role is Role.EXPORT}
    stores = {f"{LOSSES}{store.id}": store.owner for store in site.stores}
    for line in found.lines:
        if line.id in exports:
            continue
        owner = owned.get(line.id) or stores.get(line.id) or Owner()
        own = data.measured[rows[line.id], here] if line.id in owned else True
        for origin, wh in zip(found.origins, found.of(line.id), strict=True):
            if not wh.any():
                continue
            for enterprise, part in owners.parts(owner, wh, found.starts_us):
                if part.any():
                    yield Use(
                        line.id, enterprise, activity_of(line.id), origin, part, brought & own
                    )


def activity_of(line_id: str) -> str:
    """Return what kind of use a line is."""
    if line_id.startswith(LOSSES):
        return LOST
    return UNACCOUNTED if line_id.startswith(UNACCOUNTED_AT) else USED


def _measured_supplies(site: Site, data: ActivityData, here: slice) -> Mask:
    rows = data.rows
    supplies = [rows[meter.id] for meter in site.meters if meter.role not in CONSUMERS]
    measured: Mask = data.measured[supplies, here].all(axis=0)
    return measured
