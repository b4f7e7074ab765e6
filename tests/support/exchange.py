"""Small exchanges of waste heat: rates in kW, prices and costs in whole currency units."""

from fractions import Fraction

from services.carbon_accounting.domain.resources.exchange import (
    Connection,
    Demand,
    Exchange,
    Source,
)
from services.carbon_accounting.domain.resources.fitting import Fit, WarmEnough

MICROS = 1_000_000
A_YEAR = (8_760,)
TEN_KELVIN = WarmEnough(10.0)


def source(name: str, *kw: int, at_c: float = 90, price: str = "0") -> Source:
    return Source(name, f"{name} works", tuple(1000 * one for one in kw), at_c, micros(price))


def demand(name: str, *kw: int, at_c: float = 60, price: str = "1") -> Demand:
    return Demand(name, f"{name} works", tuple(1000 * one for one in kw), at_c, micros(price))


def pipe(
    source_id: str, demand_id: str, cost: int = 0, running: str = "0", loss: str = "0"
) -> Connection:
    return Connection(source_id, demand_id, cost * MICROS, micros(running), Fraction(loss))


def an_exchange(
    sources: list[Source],
    demands: list[Demand],
    pipes: list[Connection],
    hours: tuple[int, ...] = A_YEAR,
    fit: Fit = TEN_KELVIN,
) -> Exchange:
    return Exchange(hours, tuple(sources), tuple(demands), tuple(pipes), fit)


def micros(price: str) -> int:
    return int(Fraction(price) * MICROS)
