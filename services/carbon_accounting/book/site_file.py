"""The park file as the inventory reads it: `park`, `tenants` and `accounting`; or every mistake.

The other sections of a park file are the live system's: they are looked at only where the
inventory declares no meters of its own, whose place its devices' registers take then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from services.carbon_accounting.book.devices import meters_of, stores_of, streams_of
from services.carbon_accounting.book.site_exchange import (
    check_exchange,
    check_resource,
    connection,
    level,
)
from services.carbon_accounting.book.site_references import check_references
from services.carbon_accounting.domain.indicators.paths import Shape
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.owning import owners_of
from services.carbon_accounting.domain.inventory.site import (
    MAIN,
    PARK,
    Activity,
    Choices,
    Collection,
    Counts,
    GasBalance,
    Meter,
    Owner,
    PlannedPath,
    Product,
    Role,
    SharingKey,
    Site,
    Store,
    Stream,
)
from services.carbon_accounting.domain.inventory.traced_site import boundary_of
from services.carbon_accounting.domain.ledgers import LIVE_LEDGERS, Ledger
from services.carbon_accounting.domain.matching.periods import Granularity
from services.carbon_accounting.domain.units import NotAUnit, UnitsDiffer, ratio
from services.energy.site import Tenant
from services.runtime.park_file import ParkFileError, load_park
from services.runtime.park_file_devices import read_text
from services.runtime.park_file_sections import WRONG, Mistake, Section, open_file
from services.runtime.park_file_values import (
    Misread,
    Reader,
    above_zero,
    between,
    currency,
    decimal,
    duration,
    identifier,
    not_negative,
    one_of,
    plain_text,
    time_zone,
    whole,
    yes_or_no,
)

T = TypeVar("T")
QUARTER = timedelta(minutes=15)
MADE_BY = ("pv", "wind", "hydro", "biomass", "chp", "fossil")
A_YEAR = between(1990, 2100, whole)
METHODS = ("weighted_average", "fifo")
EQUIPMENT = ("kiln", "utility-boiler", "industrial-boiler")
GREEN = ("green_first", "proportional")


class BadSite(Exception):
    """Everything wrong with a park file, one mistake a line, in the order of the file."""

    def __init__(self, file: str, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = sorted(set(mistakes))
        told = (f"{file}:{m.line}: {m.path} {m.what} - {m.cure}" for m in self.mistakes)
        super().__init__("\n".join(told))


def load_site(path: Path) -> Site:
    """Return what a park file says of its inventory; BadSite with every mistake."""
    mistakes: list[Mistake] = []
    try:
        top = open_file(path, mistakes)
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise BadSite(path.name, [Mistake(1, "file", what, "check the path")]) from None
    site = cast(Site, WRONG) if top is None else _read(top)
    if top is not None and not mistakes and site is not WRONG:
        mistakes += _contradictions(site, _accounting(top).line)
    if mistakes or site is WRONG:
        raise BadSite(path.name, mistakes)
    if top is None or "meters" in _accounting(top).entries or site.streams:
        return site
    return _of_devices(path, top, site)


def _of_devices(path: Path, top: Section, site: Site) -> Site:
    """Return the inventory of a live park file that declares no meters: its devices'."""
    at = _accounting(top)
    if "devices" not in top.entries:
        what, cure = "names no meter", "declare the meters that are accounted for"
        raise BadSite(path.name, [Mistake(at.line, "accounting.meters", what, cure)])
    try:
        park = load_park(path)
    except ParkFileError as error:
        raise BadSite(path.name, error.mistakes) from None
    counts, default = Counts(at.scalar("counts") or Counts.INTERVAL), _collection(at)
    return replace(
        site,
        meters=_collected([*meters_of(park, counts)], default),
        stores=tuple(stores_of(park)),
        streams=(*site.streams, *_collected([*streams_of(park, counts)], default)),
        choices=replace(
            site.choices,
            region=at.scalar("region") or park.carbon.grid_region,
            factor_year=site.choices.factor_year or park.carbon.factor_year,
        ),
    )


def _contradictions(site: Site, line: int) -> Iterable[Mistake]:
    """Yield what no single key of the file shows, but meters, stores and keys together."""
    for check in (boundary_of, owners_of):
        try:
            check(site)
        except ValueError as error:
            yield Mistake(line, "accounting", f"contradicts itself: {error}", "correct that part")


