"""The items of a park file's inventory: enterprises, meters, stores, streams, keys, products."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import cast

from services.carbon_accounting.book.site_exchange import (
    check_resource,
    level,
)
from services.carbon_accounting.book.site_values import (
    A_YEAR,
    enterprise_id,
    local_day,
    member,
    share,
    unit_of_energy,
    unit_text,
    whole_grams,
)
from services.carbon_accounting.domain.indicators.paths import Shape
from services.carbon_accounting.domain.inventory.amounts import LARGEST
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.site import (
    MAIN,
    PARK,
    Activity,
    Collection,
    Counts,
    GasBalance,
    Meter,
    Owner,
    PlannedPath,
    Product,
    Role,
    SharingKey,
    Store,
    Stream,
)
from services.energy.site import Tenant
from services.runtime.park_file_devices import read_text
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import (
    above_zero,
    between,
    decimal,
    identifier,
    not_negative,
    one_of,
    plain_text,
    yes_or_no,
)

MADE_BY = ("pv", "wind", "hydro", "biomass", "chp", "fossil")
METHODS = ("weighted_average", "fifo")
EQUIPMENT = ("kiln", "utility-boiler", "industrial-boiler")


def tenant(at: Section) -> Tenant:
    """Return an enterprise."""
    return at.build_open(
        Tenant, id=at.need("id", enterprise_id), name=read_text(at.section("name"))
    )


def meter(at: Section) -> Meter:
    """Return a meter; what belongs to its role alone is asked where it does."""
    role = at.need("role", partial(member, Role))
    makes = role in (Role.GENERATION, Role.DIRECT_LINE)
    stored = role in (Role.CHARGE, Role.DISCHARGE)
    if role is WRONG:
        at.asked += ["to", "kind", "store"]  # which of them belong here cannot be told
    return at.build(
        Meter,
        id=at.need("id", plain_text),
        role=role,
        unit=at.may("unit", unit_of_energy, "kWh"),
        counts=at.may("counts", partial(member, Counts), Counts.INTERVAL),
        node=at.may("node", identifier, MAIN),
        to_node=at.need("to", identifier) if role is Role.FLOW else None,
        kind=at.need("kind", one_of(*MADE_BY)) if makes else None,
        store=at.need("store", identifier) if stored else None,
        collection=collection(at),
        owner=_owner(at),
    )


def store(at: Section) -> Store:
    """Return a store."""
    capacity = at.may("capacity_kwh", above_zero(decimal), None)
    opening = at.may("opening_kwh", not_negative(decimal), Decimal(0))
    for key, kwh in (("capacity_kwh", capacity), ("opening_kwh", opening)):
        if kwh is not WRONG and kwh is not None and kwh * 1000 >= Decimal(LARGEST):
            at.wrong(key, f"is {kwh:g}, more than whole Wh can count", "check the unit")
    if WRONG not in (capacity, opening) and capacity is not None and opening > capacity:
        at.wrong("opening_kwh", "is more than capacity_kwh", "correct one of the two")
    return at.build(
        Store,
        id=at.need("id", identifier),
        round_trip_efficiency=at.need("round_trip_efficiency", above_zero(between(0, 1, decimal))),
        method=at.may("method", one_of(*METHODS), METHODS[0]),
        capacity_kwh=capacity,
        opening_kwh=opening,
        owner=_owner(at),
    )


UNITS_OF = {
    Activity.PROCESS: ("g",),
    Activity.CAPTURE: ("g",),
    Activity.PURCHASED_HEAT: ("Wh", "g"),
}
"""What an activity can be counted in, where that is not everything (rules C.1-C.3)."""


def stream(at: Section) -> Stream:
    """Return a stream whose unit and substance fit its activity."""
    found = _stream_as_told(at)
    if found is not WRONG:
        check_resource(at, found)
    if found is not WRONG and found.activity in UNITS_OF:
        fits = UNITS_OF[found.activity]
        if in_base(found.unit)[1] not in fits:
            such_as = " or ".join("kWh, GJ" if base == "Wh" else "t, kg" for base in fits)
            at.wrong("unit", f"cannot count {found.activity} ({found.unit!r})", f"write {such_as}")
    return found


def _stream_as_told(at: Section) -> Stream:
    return at.build(
        Stream,
        id=at.need("id", plain_text),
        activity=at.need("activity", partial(member, Activity)),
        substance=at.need("substance", plain_text),
        unit=at.need("unit", unit_text),
        counts=at.may("counts", partial(member, Counts), Counts.INTERVAL),
        equipment=at.may("equipment", one_of(*EQUIPMENT), None),
        ncv_gj=at.may("ncv_gj_per_unit", above_zero(decimal), None),
        content=at.may("content", share, Decimal(1)),
        conversion=at.may("conversion", share, Decimal(1)),
        biogenic=at.may("biogenic", yes_or_no, False),
        node=at.may("node", identifier, MAIN),
        level=level(at),
        price=at.may("price_per_unit", not_negative(decimal), None),
        collection=collection(at),
        owner=_owner(at),
    )


def collection(at: Section) -> Collection | None:
    """Return how readings come in, None where nobody says."""
    found: Collection | None = at.may("collection", partial(member, Collection), None)
    return found


def gas_balance(at: Section) -> GasBalance:
    """Return a balance of a gas."""
    since, until = at.need("since", local_day), at.need("until", local_day)
    if WRONG not in (since, until) and until <= since:
        at.wrong("until", "is not after since", "name the day after the period's last")
    grams = {
        f"{name}_g": at.need(f"{name}_kg", not_negative(whole_grams))
        for name in ("opening", "purchased", "closing", "returned")
    }
    return at.build(
        GasBalance,
        id=at.need("id", identifier),
        gas=at.need("gas", plain_text),
        since=since,
        until=until,
        **grams,
        capacity_change_g=at.may("capacity_change_kg", whole_grams, 0),
        owner=_owner(at),
    )


def _owner(at: Section) -> Owner:
    enterprise, key = at.may("enterprise", identifier, PARK), at.may("shared_by", identifier, None)
    if "enterprise" in at.entries and "shared_by" in at.entries:
        at.wrong("shared_by", "stands beside enterprise", "keep one of the two")
    return cast(Owner, WRONG) if WRONG in (enterprise, key) else Owner(enterprise, key)


def sharing_key(at: Section) -> SharingKey:
    """Return a key, from its day on."""
    weights = at.section("weights")
    shares = {name: weights.need(name, above_zero(decimal)) for name in list(weights.entries)}
    if not shares and not weights.absent:
        at.wrong("weights", "names no enterprise", "write {one: 60, another: 40}")
    return at.build(
        SharingKey,
        id=at.need("id", identifier),
        valid_from=at.may("valid_from", local_day, date.min),
        weights=WRONG if WRONG in shares.values() else shares,
    )


def product(at: Section) -> Product:
    """Return a product."""
    return at.build(
        Product,
        id=at.need("id", identifier),
        enterprise=at.need("enterprise", identifier),
        unit=at.need("unit", unit_text),
        grade_2_kgce_per_unit=at.may("grade_2_kgce_per_unit", above_zero(decimal), None),
        grade_2_source=at.may("grade_2_source", plain_text, None),
    )


def planned_path(at: Section) -> PlannedPath:
    """Return the way of an indicator."""
    base, target = at.need("base", decimal), at.need("target", decimal)
    first, last = at.need("base_year", A_YEAR), at.need("target_year", A_YEAR)
    shape = at.may("shape", one_of(*Shape), Shape.LINEAR.value)
    if WRONG not in (first, last) and last <= first:
        at.wrong("target_year", "is not after base_year", "name a later year")
    if shape == Shape.COMPOUND and WRONG not in (base, target) and min(base, target) <= 0:
        at.wrong("shape", "needs values above 0: no yearly rate leads there", "write linear")
    return at.build(
        PlannedPath,
        indicator=at.need("indicator", plain_text),
        base_year=first,
        base=base,
        target_year=last,
        target=target,
        shape=shape,
    )
