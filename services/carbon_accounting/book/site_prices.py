"""The prices of a park file's inventory: `accounting.prices` and `accounting.charges`."""

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from itertools import combinations
from typing import cast

from services.carbon_accounting.book.site_values import local_day
from services.carbon_accounting.domain.costing.declared import (
    FEED_IN,
    MINUTES_OF_DAY,
    UNITS,
    Charge,
    Pricing,
    Tariff,
    Window,
)
from services.carbon_accounting.domain.costing.positions import GRID, WH, positions_of
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.site import PARK, Role, Site
from services.carbon_accounting.domain.tracing.origins import UNACCOUNTED, UNKNOWN
from services.carbon_accounting.domain.units import NotAUnit, UnitsDiffer
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import (
    Misread,
    between,
    identifier,
    micros,
    nearest,
    one_of,
    plain_text,
    whole,
)

MINUTE = timedelta(minutes=1)
CLOCK = re.compile(r"(\d\d):(\d\d)")
MOST_MICROS = 10**15
Span = tuple[int, int, frozenset[int]]
"""Minutes of the day [begin, end), and months, none for all."""
SEVERAL = "give the later one the day from which it holds"


def tariff(at: Section) -> Tariff:
    """Return the prices of a position."""
    price, times = at.may("price_per_unit", _price, None), at.may_sections("times")
    spans = [_span(one) for one in times]
    windows = [_window(at, span) for at, span in zip(times, spans, strict=True)]
    if price is None and not windows:
        at.wrong("price_per_unit", "is missing", "write what a unit costs, 0 where nothing")
        price = WRONG
    _check_overlaps(times, spans)
    return at.build(
        Tariff,
        position=at.need("id", plain_text),
        unit=at.may("unit", one_of(*UNITS), "kWh"),
        valid_from=at.may("valid_from", local_day, date.min),
        micros=price,
        windows=WRONG if WRONG in windows else tuple(windows),
    )


def charge(at: Section) -> Charge:
    """Return what each month is charged with."""
    if "enterprise" in at.entries and "shared_by" in at.entries:
        at.wrong("shared_by", "stands beside enterprise", "keep one of the two")
    return at.build(
        Charge,
        id=at.need("id", identifier),
        valid_from=at.may("valid_from", local_day, date.min),
        micros=at.need("price_per_month", _price),
        enterprise=at.may("enterprise", identifier, PARK),
        key=at.may("shared_by", identifier, None),
    )


def _span(at: Section) -> Span:
    """Return from which minute to which, and in which months: none for all."""
    begin, end = at.need("from", _minute), at.need("to", _minute)
    if WRONG not in (begin, end) and begin >= end:
        at.wrong("to", "is not after from", "write two times over midnight, until 24:00 and from")
        end = WRONG
    months: tuple[int, ...] = ()
    if "months" in at.entries:
        months = at.each("months", between(1, 12, whole))
    at.asked.append("months")
    return cast(Span, WRONG) if WRONG in (begin, end, months) else (begin, end, frozenset(months))


def _window(at: Section, span: Span) -> Window:
    price = at.need("price_per_unit", _price)
    begin, end, months = (WRONG, WRONG, WRONG) if span is WRONG else span
    return at.build(Window, begin=begin, end=end, micros=price, months=months)


def _price(text: str) -> int:
    """Return micros of the currency."""
    found = micros(text)
    if abs(found) > MOST_MICROS:
        raise Misread("is more than a thousand million", "check the unit")
    return found


def _minute(text: str) -> int:
    found = CLOCK.fullmatch(text)
    minute = int(found[1]) * 60 + int(found[2]) if found and int(found[2]) < 60 else -1
    if not 0 <= minute <= MINUTES_OF_DAY:
        raise Misread("is no time of the day", "write 08:00, or 24:00 for its end")
    return minute


def _check_overlaps(times: Sequence[Section], spans: Sequence[Span]) -> None:
    found = [(at, one) for at, one in zip(times, spans, strict=True) if one is not WRONG]
    for (_, (begin, end, months)), (at, (its_begin, its_end, its_months)) in combinations(found, 2):
        share_months = months & its_months or not (months and its_months)
        if share_months and begin < its_end and its_begin < end:
            at.wrong("from", "lies in another of the times", "give each minute one price")


