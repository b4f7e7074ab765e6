"""The planner's shell: what arrives while it plans is for the next plan."""

import time
from datetime import timedelta
from typing import Any

from services.dispatch.domain.curves import Curve
from services.dispatch.domain.ladder import NoPlan
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.house import House
from services.dispatch.journal import Journal
from services.dispatch.plan_telling import PlanTeller
from services.dispatch.planner import Planner
from services.dispatch.store import Store
from services.runtime.clock import ParkClock
from services.runtime.database import Database
from services.runtime.publishing import Publisher
from tests.support.builders import MORNING
from tests.unit.dispatch.builders import PLANT, a_snapshot

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


def a_curve(source: str, price_micros: float, g_per_kwh: float) -> tuple[Curve, Curve]:
    known_at, day = MORNING, timedelta(days=2)
    return (
        Curve(source, known_at, MORNING, day, (price_micros,)),
        Curve(source, known_at, MORNING, day, (g_per_kwh,)),
    )


class NewsWhilePlanning:
    """A solver that gives up; meanwhile another curve arrives."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def solve(self, _: ParkProblem) -> NoPlan:
        learn(self._house, "second", 900_000.0, 900.0)
        return NoPlan("away")


def learn(house: House, source: str, price_micros: float, g_per_kwh: float) -> None:
    price, intensity = a_curve(source, price_micros, g_per_kwh)
    house.desk.import_prices.learn(price)
    house.desk.intensities.learn(intensity)


async def test_a_plan_is_explained_by_what_was_known_when_it_was_begun() -> None:
    house = House.of(PLANT, ParkClock(MORNING, time.time(), 1.0))
    for point, signal in a_snapshot().readings.items():
        house.desk.believe(point, signal)
    learn(house, "first", 100_000.0, 100.0)
    database = Database("dispatch", NOWHERE)
    store, journal = Store(database, PLANT.park.id), Journal(database)
    teller = PlanTeller(PLANT.park.id, store, journal, Publisher("dispatch", "nowhere:9", {}))
    solver: Any = NewsWhilePlanning(house)

    await Planner(house, store, journal, teller, solver).plan(MORNING, "start")

    (explainable,) = house.explained.values()
    reasons = explainable.reasons
    assert set(reasons.price_source) == {"first"}
    assert set(reasons.intensity_g_per_kwh) == {100.0}
    assert set(reasons.import_price) == {0.1}
