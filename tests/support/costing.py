"""Costs of a small park in this process: meters, prices and Wh in, cells and cents out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from services.carbon_accounting.book.site_file import load_site
from services.carbon_accounting.domain.costing.costs import Costs
from services.carbon_accounting.domain.costing.prices import Priced, Prices, Published
from services.carbon_accounting.domain.costing.statement import CostLine, statement
from services.carbon_accounting.domain.factoring.store import FactorStore
from services.carbon_accounting.domain.inventory.booking import Booking
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.tracing.pools import Pools
from services.carbon_accounting.input_files.factor_import import load_factor_store
from services.energy.time_grid import QUARTER, to_microseconds

NEW_YEAR = datetime.fromisoformat("2024-01-01T00:00:00+08:00")
HEAD = """
park: {id: mill, name: {en: Mill, zh: 工厂}, time_zone: %s, currency: CNY}
tenants: [{id: a, name: {en: A, zh: 甲}}, {id: b, name: {en: B, zh: 乙}}]
accounting:
"""
Readings = Mapping[str, Sequence[int | None]]
"""Base units by meter, an amount an interval, None where unknown."""


def a_site(accounting: str, zone: str = "Asia/Shanghai") -> Site:
    """The park of these lines of `accounting`."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "park.yaml"
        file.write_text(HEAD % zone + accounting, encoding="utf-8")
        return load_site(file)


def activity(readings: Readings, begins: datetime = NEW_YEAR) -> ActivityData:
    """What meters counted in quarter hours from a moment on."""
    names = tuple(sorted(readings))
    columns = [readings[name] for name in names]
    count = len(columns[0])
    step_us = QUARTER // timedelta(microseconds=1)
    known = np.array([[wh is not None for wh in column] for column in columns], bool)
    amounts = np.array([[wh or 0 for wh in column] for column in columns], np.int64)
    starts_us = to_microseconds(begins) + step_us * np.arange(count, dtype=np.int64)
    return ActivityData(starts_us, QUARTER, names, amounts, known, known.copy())


def booked(
    site: Site,
    data: ActivityData,
    opening: Pools | None = None,
    published: Mapping[Priced, Published] | None = None,
) -> Booking:
    """The booking of costs alone, done."""
    rules = Rules(_factors(), "CN", site.time_zone)
    prices = Prices(site.time_zone, site.pricing, published or {})
    booking = Booking(site, data, rules, (), opening or Pools(), prices=prices)
    assert [*booking.months()] == []  # no ledger is asked for
    return booking


def costs_of(site: Site, readings: Readings, begins: datetime = NEW_YEAR) -> Costs:
    """What it cost."""
    return booked(site, activity(readings, begins)).inventory.costs


@lru_cache(maxsize=1)
def _factors() -> FactorStore:
    return load_factor_store()


def cents(costs: Costs) -> dict[tuple[str, str], int | None]:
    """Cents by (position, enterprise), over months and ways; None where one is not known."""
    found: dict[tuple[str, str], int | None] = {}
    for line in statement(costs):
        key = line.where.position, line.where.enterprise
        so_far = found.get(key, 0)
        known = so_far is not None and line.cents is not None
        found[key] = so_far + line.cents if known else None  # type: ignore[operator]
    return found


def line_of(costs: Costs, position: str, enterprise: str) -> CostLine:
    """The one line of a position and an enterprise."""
    (line,) = [
        one
        for one in statement(costs)
        if (one.where.position, one.where.enterprise) == (position, enterprise)
    ]
    return line
