"""Loads that are given, and those that may be served in part or switched off (§5.1, §5.2)."""

import numpy as np

from services.dispatch.domain.model import interruptions
from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import Builder
from services.dispatch.domain.model.solution import Courses, Solution
from services.dispatch.domain.park.demand import Load


def add(build: Builder, load: Load) -> None:
    """Add the load and what of it is shed or switched off."""
    power_kw = build.problem.horizon.array(load.power_kw)
    build.give(load.node, -power_kw)
    if load.shedding is not None:
        most_kw = load.shedding.share * np.maximum(power_kw, 0.0)
        cost = build.hours * load.shedding.price_per_kwh
        shed = build.columns(f"{load.id}.shed", most_kw, cost)
        build.flow(load.node, shed)
    if load.interruption is not None:
        interruptions.add(build, load, load.interruption)


def read(solution: Solution, load: Load) -> Courses:
    """Return `power_kw`, what is served, and `off` of one that may be switched off."""
    if load.interruption is not None:
        return interruptions.read(solution, load)
    power_kw = solution.problem.horizon.array(load.power_kw)
    if load.shedding is not None:
        power_kw = power_kw - solution.of(f"{load.id}.shed")
    return {"power_kw": power_kw}


def book(books: Books, load: Load, courses: Courses) -> None:
    """Book what is shed or switched off."""
    if load.interruption is not None:
        interruptions.book(books, load, load.interruption, courses)
    if load.shedding is not None:
        shed_kw = books.problem.horizon.array(load.power_kw) - courses["power_kw"]
        books.pay("shedding", float(shed_kw @ books.hours) * load.shedding.price_per_kwh)
