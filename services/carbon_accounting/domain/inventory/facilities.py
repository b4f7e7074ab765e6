"""What is wrong with facilities registered for GEC, held against the meters of the park.

Each facility and each use is metered by itself (rules D.2). A meter tells what of a plant's power
went to the grid and what did not: so a device has at most two facilities, one of each.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.carbon_accounting.domain.certificates.gec import Technology, Use
from services.carbon_accounting.domain.inventory.gec_months import Registered
from services.carbon_accounting.domain.inventory.generating import MAKES, is_named
from services.carbon_accounting.domain.inventory.site import Meter, Role, Site

TECHNOLOGIES = {
    "pv": Technology.SOLAR,
    "wind": Technology.WIND,
    "hydro": Technology.HYDRO,
    "biomass": Technology.BIOMASS,
}
"""What the kinds of a park file's plants are; every other kind burns fuel."""
TAKES = frozenset({Role.GRID_IMPORT, Role.CONSUMPTION, Role.FLOW})
"""Roles of meters that may tell what a plant took from the grid."""


@dataclass(frozen=True, slots=True)
class Odd:
    """One thing wrong with the facility `number` (from 0): `what` is said of its field."""

    number: int
    field: str
    what: str
    cure: str


def odd_facilities(site: Site, registered: Sequence[Registered]) -> Iterator[Odd]:
    """Yield everything that is wrong with them, facility by facility."""
    before: dict[tuple[str, bool], int] = {}
    for number, one in enumerate(registered):
        yield from _odd_device(site, number, one)
        yield from _odd_off_take(site, number, registered)
        yield from _metered_twice(site, number, one, before)


def _odd_device(site: Site, number: int, one: Registered) -> Iterator[Odd]:
    facility = one.facility
    meters = _meters_of(site, facility.device)
    if not meters:
        known = ", ".join(meter.id for meter in site.meters if meter.role in MAKES) or "none"
        what = f"is {facility.device!r}, no generation or direct-line meter of the park"
        yield Odd(number, "device", what, f"name one of its meters: {known}")
    for meter in meters:
        if TECHNOLOGIES.get(meter.kind or "", Technology.FOSSIL) is not facility.plant.technology:
            what = f"is {str(facility.plant.technology)!r}, and the park file says {meter.kind!r}"
            yield Odd(number, "technology", what, f"say of {meter.id} the same in both")
    if facility.use is Use.ON_GRID and not any(m.role is Role.EXPORT for m in site.meters):
        what = "is 'on-grid', and no meter of the park counts export"
        yield Odd(number, "use", what, "meter the export; what nothing counts is not known")


def _odd_off_take(site: Site, number: int, registered: Sequence[Registered]) -> Iterator[Odd]:
    one, device = registered[number], registered[number].facility.device
    if one.off_take is None:
        if any(other.off_take and other.facility.device == device for other in registered):
            what = "is empty, and another facility of the device names one"
            cure = "meter the storage, or certify the export alone"
            yield Odd(number, "off_take", what, cure)
        return
    roles = {meter.id: meter.role for meter in site.meters}
    if roles.get(one.off_take) not in TAKES:
        what = f"is {one.off_take!r}, no meter of the park that counts what a plant takes"
        yield Odd(number, "off_take", what, f"name one of {', '.join(sorted(TAKES))}")
    if one.facility.use is not Use.ON_GRID:
        what = f"is {one.off_take!r}, which the rules take off the export alone"
        yield Odd(number, "off_take", what, "meter the storage, or certify the export alone")
    if any(other.off_take == one.off_take for other in registered[:number]):
        what = f"is {one.off_take!r} a second time"
        yield Odd(number, "off_take", what, "meter what each plant takes by itself")


def _metered_twice(
    site: Site, number: int, one: Registered, before: dict[tuple[str, bool], int]
) -> Iterator[Odd]:
    """Yield where a meter's export, or the rest of its power, is a facility already."""
    exports = one.facility.use is Use.ON_GRID
    for meter in _meters_of(site, one.facility.device):
        if (meter.id, exports) in before:
            told = "went to the grid" if exports else "did not go to the grid"
            what = f"is {one.facility.device!r}, and what of {meter.id} {told} is certified already"
            yield Odd(number, "device", what, "meter each use by itself, with a meter of its own")
        before[meter.id, exports] = number


def _meters_of(site: Site, device: str) -> list[Meter]:
    return [one for one in site.meters if one.role in MAKES and is_named(one.id, device)]
