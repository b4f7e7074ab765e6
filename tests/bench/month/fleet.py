"""The vehicles of a span: who is plugged in when, and what those who come later usually want."""

from dataclasses import dataclass, field

import numpy as np

from services.dispatch.domain.framing import RELIED_STAY_SHARE
from services.dispatch.domain.park.demand import Session
from services.forecasting.domain.series import Floats, Ints
from services.simulator.domain.sessions import Sessions
from tests.bench.month.parts import port_kw
from tests.bench.month.truth import DAY, QUARTER_H, QUARTER_S, Span

HOUR_S = 3600.0
LIKE_WEEKS = 4
STEPS_AHEAD = 2 * DAY


@dataclass(frozen=True, eq=False)
class Fleet:
    """Every recorded session, and which of them come and leave within the span."""

    span: Span
    sessions: Sessions
    counted: Ints = field(init=False)
    wanted_kwh: Floats = field(init=False)
    stay_h: Floats = field(init=False)

    def __post_init__(self) -> None:
        every, span = self.sessions, self.span
        stay_h = (every.departure_s - every.arrival_s) / HOUR_S
        inside = (every.arrival_s >= span.first * QUARTER_S) & (
            every.departure_s <= span.end * QUARTER_S
        )
        able_kwh = stay_h * port_kw()
        object.__setattr__(self, "counted", np.flatnonzero(inside & (stay_h > 0.0)))
        object.__setattr__(self, "wanted_kwh", np.minimum(every.wanted_wh / 1e3, able_kwh))
        object.__setattr__(self, "stay_h", stay_h)

    def here(self, quarter: int) -> Ints:
        """Return the vehicles that are there in a quarter, or in a part of it."""
        begin, some = quarter * QUARTER_S, self.counted
        arrival, departure = self.sessions.arrival_s[some], self.sessions.departure_s[some]
        return np.asarray(some[(arrival < begin + QUARTER_S) & (departure > begin)], np.int64)

    def here_h(self, vehicle: int, quarter: int) -> float:
        """Return how long a vehicle is there in a quarter."""
        begin = quarter * QUARTER_S
        until = min(int(self.sessions.departure_s[vehicle]), begin + QUARTER_S)
        return max(0, until - max(int(self.sessions.arrival_s[vehicle]), begin)) / HOUR_S

    def announced(self, quarter: int, left_kwh: dict[int, float]) -> tuple[Session, ...]:
        """Return the plugged in as the live planner frames them: half of what they said they stay.

        One that is overdue, or cannot be full by then, is charged at once.
        """
        begin, found = quarter * QUARTER_S, []
        for vehicle, wanted in left_kwh.items():
            if self.sessions.arrival_s[vehicle] > begin or wanted <= 1e-6:
                continue
            needed_h = wanted / port_kw()
            stays_h = (int(self.sessions.announced_s[vehicle]) - begin) / HOUR_S
            if stays_h <= 0.0:
                stays_h = needed_h
            relied_h = max(RELIED_STAY_SHARE * stays_h, min(stays_h, needed_h))
            found.append(_session(vehicle, 0.0, relied_h, wanted))
        return tuple(found)

    def true(self, quarter: int, end: int, left_kwh: dict[int, float]) -> tuple[Session, ...]:
        """Return all vehicles that are there in `[quarter, end)` as they really come and leave."""
        begin, every = quarter * QUARTER_S, self.sessions
        inside = (every.arrival_s[self.counted] < end * QUARTER_S) & (
            every.departure_s[self.counted] > begin
        )
        found = []
        for vehicle in self.counted[inside].tolist():
            wanted = left_kwh.get(vehicle, float(self.wanted_kwh[vehicle]))
            if wanted > 1e-6:
                arrives_h = max(0.0, (int(every.arrival_s[vehicle]) - begin) / HOUR_S)
                leaves_h = (int(every.departure_s[vehicle]) - begin) / HOUR_S
                found.append(_session(vehicle, arrives_h, leaves_h, wanted))
        return tuple(found)

    def usually_kw(self, quarter: int) -> Floats:
        """Return what those who come from now on take, unsteered: the mean of four weeks before."""
        weeks = [self._coming_kw(quarter - 7 * DAY * week) for week in range(1, LIKE_WEEKS + 1)]
        return np.asarray(np.mean(weeks, axis=0), np.float64)

    def _coming_kw(self, quarter: int) -> Floats:
        begin, every = quarter * QUARTER_S, self.sessions
        some = (every.arrival_s >= begin) & (every.arrival_s < begin + STEPS_AHEAD * QUARTER_S)
        from_h = (every.arrival_s[some] - begin) / HOUR_S
        until_h = from_h + self.wanted_kwh[some] / port_kw()
        edges_h = QUARTER_H * np.arange(STEPS_AHEAD + 1)
        inside = np.minimum(until_h[:, None], edges_h[1:]) - np.maximum(
            from_h[:, None], edges_h[:-1]
        )
        return np.asarray(np.clip(inside, 0.0, None).sum(axis=0) * port_kw() / QUARTER_H)


def _session(vehicle: int, arrives_h: float, leaves_h: float, wanted_kwh: float) -> Session:
    return Session(
        id=f"vehicle_{vehicle}",
        arrives_h=arrives_h,
        leaves_h=max(leaves_h, arrives_h + 1e-3),
        power_kw=port_kw(),
        wanted_kwh=wanted_kwh,
    )