def _read(top: Section) -> Site:
    park, accounting = top.section("park"), _accounting(top)
    tenants, of = top.may_sections("tenants"), accounting
    lists = {
        "meters": (of.may_sections("meters"), _meter),
        "stores": (of.may_sections("stores"), _store),
        "streams": (of.may_sections("streams"), _stream),
        "gas_balances": (of.may_sections("gas_balances"), _gas_balance),
        "keys": (of.may_sections("keys"), _key),
        "products": (of.may_sections("products"), _product),
        "connections": (of.may_sections("connections"), connection),
        "paths": (of.may_sections("paths"), _path),
    }
    read: dict[str, list[Any]] = {
        n: [reader(at) for at in ats] for n, (ats, reader) in lists.items()
    }
    enterprises = [_tenant(at) for at in tenants]
    of.may("counts", partial(_member, Counts), Counts.INTERVAL)
    nodes = _may_each(of, "nodes", identifier, (MAIN,))
    if nodes is not WRONG:
        sections = {name: ats for name, (ats, _) in lists.items()}
        check_references(sections, read, [t for t in enterprises if t is not WRONG], nodes)
    check_exchange(of, lists["connections"][0], read, of.scalar("least_difference_k"))
    choices, step = _choices(of), of.may("interval", _step, QUARTER)
    _check_matching(of, choices, step)
    default = _collection(of)
    parts = {name: WRONG if WRONG in ones else tuple(ones) for name, ones in read.items()}
    for name in ("meters", "streams"):
        if parts[name] is not WRONG and default is not WRONG:
            parts[name] = _collected(parts[name], default)
    return accounting.build(
        Site,
        id=park.need("id", identifier),
        name=read_text(park.section("name")),
        time_zone=park.need("time_zone", time_zone),
        currency=park.need("currency", currency),
        step=step,
        enterprises=WRONG if WRONG in enterprises else tuple(enterprises),
        nodes=nodes,
        choices=choices,
        ledgers=_ledgers(of),
        **parts,
    )


def _collected(ones: Sequence[Any], default: Collection | None) -> tuple[Any, ...]:
    """Return meters or streams; those that do not say how they are read are read as the park is."""
    return tuple(replace(one, collection=one.collection or default) for one in ones)


def _accounting(top: Section) -> Section:
    """Return the section of the inventory, which a live park file may leave out."""
    if "devices" in top.entries:
        return top.may_section("accounting") or Section("accounting", top.line, top.mistakes, {})
    return top.section("accounting")


def _ledgers(at: Section) -> tuple[Ledger, ...]:
    ledgers = _may_each(at, "ledgers", _ledger, LIVE_LEDGERS)
    if ledgers is not WRONG and (not ledgers or len({*ledgers}) < len(ledgers)):
        at.wrong("ledgers", "is empty or names one twice", "name each ledger to book once")
    return ledgers


def _may_each(at: Section, key: str, reader: Reader[T], default: tuple[T, ...]) -> tuple[T, ...]:
    if key in at.entries:
        return at.each(key, reader)
    at.asked.append(key)
    return default


def _check_matching(of: Section, choices: Choices, step: timedelta) -> None:
    if choices is WRONG or step is WRONG:
        return
    longest_us = Granularity(choices.matching).longest_us
    if longest_us is not None and step > timedelta(microseconds=longest_us):
        what = f"is finer than the intervals of {step}"
        of.wrong("matching", what, "match hourly, monthly or yearly, or give shorter intervals")


def _tenant(at: Section) -> Tenant:
    return at.build_open(
        Tenant, id=at.need("id", _enterprise_id), name=read_text(at.section("name"))
    )


def _meter(at: Section) -> Meter:
    role = at.need("role", partial(_member, Role))
    makes = role in (Role.GENERATION, Role.DIRECT_LINE)
    stored = role in (Role.CHARGE, Role.DISCHARGE)
    if role is WRONG:
        at.asked += ["to", "kind", "store"]  # which of them belong here cannot be told
    return at.build(
        Meter,
        id=at.need("id", plain_text),
        role=role,
        unit=at.may("unit", _unit_of_energy, "kWh"),
        counts=at.may("counts", partial(_member, Counts), Counts.INTERVAL),
        node=at.may("node", identifier, MAIN),
        to_node=at.need("to", identifier) if role is Role.FLOW else None,
        kind=at.need("kind", one_of(*MADE_BY)) if makes else None,
        store=at.need("store", identifier) if stored else None,
        collection=_collection(at),
        owner=_owner(at),
    )


def _store(at: Section) -> Store:
    capacity = at.may("capacity_kwh", above_zero(decimal), None)
    opening = at.may("opening_kwh", not_negative(decimal), Decimal(0))
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


def _stream(at: Section) -> Stream:
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
        activity=at.need("activity", partial(_member, Activity)),
        substance=at.need("substance", plain_text),
        unit=at.need("unit", _unit),
        counts=at.may("counts", partial(_member, Counts), Counts.INTERVAL),
        equipment=at.may("equipment", one_of(*EQUIPMENT), None),
        ncv_gj=at.may("ncv_gj_per_unit", above_zero(decimal), None),
        content=at.may("content", _share, Decimal(1)),
        conversion=at.may("conversion", _share, Decimal(1)),
        biogenic=at.may("biogenic", yes_or_no, False),
        node=at.may("node", identifier, MAIN),
        level=level(at),
        price=at.may("price_per_unit", not_negative(decimal), None),
        collection=_collection(at),
        owner=_owner(at),
    )


