"""Wishes of a morning at 06:00 UTC, and a park of that morning in hours."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.dispatch.domain.park.demand import Load, Session
from services.dispatch.domain.park.problem import ParkProblem, mistakes_between
from services.dispatch.domain.park.storage import Store
from services.dispatch.domain.wishes.applied import applied
from services.dispatch.domain.wishes.wish import Wish
from services.energy.time_grid import Interval
from tests.support.tiny_parks import a_grid
from tests.support.tiny_parks import a_park as a_bare_park

SIX = datetime(2026, 6, 15, 6, 0, tzinfo=UTC)


def at(hour: float) -> datetime:
    """Return a time of that day."""
    return SIX + timedelta(hours=hour - 6.0)


def between(first: float, last: float) -> Interval:
    """Return a window of that day."""
    return Interval(at(first), at(last))


def a_battery(**changes: Any) -> Store:
    """50 kW each way, 20 of 100 kWh in it, 10 of which always stay; nothing lost."""
    usual = {
        "lowest_kwh": 10.0,
        "highest_kwh": 100.0,
        "start_kwh": 20.0,
        "charge_kw": 50.0,
        "discharge_kw": 50.0,
        "end_value_per_kwh": 0.0,
    }
    return Store(id="battery", **(usual | changes))


def a_car(**changes: Any) -> Session:
    """A vehicle at port 1 that wants 10 kWh within four hours, at 10 kW."""
    usual = {"leaves_h": 4.0, "power_kw": 10.0, "wanted_kwh": 10.0}
    return Session(id="port 1", **(usual | changes))


def a_park(hours: int = 4, **parts: Any) -> ParkProblem:
    """Return works of 20 kW, a battery and a connection of 1 MW with 1 kg a kWh."""
    usual: dict[str, Any] = {
        "grids": (a_grid(carbon_kg_per_kwh=1.0),),
        "loads": (Load(id="works", power_kw=20.0),),
        "stores": (a_battery(),),
    }
    return a_bare_park(hours=hours, **(usual | parts))


def respecting(*wishes: Wish, park: ParkProblem | None = None) -> tuple[ParkProblem, list[str]]:
    """Return the park from six on that respects wishes, and what is said about them."""
    problem, caveats = applied(park or a_park(), wishes, SIX)
    assert mistakes_between(problem) == []
    return problem, list(caveats)
