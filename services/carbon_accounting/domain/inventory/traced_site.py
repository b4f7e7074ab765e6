"""A site's meters as the boundary that is traced, and its activity data as what they counted."""

from fractions import Fraction

from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.carbon_accounting.domain.inventory.site import Meter, Role, Site, Store
from services.carbon_accounting.domain.tracing.amounts import Amounts
from services.carbon_accounting.domain.tracing.boundary import Allocation, Boundary, ExportPolicy
from services.carbon_accounting.domain.tracing.boundary import Meter as Register
from services.carbon_accounting.domain.tracing.boundary import Role as Counts
from services.carbon_accounting.domain.tracing.boundary import Store as Reservoir
from services.carbon_accounting.domain.tracing.origins import OWN_GREEN
from services.carbon_accounting.domain.tracing.pools import Pools

WH_PER_KWH = 1000
ROLES = {
    Role.GRID_IMPORT: Counts.SUPPLY,
    Role.GENERATION: Counts.SUPPLY,
    Role.DIRECT_LINE: Counts.SUPPLY,
    Role.CONSUMPTION: Counts.LOAD,
    Role.EXPORT: Counts.EXPORT,
    Role.CHARGE: Counts.CHARGE,
    Role.DISCHARGE: Counts.DISCHARGE,
    Role.FLOW: Counts.FLOW,
}


def boundary_of(site: Site) -> Boundary:
    """Return what is traced of a site; ValueError when its meters contradict each other."""
    stores = (
        Reservoir(
            store.id,
            Fraction(store.round_trip_efficiency),
            Allocation(store.method),
            None if store.capacity_kwh is None else round(store.capacity_kwh * WH_PER_KWH),
        )
        for store in site.stores
    )
    return Boundary(
        nodes=site.nodes,
        meters=tuple(_meter(meter) for meter in site.meters),
        zone=site.time_zone,
        stores=tuple(stores),
        export=ExportPolicy(site.choices.export),
    )


def opening_of(site: Site) -> Pools:
    """Return what the stores held before the first interval: nobody knows where it came from."""
    return Pools.of_unknown_origin({store.id: opening_wh(store) for store in site.stores})


def opening_wh(store: Store) -> int:
    """Return what a store held then, whole Wh."""
    return round(store.opening_kwh * WH_PER_KWH)


def _meter(meter: Meter) -> Register:
    return Register(
        id=meter.id,
        role=ROLES[meter.role],
        node=meter.node,
        kind=kind_of(meter),
        store=meter.store or "",
        to_node=meter.to_node or "",
    )


def kind_of(meter: Meter) -> str:
    """Return the kind of a supply; a direct line of fuel-fired power counts as the grid's."""
    if meter.role is Role.GRID_IMPORT:
        return "grid"
    if meter.role is Role.DIRECT_LINE:
        return f"direct-line-{meter.kind}" if meter.kind in OWN_GREEN else "grid"
    return meter.kind or ""


def amounts_of(site: Site, data: ActivityData) -> Amounts:
    """Return what the site's meters counted, Wh."""
    of_meters = data.of([meter.id for meter in site.meters])
    return Amounts(of_meters.meters, of_meters.starts_us, of_meters.amounts, ~of_meters.known)
