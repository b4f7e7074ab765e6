"""A recorded month of the demo park, lived through with rolling plans.

Each contender meets the same month, and what it did is billed and judged as a plan of one park
problem with the truth (`tests/bench/month`). `none` steers nothing: the battery rests, vehicles
charge at once, and only what cannot go out is curtailed. `perfect` is one plan of the whole month
with the truth. `PARKFLOW_BENCH_MONTH` (2019-09) says which month, `PARKFLOW_BENCH_EVERY` (1) after
how many quarters a new plan is made, `PARKFLOW_BENCH_SCRATCH` keeps forecasts and contenders' lives
in a folder, so that a run that was cut short goes on.
"""

import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from services.dispatch.domain.foresight.peaks import expected_peak_kw
from services.dispatch.domain.model.schedule import Schedule
from tests.bench.measure import Result
from tests.bench.month.fleet import Fleet
from tests.bench.month.framing import COARSE, foreseen, hindsight
from tests.bench.month.guards import (
    with_headroom,
    with_hedges,
    with_reserve,
    with_scenarios,
)
from tests.bench.month.hindsight import Bill, billed, lived, month_problem, perfect
from tests.bench.month.outlooks import SCRATCH, Outlooks, outlooks_of
from tests.bench.month.parts import Contract, connection, shaver
from tests.bench.month.plant import Plant
from tests.bench.month.rolling import Expects, Way, lives
from tests.bench.month.truth import DAY, Span, span_of, truth

MONTH = os.environ.get("PARKFLOW_BENCH_MONTH", "2019-09")
EVERY = int(os.environ.get("PARKFLOW_BENCH_EVERY", "1"))
TIGHT_KW = 1000.0
"""An import limit that bites: nothing steered passes it in hundreds of quarters."""
SHARE = 0.8
HEDGE_PRICE = 1.0
"""GBP that a kWh beyond what may be taken counts, nearly four times the month's dearest."""
SCENARIOS = 5


def run() -> tuple[list[Result], str]:
    """Return the figures beside their bars, and what each contender came to."""
    year, month = (int(part) for part in MONTH.split("-"))
    span = span_of(year, month)
    outlooks = outlooks_of(span)
    wide = _month(span, outlooks, connection())
    tight = _month(span, outlooks, replace(connection(), import_limit_kw=TIGHT_KW, peak_price=0.0))
    saved = {name: wide.contender(name) for name in ("none", *WIDE)}
    broken = {name: tight.contender(name) for name in ("none", *TIGHT)}
    figures = [*_savings(saved), *_breaches(broken)]
    return figures, f"{_table(saved)}\n\nWith a limit of {TIGHT_KW:,.0f} kW:\n\n{_table(broken)}"


