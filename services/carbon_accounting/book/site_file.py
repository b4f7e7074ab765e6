"""The park file as the inventory reads it: `park`, `tenants` and `accounting`; or every mistake.

The other sections of a park file are the live system's: they are looked at only where the
inventory declares no meters of its own, whose place its devices' registers take then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from services.carbon_accounting.book.devices import meters_of, stores_of, streams_of
from services.carbon_accounting.book.site_exchange import (
    check_exchange,
    connection,
)
from services.carbon_accounting.book.site_items import (
    collection,
    gas_balance,
    meter,
    planned_path,
    product,
    sharing_key,
    store,
    stream,
    tenant,
)
from services.carbon_accounting.book.site_prices import (
    charge,
    check_charges,
    check_positions,
    check_pricing,
    pricing_of,
    tariff,
)
from services.carbon_accounting.book.site_references import (
    check_enterprises,
    check_references,
    ids_of,
)
from services.carbon_accounting.book.site_values import (
    A_YEAR,
    interval_length,
    ledger,
    local_day,
    member,
    share,
)
from services.carbon_accounting.domain.inventory.owning import owners_of
from services.carbon_accounting.domain.inventory.site import (
    MAIN,
    PARK,
    Activity,
    Choices,
    Collection,
    Counts,
    Site,
)
from services.carbon_accounting.domain.inventory.traced_site import boundary_of
from services.carbon_accounting.domain.ledgers import LIVE_LEDGERS, Ledger
from services.carbon_accounting.domain.matching.periods import Granularity
from services.runtime.park_file import ParkFileError, load_park
from services.runtime.park_file_devices import read_text
from services.runtime.park_file_sections import WRONG, Mistake, Section, open_file
from services.runtime.park_file_values import (
    Reader,
    above_zero,
    currency,
    decimal,
    identifier,
    not_negative,
    one_of,
    plain_text,
    time_zone,
    yes_or_no,
)

T = TypeVar("T")
QUARTER = timedelta(minutes=15)
GREEN = ("green_first", "proportional")


class BadSite(Exception):
    """Everything wrong with a park file, one mistake a line, in the order of the file."""

    def __init__(self, file: str, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = sorted(set(mistakes))
        told = (f"{file}:{m.line}: {m.path or 'file'} {m.what} - {m.cure}" for m in self.mistakes)
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
    if mistakes or site is WRONG or top is None:
        raise BadSite(path.name, mistakes)
    if "meters" not in _accounting(top).entries and not _is_declared(top, site):
        site = _of_devices(path, top, site)
    check_pricing(_accounting(top), site)
    if mistakes:
        raise BadSite(path.name, mistakes)
    return site


def _is_declared(top: Section, site: Site) -> bool:
    """Whether streams say all there is: other resources stand beside the devices' registers."""
    resources = all(one.activity is Activity.RESOURCE for one in site.streams)
    return bool(site.streams) and not (resources and "devices" in top.entries)


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
    counts, default = Counts(at.scalar("counts") or Counts.INTERVAL), collection(at)
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
        pricing=replace(site.pricing, feed_in_micros=park.connection.feed_in_price_micros_per_kwh),
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
        "meters": (of.may_sections("meters"), meter),
        "stores": (of.may_sections("stores"), store),
        "streams": (of.may_sections("streams"), stream),
        "gas_balances": (of.may_sections("gas_balances"), gas_balance),
        "keys": (of.may_sections("keys"), sharing_key),
        "products": (of.may_sections("products"), product),
        "connections": (of.may_sections("connections"), connection),
        "paths": (of.may_sections("paths"), planned_path),
    }
    read: dict[str, list[Any]] = {
        n: [reader(at) for at in ats] for n, (ats, reader) in lists.items()
    }
    enterprises = [tenant(at) for at in tenants]
    check_enterprises(tenants, enterprises)
    of.may("counts", partial(member, Counts), Counts.INTERVAL)
    nodes = _may_each(of, "nodes", identifier, (MAIN,))
    sections = {"tenants": tenants, **{name: ats for name, (ats, _) in lists.items()}}
    check_references(sections, read, [t for t in enterprises if t is not WRONG], nodes)
    unread = ids_of(
        [at for at, one in zip(sections["streams"], read["streams"], strict=True) if one is WRONG]
    )
    check_exchange(of, sections["connections"], read, of.scalar("least_difference_k"), unread)
    prices = [tariff(at) for at in of.may_sections("prices")]
    charges = [charge(at) for at in of.may_sections("charges")]
    check_charges(of, [PARK, *ids_of(tenants)], ids_of(sections["keys"]))
    if "meters" in of.entries or "devices" not in top.entries:
        check_positions(of, sections["meters"], sections["streams"])
    choices, step = _choices(of), of.may("interval", interval_length, QUARTER)
    _check_matching(of, step)
    default = collection(of)
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
        pricing=pricing_of(of, prices, charges, step),
        does_not_apply=_does_not_apply(of),
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
    ledgers = _may_each(at, "ledgers", ledger, LIVE_LEDGERS)
    if ledgers is not WRONG and (not ledgers or len({*ledgers}) < len(ledgers)):
        at.wrong("ledgers", "is empty or names one twice", "name each ledger to book once")
    return ledgers


def _may_each(at: Section, key: str, reader: Reader[T], default: tuple[T, ...]) -> tuple[T, ...]:
    if key in at.entries:
        return at.each(key, reader)
    at.asked.append(key)
    return default


def _does_not_apply(of: Section) -> dict[str, str]:
    """Return why guiding indicators do not apply, by id; whether there are such is seen later."""
    if (at := of.may_section("does_not_apply")) is None:
        return {}
    reasons = {name: at.need(name, plain_text) for name in [*at.entries]}
    return cast("dict[str, str]", WRONG) if WRONG in reasons.values() else reasons


def _check_matching(of: Section, step: timedelta) -> None:
    matching = of.scalar("matching") or Granularity.YEARLY
    if matching not in {*Granularity} or step is WRONG:
        return
    longest_us = Granularity(matching).longest_us
    if longest_us is not None and step > timedelta(microseconds=longest_us):
        what = f"is finer than the intervals of {step}"
        of.wrong("matching", what, "match hourly, monthly or yearly, or give shorter intervals")


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
        "indicators_as_of": at.may("indicators_as_of", local_day, None),
        "gwp": at.may("gwp", one_of("AR5", "AR6"), "AR6"),
        "least_difference_k": at.may("least_difference_k", above_zero(decimal), None),
        "balance_tolerance": at.may("balance_tolerance", share, Decimal("0.01")),
    }
    return cast(Choices, WRONG) if WRONG in values.values() else Choices(**values)
