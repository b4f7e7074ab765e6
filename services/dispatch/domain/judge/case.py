"""What is judged, as plain numbers, and what comes to light while a plan is gone through."""

import bisect
import itertools
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.park.network import Carrier
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.quantities import Series

NEAR = 1e-3
RELATIVE = 1e-7
ON = 0.5
MOMENT_H = 1e-5


def near(one: float, other: float) -> bool:
    """Whether two powers or energies are the same, but for what a solver may be off (§2)."""
    return abs(one - other) <= NEAR + RELATIVE * max(abs(one), abs(other))


def above(value: float, most: float) -> bool:
    """Whether a value is above a bound by more than a solver may be off."""
    return value > most and not near(value, most)


def _nearly_a_second(hours: float) -> float:
    """Return the whole second that is at most 0.36 s away, where there is one (§1)."""
    second_h = round(hours * 3600.0) / 3600.0
    return second_h if abs(hours - second_h) <= 1e-4 else hours


def _day_of(start: datetime | None, begin_h: float) -> date:
    """Return the calendar day of a time; without a start the horizon begins at a midnight."""
    began = start or datetime(2026, 1, 1, tzinfo=UTC)
    moment = began.astimezone(UTC) + timedelta(hours=begin_h + MOMENT_H)
    return moment.astimezone(began.tzinfo).date()


@dataclass
class Case:
    """A plan under judgement: what flows into nodes, is owed and broken is gathered as it is read.

    `into_kw` by node, (steps,) kW; `owed` by kind of money; `broken` by limit, device and step.
    """

    problem: ParkProblem
    schedule: Schedule
    found: list[str] = field(default_factory=list)
    into_kw: dict[str, list[float]] = field(init=False)
    owed: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    broken: dict[tuple[Limit, str, int | None], float] = field(default_factory=dict)
    _courses: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    h: list[float] = field(init=False)
    day: list[date] = field(init=False)
    begins_h: list[float] = field(init=False)
    ends_h: list[float] = field(init=False)

    def __post_init__(self) -> None:
        horizon = self.problem.horizon
        lengths_h = list(horizon.steps_h) or [horizon.step_h] * horizon.steps
        self.ends_h = [_nearly_a_second(end_h) for end_h in itertools.accumulate(lengths_h)]
        self.begins_h = [0.0, *self.ends_h[:-1]]
        self.h = [end - begin for begin, end in zip(self.begins_h, self.ends_h, strict=True)]
        self.day = [_day_of(horizon.start, begin_h) for begin_h in self.begins_h]
        self._carriers = {node.id: node.carrier for node in self.problem.every_node}
        self.into_kw = {node: [0.0 for _ in self.steps] for node in self._carriers}

    @property
    def steps(self) -> range:
        """The numbers of the horizon's steps."""
        return range(len(self.h))

    def since_h(self, interval_h: float) -> float:
        """Return how long a clock interval of that length has run when the horizon begins (§4.2).

        Counted from local midnight; without a start one begins with the horizon.
        """
        start = self.problem.horizon.start
        if start is None:
            return 0.0
        seconds = start.hour * 3600 + start.minute * 60 + start.second + start.microsecond / 1e6
        since_h = math.fmod(seconds, _nearly_a_second(interval_h) * 3600.0) / 3600.0
        return since_h if since_h < interval_h - MOMENT_H else 0.0

    def values(self, series: Series) -> list[float]:
        """Return a value for each step; a single number stands for all (§1)."""
        return list(series) if isinstance(series, tuple) else [float(series) for _ in self.steps]

    @staticmethod
    def value(series: Series, step: int) -> float:
        """Return a step's value; a single number stands for all (§1)."""
        return series[step] if isinstance(series, tuple) else float(series)

    def course(self, device: str, name: str) -> list[float]:
        """Return one of a device's series."""
        if (device, name) not in self._courses:
            series = self.schedule.devices[device][name]
            self._courses[device, name] = [float(value) for value in series]
        return self._courses[device, name]

    def say(self, who: str, step: int | None, text: str) -> None:
        """Note a fault."""
        where = "" if step is None else f" in step {step}"
        self.found.append(f"{who}{where}: {text}")

    def within(self, who: str, step: int, what: str, value: float, low: float, high: float) -> None:
        """Note a fault where a value is out of its bounds."""
        if above(value, high) or above(low, value):
            self.say(who, step, f"{what} {value:.4f} is not within {low:.4f}..{high:.4f}")

    def one_way(self, who: str, step: int, forth: float, back: float) -> None:
        """Note a fault where two flows go against each other."""
        if min(forth, back) > NEAR:
            self.say(who, step, f"both ways at once: {forth:.4f} kW and {back:.4f} kW")

    def flow(self, node: str, step: int, kw: float) -> None:
        """Let a power flow into a node; negative takes from it."""
        self.into_kw[node][step] += kw

    def owe(self, kind: str, amount: float) -> None:
        """Count what a plan must have paid; what is earned is negative."""
        self.owed[kind] += amount

    def too_many_starts(self, who: str, starts: list[int], most: int | None, today: int) -> None:
        """Note days with more starts (steps in which one is) than allowed beside those before."""
        for day in sorted({self.day[k] for k in starts}):
            count = sum(self.day[k] == day for k in starts)
            before = today if day == self.day[0] else 0
            if most is not None and count > max(0, most - before):
                were = f" and {before} were before" if before else ""
                self.say(who, None, f"{count} starts on {day}, at most {most} a day may be{were}")

    def breaks(self, limit: Limit, who: str, step: int | None, size: float) -> None:
        """Count by how much a limit is broken; nothing where it is kept."""
        if size > 0.0:
            key = limit, who, step
            self.broken[key] = self.broken.get(key, 0.0) + size

    def overlap_h(self, step: int, from_h: float, to_h: float) -> float:
        """Return how long a step lies in `[from_h, to_h)`."""
        return max(0.0, min(self.ends_h[step], to_h) - max(self.begins_h[step], from_h))

    def is_electric(self, node: str) -> bool:
        """Whether a node is one of electricity."""
        return self._carriers[node] is Carrier.ELECTRICITY

    def taken_kw(self, grid: str) -> list[float]:
        """Return what contracts take through a grid, (steps,) kW."""
        contracts = [one.id for one in self.problem.contracts if one.grid == grid]
        courses = [self.course(one, "taken_kw") for one in contracts]
        return [sum(course[k] for course in courses) for k in self.steps]

    def steps_within(self, from_h: float, to_h: float) -> range:
        """Return the numbers of the steps that lie in `[from_h, to_h)`, wholly or in part."""
        first = bisect.bisect_right(self.ends_h, from_h)
        return range(first, max(first, bisect.bisect_left(self.begins_h, to_h)))


def runs(on: list[bool]) -> Iterator[tuple[int, int]]:
    """Yield (first step, step after the last) of each run of true values."""
    first: int | None = None
    for k, value in enumerate([*on, False]):
        if value and first is None:
            first = k
        if not value and first is not None:
            yield first, k
            first = None
