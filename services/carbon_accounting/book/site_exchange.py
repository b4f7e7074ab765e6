"""The keys of resources and of their exchange in a park file: levels, prices, connections."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.exchanging import FAMILIES, Family
from services.carbon_accounting.domain.inventory.resource_streams import (
    carrier_and_role,
    is_resource,
)
from services.carbon_accounting.domain.inventory.site import Connection, Stream
from services.carbon_accounting.domain.resources.carriers import Carrier, Role
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import (
    above_zero,
    between,
    decimal,
    nearest,
    not_negative,
    plain_text,
    whole,
)

COLDEST_C, HOTTEST_C = -273, 3000
LEVELS = ("temperature_c", "quality_class")


def level(at: Section) -> Decimal | None:
    """Return the temperature or the quality class, whichever stands there."""
    degrees = at.may("temperature_c", between(COLDEST_C, HOTTEST_C, decimal), None)
    quality = at.may("quality_class", above_zero(_whole), None)
    if None not in (degrees, quality):
        at.wrong("quality_class", "stands beside temperature_c", "keep one of the two")
    return degrees if quality is None else quality


def _whole(text: str) -> Decimal:
    return Decimal(whole(text))


def connection(at: Section) -> Connection:
    """Return a connection; whether its ends exist is seen later."""
    return at.build(
        Connection,
        source=at.need("from", plain_text),
        demand=at.need("to", plain_text),
        cost_per_year=at.need("cost_per_year", not_negative(decimal)),
        running=at.may("running_per_unit", not_negative(decimal), Decimal(0)),
        loss=at.may("loss", between(0, 0.99, decimal), Decimal(0)),
    )


def check_resource(at: Section, stream: Stream) -> None:
    """Report a role or a unit that its carrier does not have, and a level that does not belong."""
    if is_resource(stream):
        carrier, _, role = stream.substance.partition(".")
        if role not in {*Role}:
            known = [f"{carrier}.{one}" for one in Role]
            at.wrong("substance", f"is {stream.substance!r}", nearest(stream.substance, known))
            return
        if in_base(stream.unit)[1] != Carrier(carrier).base_unit:
            what = f"cannot count {carrier} ({stream.unit!r})"
            at.wrong("unit", what, f"write one that is so many {Carrier(carrier).base_unit}")
    _check_level(at, stream)


def _check_level(at: Section, stream: Stream) -> None:
    key = next((name for name in LEVELS if name in at.entries), None)
    if key is None:
        return
    family = family_of(stream)
    if family is None:
        what = f"stands at {stream.substance}, which nobody can pass on or take"
        at.wrong(key, what, "leave it out, or give the stream such a substance")
    elif key != family.level_key:
        at.wrong(key, f"is no level of {family.carrier}", f"write {family.level_key}")
    elif stream.price is None and carrier_and_role(stream) in family.needs:
        at.wrong("price_per_unit", "is missing", "say what a unit costs today")
    elif in_base(stream.unit)[1] != family.carrier.base_unit:
        at.wrong("unit", f"is {stream.unit!r}, no energy", "meter it as GJ or kWh")


def family_of(stream: Stream) -> Family | None:
    """Return among whom a stream could be exchanged."""
    found = carrier_and_role(stream)
    return next((one for one in FAMILIES if found == one.source or found in one.needs), None)


def check_exchange(
    of: Section,
    sections: Sequence[Section],
    read: Mapping[str, Sequence[Any]],
    difference_k: str | None,
    unread: Sequence[str] = (),
) -> None:
    """Report connections of streams that cannot meet, and heat without its least difference.

    Ends are taken as they stand in the file; `unread` are streams that could not be read.
    """
    streams = [one for one in read["streams"] if one is not WRONG and one.level is not None]
    graded = {one.id: one for one in streams}
    seen: set[tuple[str | None, str | None]] = set()
    for at in sections:
        ends = at.scalar("from"), at.scalar("to")
        if _are_there(at, [*graded, *unread]):
            _check_ends(at, graded.get(ends[0] or ""), graded.get(ends[1] or ""))
        if None not in ends and ends in seen:
            at.wrong("to", "is connected with that source twice", "keep one of the two")
        seen.add(ends)
    if difference_k is None and any(_needs_difference(streams)):
        what = "is missing, though heat or cold could be exchanged"
        of.wrong("least_difference_k", what, "write the kelvin that a heat exchanger takes")


def _needs_difference(streams: Sequence[Stream]) -> Iterator[bool]:
    for family in FAMILIES:
        roles = {carrier_and_role(one) for one in streams}
        yield family.is_thermal and family.source in roles and bool(roles & {*family.needs})


def _are_there(at: Section, known: Sequence[str]) -> bool:
    """Report the ends of a connection that are no streams with a level."""
    names = {key: at.scalar(key) for key in ("from", "to")}
    gone = {key: name for key, name in names.items() if name is not None and name not in known}
    for key, name in gone.items():
        at.wrong(key, f"names {name!r}, no stream with a level", nearest(name, known))
    return not gone


def _check_ends(at: Section, source: Stream | None, demand: Stream | None) -> None:
    if source is None or demand is None:
        return  # one of them cannot be read
    family = family_of(source)
    is_source = family is not None and carrier_and_role(source) == family.source
    if family is None or not is_source or carrier_and_role(demand) not in family.needs:
        what = f"leads from {source.substance} to {demand.substance}"
        at.wrong("to", what, "lead from what is left over to what is needed, of one carrier")