def _collection(at: Section) -> Collection | None:
    found: Collection | None = at.may("collection", partial(_member, Collection), None)
    return found


def _gas_balance(at: Section) -> GasBalance:
    since, until = at.need("since", _date), at.need("until", _date)
    if WRONG not in (since, until) and until <= since:
        at.wrong("until", "is not after since", "name the day after the period's last")
    grams = {
        f"{name}_g": at.need(f"{name}_kg", not_negative(_grams))
        for name in ("opening", "purchased", "closing", "returned")
    }
    return at.build(
        GasBalance,
        id=at.need("id", identifier),
        gas=at.need("gas", plain_text),
        since=since,
        until=until,
        **grams,
        capacity_change_g=at.may("capacity_change_kg", _grams, 0),
        owner=_owner(at),
    )


def _owner(at: Section) -> Owner:
    enterprise, key = at.may("enterprise", identifier, PARK), at.may("shared_by", identifier, None)
    if "enterprise" in at.entries and "shared_by" in at.entries:
        at.wrong("shared_by", "stands beside enterprise", "keep one of the two")
    return cast(Owner, WRONG) if WRONG in (enterprise, key) else Owner(enterprise, key)


def _key(at: Section) -> SharingKey:
    weights = at.section("weights")
    shares = {name: weights.need(name, above_zero(decimal)) for name in list(weights.entries)}
    if not shares and not weights.absent:
        at.wrong("weights", "names no enterprise", "write {one: 60, another: 40}")
    return at.build(
        SharingKey,
        id=at.need("id", identifier),
        valid_from=at.may("valid_from", _date, date.min),
        weights=WRONG if WRONG in shares.values() else shares,
    )


def _product(at: Section) -> Product:
    return at.build(
        Product,
        id=at.need("id", identifier),
        enterprise=at.need("enterprise", identifier),
        unit=at.need("unit", _unit),
        grade_2_kgce_per_unit=at.may("grade_2_kgce_per_unit", above_zero(decimal), None),
        grade_2_source=at.may("grade_2_source", plain_text, None),
    )


def _path(at: Section) -> PlannedPath:
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


def _choices(at: Section) -> Choices:
    values: dict[str, Any] = {
        "region": at.may("region", plain_text, "CN"),
        "factor_year": at.may("factor_year", A_YEAR, None),
        "acceptance_factor_year": at.may("acceptance_factor_year", A_YEAR, 2022),
        "annual_energy_tce": at.may("annual_energy_tce", not_negative(decimal), None),
        "export": at.may("export", one_of(*GREEN), GREEN[0]),
        "gec_counts_in_park_core": at.may("gec_counts_in_park_core", yes_or_no, False),
        "market": at.may("market", plain_text, "CN"),
        "matching": at.may("matching", one_of(*Granularity), Granularity.YEARLY.value),
        "indicators_as_of": at.may("indicators_as_of", _date, None),
        "gwp": at.may("gwp", one_of("AR5", "AR6"), "AR6"),
        "least_difference_k": at.may("least_difference_k", above_zero(decimal), None),
        "balance_tolerance": at.may("balance_tolerance", _share, Decimal("0.01")),
    }
    return cast(Choices, WRONG) if WRONG in values.values() else Choices(**values)


def _member(kind: Any, text: str) -> Any:
    return kind(one_of(*kind)(text))


def _ledger(text: str) -> Ledger:
    keys = {ledger.key: ledger for ledger in Ledger}
    return keys[one_of(*keys)(text)]


def _step(text: str) -> timedelta:
    step = duration(text)
    if timedelta(hours=1) % step:
        raise Misread(
            "does not divide an hour", "write 15min, 30min, 1h or another part of an hour"
        )
    return step


def _unit(text: str) -> str:
    return _unit_like(text, ("Wh", "g", "dm3", "Ndm3", "pcs"), "kWh, GJ, t, m3, Nm3, pcs")


def _unit_of_energy(text: str) -> str:
    return _unit_like(text, ("Wh",), "kWh or MWh")


def _unit_like(text: str, bases: Sequence[str], such_as: str) -> str:
    for base in bases:
        try:
            ratio(text, base)
        except UnitsDiffer:
            continue
        except NotAUnit:
            break
        return text
    raise Misread("is no unit that fits here", f"write one such as {such_as}")


def _grams(text: str) -> int:
    grams = decimal(text) * 1000
    if grams != grams.to_integral_value():
        raise Misread("has more than three decimals", "write whole grams of it")
    return int(grams)


def _share(text: str) -> Decimal:
    return between(0, 1, decimal)(text)


def _enterprise_id(text: str) -> str:
    if identifier(text) == PARK:
        raise Misread("is the park itself", "give the enterprise another id")
    return text


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Misread("is not a date", "write 2024-01-31") from None