@dataclass(frozen=True, eq=False)
class Month:
    """A month with all that contenders are made of."""

    span: Span
    outlooks: Outlooks
    plant: Plant
    contract: Contract

    def contender(self, name: str) -> Bill:
        """Return the bill of a contender, from the scratch folder where it is kept there."""
        folder = os.environ.get(SCRATCH)
        if not folder:
            return self._lived(name)
        limit, charge = self.contract.import_limit_kw, self.contract.peak_price
        kept = Path(folder) / f"{MONTH}-{limit:.0f}-{charge:g}-{EVERY}-{name}.pickle"
        if not kept.exists():
            kept.write_bytes(pickle.dumps(self._lived(name)))
        found: Bill = pickle.loads(kept.read_bytes())
        return found

    def _lived(self, name: str) -> Bill:
        problem = month_problem(self.plant.truth, self.span, self.plant.fleet, self.contract)
        if name == "perfect":
            return billed(problem, self._best())
        plant = self.plant
        if name == "hindsight":
            plant = replace(plant, leaves_s=plant.fleet.sessions.departure_s)
        way = None if name == "none" else WAYS[name](self)
        return billed(problem, lived(problem, lives(plant, way).quarters))

    def _best(self) -> Schedule:
        problem = month_problem(self.plant.truth, self.span, self.plant.fleet, self.contract)
        return perfect(problem)[0]

    def real(self, **more: object) -> Way:
        """Return plans on real forecasts."""
        knows = foreseen(self.outlooks, self.plant.fleet, self.plant.truth)
        return replace(Way(knows, self.learned(), every=EVERY), **more)  # type: ignore[arg-type]

    def learned(self) -> Expects:
        """Return the peak to expect of the days left, learned once a day from former days."""
        known: dict[int, float] = {}
        everything, first = self.plant.truth, self.plant.truth.first
        net_kw = everything.base_kw - everything.pv_kw

        def expects(quarter: int, peak_kw: float) -> float:
            del peak_kw
            day = (quarter - self.span.first) // DAY
            if day not in known:
                days_left = -(-(self.span.end - quarter) // DAY)
                past = net_kw[: quarter - first]
                known[day] = expected_peak_kw(past, DAY, days_left, shaver())
            return known[day]

        return expects

    def told(self) -> Way:
        """Return plans on hindsight: two days of truth, and the peak that the best plan has."""
        peak_kw = self.contender("perfect").peak_kw
        knows = hindsight(self.plant.truth, self.plant.fleet)
        return Way(knows, lambda quarter, so_far_kw: peak_kw, every=EVERY)


def _month(span: Span, outlooks: Outlooks, contract: Contract) -> Month:
    everything = truth()
    fleet = Fleet(span, everything.sessions)
    plant = Plant(everything, fleet, contract, fleet.sessions.announced_s)
    return Month(span, outlooks, plant, contract)


WAYS: dict[str, Callable[[Month], Way]] = {
    "hindsight": Month.told,
    "real": Month.real,
    "real, headroom": lambda month: month.real(
        guards=with_headroom(month.outlooks, SHARE, limit=True, peak=True)
    ),
    "real, reserve": lambda month: month.real(guards=with_reserve(month.outlooks, SHARE)),
    "real, hedges": lambda month: month.real(guards=with_hedges(month.outlooks, HEDGE_PRICE)),
    "real, scenarios": lambda month: month.real(
        guards=with_scenarios(month.outlooks, SCENARIOS), grain=COARSE
    ),
}
WIDE = ("perfect", "hindsight", "real", "real, headroom", "real, reserve", "real, scenarios")
TIGHT = ("real", "real, headroom", "real, reserve", "real, hedges", "real, scenarios")


def _savings(bills: dict[str, Bill]) -> list[Result]:
    none, best = bills["none"], bills["perfect"]
    found = []
    for name, bar in (("hindsight", 98.0), ("real", 80.0)):
        share = 100.0 * (none.cost - bills[name].cost) / (none.cost - best.cost)
        off = 100.0 * (bills[name].peak_kw / best.peak_kw - 1.0)
        found.append(Result(f"share of the saving, {name} forecasts", share, bar, "%", "the bar"))
        found.append(Result(f"billed peak above hindsight's, {name}", off, 2.0, "%", "the bar"))
    return found


def _breaches(bills: dict[str, Bill]) -> list[Result]:
    plain, found = bills["real"], []
    for name in TIGHT[1:]:
        fewer = 100.0 * (1.0 - bills[name].breaches / max(plain.breaches, 1))
        dearer = 100.0 * (bills[name].cost / plain.cost - 1.0)
        found.append(Result(f"fewer import-limit breaches, {name}", fewer, 50.0, "%", "the bar"))
        found.append(Result(f"dearer, {name}", dearer, 2.0, "%", "the bar"))
    return found


def _table(bills: dict[str, Bill]) -> str:
    rows = [
        "| forecasts | cost, GBP | energy and wear | highest quarter, kW | above the limit |"
        " vehicles lack |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, bill in bills.items():
        if bill.faults:
            raise RuntimeError(f"the judge finds fault with {name}: {bill.faults[0]}")
        rows.append(
            f"| {name} | {bill.cost:,.0f} | {bill.energy:,.0f} | {bill.peak_kw:,.0f}"
            f" | {bill.breaches} quarters, {bill.breach_kwh:,.0f} kWh"
            f" | {bill.missing_kwh:,.0f} kWh |"
        )
    return "\n".join(rows)
