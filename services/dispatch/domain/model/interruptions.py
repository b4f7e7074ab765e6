"""Loads that may be switched off as a whole (§5.2): a binary a step, 1 while the load is off."""

import numpy as np

from services.dispatch.domain.model import runs
from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import Builder
from services.dispatch.domain.model.solution import Courses, Solution
from services.dispatch.domain.park.demand import Interruption, Load
from services.dispatch.domain.park.horizon import MOMENT_H, Floats, Horizon


def add(build: Builder, load: Load, interruption: Interruption) -> None:
    """Add the steps in which the load is off, and how long, how often and at what price."""
    horizon = build.problem.horizon
    power_kw = horizon.array(load.power_kw)
    price = interruption.price_per_kwh * np.maximum(power_kw, 0.0) + build.tie_per_kwh
    stays = kept(horizon, interruption)
    off = build.columns(f"{load.id}.off", 1.0, build.hours * price, lower=stays, integer=True)
    build.flow(load.node, off, power_kw)
    breaks = runs.Runs(load.id, off, horizon.begins_h, interruption.off_h)
    start = runs.add_starts(build, breaks, interruption.most_starts, interruption.price_per_start)
    per_day, today = interruption.most_starts_per_day, interruption.starts_today
    runs.add_starts_of_days(build, load.id, start, per_day, today)
    runs.add_least(build, breaks, start, interruption.least_h)
    if interruption.most_h is not None:
        runs.add_most(build, breaks, start, horizon.ends_h, interruption.most_h)


def kept(horizon: Horizon, rule: Interruption) -> Floats:
    """Return 1 where an interruption that goes on must last, (steps,): for `least_h` in all.

    But not in a step with which it would be longer than `most_h`.
    """
    most_h = np.inf if rule.most_h is None else rule.most_h
    soon = horizon.begins_h + rule.off_h < rule.least_h - MOMENT_H
    soon &= horizon.ends_h + rule.off_h <= most_h + MOMENT_H
    return np.asarray(soon * float(rule.off_h > 0), np.float64)


def read(solution: Solution, load: Load) -> Courses:
    """Return `power_kw`, what is served, and `off` (1 while it is off, else 0)."""
    off = solution.of(f"{load.id}.off").round()
    return {"power_kw": solution.problem.horizon.array(load.power_kw) * (1.0 - off), "off": off}


def book(books: Books, load: Load, interruption: Interruption, courses: Courses) -> None:
    """Book what is not served, and each interruption."""
    wanted_kw = np.maximum(books.problem.horizon.array(load.power_kw), 0.0)
    lost_kwh = float((wanted_kw * courses["off"]) @ books.hours)
    starts = runs.begun(courses["off"], float(interruption.off_h > 0))
    books.pay("interruption", lost_kwh * interruption.price_per_kwh)
    books.pay("interruption", starts * interruption.price_per_start)
