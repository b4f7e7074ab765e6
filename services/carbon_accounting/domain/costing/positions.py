"""Which position of the costs a supply belongs to: what is paid for it, and by which tariff.

A position is named as the kind of supply, `grid`, `pv`, `direct-line-wind`; of fuels and heat as
the substance. Power out of a store whose origin nobody knows is paid as the grid's, to whoever has
the store, so it changes nothing of what the park pays. What is consumed at a node beyond all meters
of supply is on no bill that we know: `unaccounted`, which has a price only if one is declared.
"""

from collections.abc import Iterator, Mapping

from services.carbon_accounting.domain.costing.declared import FEED_IN
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.site import Activity, Role, Site, Stream
from services.carbon_accounting.domain.tracing.origins import UNACCOUNTED, UNKNOWN, Origin

WH = "Wh"
GRID = "grid"
BOUGHT = frozenset({Activity.COMBUSTION, Activity.PURCHASED_HEAT})
"""What a stream has to do for us to ask for its price; others are priced where one is declared."""


def supply_positions(site: Site) -> dict[str, str]:
    """Return the position of each meter of supply, by its id."""
    found = {}
    for meter in site.meters:
        if meter.role is Role.GRID_IMPORT:
            found[meter.id] = GRID
        elif meter.role is Role.GENERATION:
            found[meter.id] = meter.kind or UNKNOWN
        elif meter.role is Role.DIRECT_LINE:
            found[meter.id] = f"direct-line-{meter.kind}"
    return found


def position_of(origin: Origin, by_meter: Mapping[str, str]) -> str:
    """Return the position of an origin."""
    if origin.kind == UNKNOWN:
        return GRID
    if origin.kind == UNACCOUNTED:
        return UNACCOUNTED
    return by_meter.get(origin.source, origin.kind)  # a store may hold what a former meter gave


def positions_of(site: Site) -> Iterator[tuple[str, str]]:
    """Yield every position that a price can be declared for, with its base unit."""
    yield from ((position, WH) for position in supply_positions(site).values())
    yield UNACCOUNTED, WH
    if any(meter.role is Role.EXPORT for meter in site.meters):
        yield FEED_IN, WH
    yield from (line_of(stream) for stream in site.streams)


def line_of(stream: Stream) -> tuple[str, str]:
    """Return position and base unit of a stream."""
    return stream.substance, in_base(stream.unit)[1]
