"""What is bought, sold and produced at one node: supplies, sinks, sun and wind."""

from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import Builder
from services.dispatch.domain.model.solution import Courses, Solution
from services.dispatch.domain.park.network import Production, Sink, Supply


def add_supply(build: Builder, supply: Supply) -> None:
    """Add what is bought."""
    array = build.problem.horizon.array
    cost = build.hours * array(supply.price)
    bought = build.columns(f"{supply.id}.power", array(supply.limit_kw), cost)
    build.flow(supply.node, bought)


def add_sink(build: Builder, sink: Sink) -> None:
    """Add what is sold."""
    array = build.problem.horizon.array
    sold = build.columns(f"{sink.id}.power", array(sink.limit_kw), -build.hours * array(sink.price))
    build.flow(sink.node, sold, -1.0)


def add_production(build: Builder, production: Production) -> None:
    """Add what is curtailed of what could be produced."""
    available_kw = build.problem.horizon.array(production.available_kw)
    build.give(production.node, available_kw)
    if production.curtailable:
        cost = build.hours * production.curtailment_price
        curtailed = build.columns(f"{production.id}.curtailed", available_kw, cost)
        build.flow(production.node, curtailed, -1.0)


def read_traded(solution: Solution, part: Supply | Sink) -> Courses:
    """Return `power_kw`, what is bought or sold."""
    return {"power_kw": solution.of(f"{part.id}.power")}


def read_production(solution: Solution, production: Production) -> Courses:
    """Return `power_kw`, what is used."""
    power_kw = solution.problem.horizon.array(production.available_kw)
    if production.curtailable:
        power_kw = power_kw - solution.of(f"{production.id}.curtailed")
    return {"power_kw": power_kw}


def book_supply(books: Books, supply: Supply, courses: Courses) -> None:
    """Book what is bought."""
    price = books.problem.horizon.array(supply.price)
    books.pay("supplies", courses["power_kw"] * price @ books.hours)


def book_sink(books: Books, sink: Sink, courses: Courses) -> None:
    """Book what is sold."""
    price = books.problem.horizon.array(sink.price)
    books.pay("sales", -courses["power_kw"] * price @ books.hours)


def book_production(books: Books, production: Production, courses: Courses) -> None:
    """Book what is curtailed."""
    curtailed_kw = books.problem.horizon.array(production.available_kw) - courses["power_kw"]
    books.pay("curtailment", float(curtailed_kw @ books.hours) * production.curtailment_price)