def pricing_of(
    accounting: Section, tariffs: Sequence[Tariff], charges: Sequence[Charge], step: timedelta
) -> Pricing:
    """Return all of it, checked against itself; WRONG where a part is."""
    ats = {name: accounting.may_sections(name) for name in ("prices", "charges")}
    _check_twice(ats["prices"], [t if t is WRONG else (t.line, t.valid_from) for t in tariffs])
    _check_twice(ats["charges"], [c if c is WRONG else (c.id, c.valid_from) for c in charges])
    if step is not WRONG:
        for at, one in zip(ats["prices"], tariffs, strict=True):
            if one is not WRONG and any(_is_off(window, step) for window in one.windows):
                at.wrong("times", f"changes within an interval of {step}", "change at its end")
    if WRONG in (*tariffs, *charges):
        return cast(Pricing, WRONG)
    return Pricing(tuple(tariffs), tuple(charges))


def _is_off(window: Window, step: timedelta) -> bool:
    return any(minute * MINUTE % step for minute in (window.begin, window.end))


def _check_twice(ats: Sequence[Section], names: Sequence[object]) -> None:
    seen: list[object] = []
    for at, name in zip(ats, names, strict=True):
        if name is not WRONG and name in seen:
            at.wrong("valid_from", "has two prices from one day on", SEVERAL)
        seen.append(name)


def check_charges(accounting: Section, enterprises: Sequence[str], keys: Sequence[str]) -> None:
    """Report charges that nobody can pay, by the names as they stand in the file."""
    for at in accounting.may_sections("charges"):
        for key, known in (("enterprise", enterprises), ("shared_by", keys)):
            name = at.scalar(key)
            if name is not None and name not in known:
                at.wrong(key, f"names {name!r}", nearest(name, known))


def check_positions(
    accounting: Section, meters: Sequence[Section], streams: Sequence[Section]
) -> None:
    """Report prices of what the park does not have, whatever else of it cannot be read."""
    known = {(name, WH) for at in meters for name in _positions_of_meter(at)}
    known |= {(UNACCOUNTED, WH), *(line for at in streams for line in _lines_of_stream(at))}
    for at in accounting.may_sections("prices"):
        name, unit = at.scalar("id"), at.scalar("unit") or "kWh"
        for key, what, cure in wrong_line(name, unit, known) if name and unit in UNITS else ():
            at.wrong("id" if key == "position" else key, what, cure)
    for at in accounting.may_sections("charges"):
        if at.scalar("id") in {position for position, _ in known}:
            at.wrong("id", "is the name of a position", "give the charge another")


def _positions_of_meter(at: Section) -> set[str]:
    """Return the positions of a meter as the file tells it; of a role that is none, all."""
    kind, role = at.scalar("kind") or UNKNOWN, at.scalar("role")
    by_role = {
        Role.GRID_IMPORT.value: {GRID},
        Role.GENERATION.value: {kind},
        Role.DIRECT_LINE.value: {f"direct-line-{kind}"},
        Role.EXPORT.value: {FEED_IN},
    }
    every = {name for names in by_role.values() for name in names}
    return by_role.get(role or "", set()) if role in {*Role} else every


def _lines_of_stream(at: Section) -> Iterator[tuple[str, str]]:
    """Yield position and base unit of a stream; of a unit that is none, each that there is."""
    substance, unit = at.scalar("substance") or "", at.scalar("unit") or ""
    with suppress(NotAUnit, UnitsDiffer):
        yield substance, in_base(unit)[1]
        return
    yield from ((substance, base) for base in UNITS.values())


def check_pricing(accounting: Section, site: Site) -> None:
    """Report prices of what the park does not have, its devices' registers counted as meters."""
    known = {*positions_of(site)}
    for at, one in zip(accounting.may_sections("prices"), site.pricing.tariffs, strict=True):
        for key, what, cure in wrong_line(one.position, one.unit, known):
            at.wrong("id" if key == "position" else key, what, cure)


def wrong_line(
    position: str, unit: str, known: Collection[tuple[str, str]]
) -> Iterator[tuple[str, str, str]]:
    """Yield (field, what, cure) where the park has no such position, or counts it otherwise."""
    units = [base for name, base in sorted(known) if name == position]
    if not units:
        names = sorted({name for name, _ in known})
        yield "position", f"is {position!r}, which the park does not have", nearest(position, names)
    elif UNITS[unit] not in units:
        per = " or ".join(name for name, base in UNITS.items() if base in units)
        yield "unit", f"is {unit!r}, in which {position} is not counted", f"give a price per {per}"
