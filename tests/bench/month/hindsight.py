"""The whole month as one park problem with the truth: its best plan, and the bill of any course.

What a contender did is judged and billed as a plan of this problem, so that one reckoning, and the
independent judge, hold for all of them.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from services.dispatch.domain.judge.verdict import faults
from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.solving import Solved, solved
from services.dispatch.domain.model.whole import booked, read
from services.dispatch.domain.park.demand import Load
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.network import DemandCharge, Production
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.solver import solve
from services.forecasting.domain.series import Floats
from tests.bench.month.fleet import Fleet
from tests.bench.month.parts import Contract, battery, grid
from tests.bench.month.plant import Quarter
from tests.bench.month.truth import QUARTER_H, Span, Truth


def month_problem(truth: Truth, span: Span, fleet: Fleet, contract: Contract) -> ParkProblem:
    """Return the month as it really went; what is left in the battery is worth the mean price."""
    rows = truth.rows(span)
    store = battery()
    worth = float(truth.price[rows].mean()) * store.discharge_efficiency
    return ParkProblem(
        horizon=Horizon(steps=len(span), step_h=QUARTER_H),
        currency="GBP",
        grids=(
            grid(
                contract, series(truth.price[rows]), DemandCharge(price_per_kw=contract.peak_price)
            ),
        ),
        loads=(Load(id="base", power_kw=series(truth.base_kw[rows])),),
        productions=(Production(id="pv", available_kw=series(truth.pv_kw[rows])),),
        sessions=fleet.true(span.first, span.end, {}),
        stores=(replace(store, end_value_per_kwh=worth),),
    )


def series(values: Floats) -> tuple[float, ...]:
    """Return an array as a series of a problem."""
    return tuple(values.tolist())


@dataclass(frozen=True, slots=True, eq=False)
class Bill:
    """What a month cost, currency units, and what it broke.

    `energy` is what was imported, less what was earned, with wear and what is left in the battery;
    `peak_kw` is billed; `breaches` are quarters with more import than allowed.
    """

    energy: float
    peak: float
    peak_kw: float
    breaches: int
    breach_kwh: float
    missing_kwh: float
    faults: tuple[str, ...]

    @property
    def cost(self) -> float:
        """Energy and peak; what vehicles lack is not in it."""
        return self.energy + self.peak


def billed(problem: ParkProblem, schedule: Schedule) -> Bill:
    """Return the bill of a course, with what the judge finds wrong about it."""
    books = booked(problem, schedule)
    wrong = faults(problem, schedule, books.breaches, books.money)
    of = {kind: amount for kind, amount in books.money.items() if kind != "violations"}
    over = _broken(books, "import_limit")
    peak_kw = float(np.max(schedule.devices["grid"]["import_kw"]))
    return Bill(
        sum(of.values()) - of.get("demand charge", 0.0),
        of.get("demand charge", 0.0),
        peak_kw,
        len(over),
        sum(over),
        sum(_broken(books, "vehicle")),
        tuple(wrong),
    )


def _broken(books: Books, limit: str) -> list[float]:
    return [one.size for one in books.breaches if str(one.limit) == limit]


def lived(problem: ParkProblem, quarters: list[Quarter]) -> Schedule:
    """Return what was done in each quarter as courses of the month."""
    steps = len(problem.horizon)
    nothing = np.zeros(steps)
    power = np.array([one.battery_kw for one in quarters])
    devices = {
        "grid": {
            "import_kw": np.array([one.import_kw for one in quarters]),
            "export_kw": np.array([one.export_kw for one in quarters]),
        },
        "base": {"power_kw": np.array(problem.loads[0].power_kw)},
        "pv": {"power_kw": np.array([one.pv_kw for one in quarters])},
        "battery": {
            "charge_kw": np.clip(power, 0.0, None),
            "discharge_kw": np.clip(-power, 0.0, None),
            "level_kwh": np.array([one.level_kwh for one in quarters]),
        },
    }
    for session in problem.sessions:
        vehicle = int(session.id.rpartition("_")[2])
        charged = np.array([one.charged_kw.get(vehicle, 0.0) for one in quarters])
        devices[session.id] = {"charge_kw": charged, "discharge_kw": nothing}
    balanced = {"unserved_kw": nothing, "surplus_kw": nothing}
    return Schedule(devices, {"electricity": balanced})


def perfect(problem: ParkProblem, time_limit_s: float = 600.0) -> tuple[Schedule, Solved, float]:
    """Return the month's best courses, how they were found, and the seconds it took."""
    began = time.monotonic()
    found = solved(problem, solve, time_limit_s)
    if isinstance(found, str):
        raise RuntimeError(f"no plan of the month: {found}")
    return read(found.solution), found, time.monotonic() - began
