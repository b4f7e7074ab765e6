"""Whether what a park declares can be booked at all: the largest amount of each, on trial.

A unit that cannot meet its factor, coal without its equipment, or an amount too large for exact
nanograms is the input's mistake. It is told before anything is booked, with what and where.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from services.carbon_accounting.domain.activities.electricity import quantity_of, supplied
from services.carbon_accounting.domain.inventory.electricity import OWN_FUELLED
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.inventory.site import Site, Stream
from services.carbon_accounting.domain.inventory.streams import booking_of, quantities_of
from services.carbon_accounting.input_files.mistakes import Mistake
from services.runtime.park_file_sections import open_file

GRID = "grid"


def impossible(park: Path, site: Site, data: ActivityData, rules: Rules) -> list[str]:
    """Return a line for each stream and kind of electricity that cannot be booked."""
    lines = _lines_of_streams(park)
    told = [
        str(Mistake(park.name, lines.get(one.id, 1), f"accounting.streams[{one.id}]", *said))
        for one in site.streams
        if (said := _first(_of_stream(one, site, data, rules)))
    ]
    of_power = (_first(_of_power(kind, site, data, rules)) for kind in _kinds(site))
    return told + [f"electricity: {what} - {cure}" for what, cure in filter(None, of_power)]


def _lines_of_streams(park: Path) -> dict[str, int]:
    top = open_file(park, [])
    streams = [] if top is None else top.section("accounting").may_sections("streams")
    return {at.scalar("id") or "": at.line for at in streams}


def _first(refusals: Iterable[str]) -> tuple[str, str] | None:
    """Return the first refusal as what is wrong and its cure."""
    told = next(iter(refusals), None)
    if told is None:
        return None
    what, _, cure = told.partition("; ")
    return f"cannot be booked: {what}", cure or "correct the unit or the factor"


def _of_stream(stream: Stream, site: Site, data: ActivityData, rules: Rules) -> Iterator[str]:
    row = data.rows[stream.id]
    largest = np.array([int(data.amounts[row].max(initial=1))], np.int64)
    for ledger in site.ledgers:
        for _, basis in rules.bases(ledger, quantities_of(stream), data.starts_us):
            yield from _refusal(lambda: booking_of(stream)(largest, basis))  # noqa: B023


def _kinds(site: Site) -> list[str]:
    made = {OWN_FUELLED.get(meter.kind, meter.kind) for meter in site.meters if meter.kind}
    return sorted(made | {GRID}) if site.meters else []


def _of_power(kind: str, site: Site, data: ActivityData, rules: Rules) -> Iterator[str]:
    most = {m.id: int(data.amounts[data.rows[m.id]].max(initial=1)) for m in site.meters}
    meter = max(most, key=lambda name: most[name])
    largest = np.array([most[meter]], np.int64)
    for ledger in site.ledgers:
        quantities = (quantity_of(kind, ledger),)
        for _, basis in rules.bases(ledger, quantities, data.starts_us):
            yield from _refusal(lambda: supplied(kind, meter, largest, basis))  # noqa: B023


def _refusal(book: Callable[[], object]) -> Iterator[str]:
    try:
        book()
    except ValueError as error:
        yield str(error)
