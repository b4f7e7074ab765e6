"""A site's meters as the boundary that is traced, and its activity data as what they counted."""

from fractions import Fraction

from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.carbon_accounting.domain.inventory.site import Meter, Role, Site
from services.carbon_accounting.domain.tracing import amounts as traced
from services.carbon_accounting.domain.tracing import boundary
from services.carbon_accounting.domain.tracing.origins import OWN_GREEN

ROLES = {
    Role.GRID_IMPORT: boundary.Role.SUPPLY,
    Role.GENERATION: boundary.Role.SUPPLY,
    Role.DIRECT_LINE: boundary.Role.SUPPLY,
    Role.CONSUMPTION: boundary.Role.LOAD,
    Role.EXPORT: boundary.Role.EXPORT,
    Role.CHARGE: boundary.Role.CHARGE,
    Role.DISCHARGE: boundary.Role.DISCHARGE,
    Role.FLOW: boundary.Role.FLOW,
}


def boundary_of(site: Site) -> boundary.Boundary:
    """Return what is traced of a site; ValueError when its meters contradict each other."""
    stores = (
        boundary.Store(
            store.id,
            Fraction(store.round_trip_efficiency),
            boundary.Allocation(store.method),
            None if store.capacity_kwh is None else round(store.capacity_kwh * 1000),
        )
        for store in site.stores
    )
    return boundary.Boundary(
        nodes=site.nodes,
        meters=tuple(_meter(meter) for meter in site.meters),
        zone=site.time_zone,
        stores=tuple(stores),
        export=boundary.ExportPolicy(site.choices.export),
    )


def _meter(meter: Meter) -> boundary.Meter:
    return boundary.Meter(
        id=meter.id,
        role=ROLES[meter.role],
        node=meter.node,
        kind=_kind(meter),
        store=meter.store or "",
        to_node=meter.to_node or "",
    )


def _kind(meter: Meter) -> str:
    """Return the kind of a supply; a direct line of fuel-fired power counts as the grid's."""
    if meter.role is Role.GRID_IMPORT:
        return "grid"
    if meter.role is Role.DIRECT_LINE:
        return f"direct-line-{meter.kind}" if meter.kind in OWN_GREEN else "grid"
    return meter.kind or ""


def amounts_of(site: Site, data: ActivityData) -> traced.Amounts:
    """Return what the site's meters counted, Wh."""
    of_meters = data.of([meter.id for meter in site.meters])
    return traced.Amounts(
        of_meters.meters, of_meters.starts_us, of_meters.amounts, ~of_meters.known
    )
