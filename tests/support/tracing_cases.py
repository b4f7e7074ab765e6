"""Any grid with any amounts, for properties of tracing.

A case follows from its size and a number: drawing every amount would take a test minutes.
"""

from dataclasses import dataclass, replace
from itertools import permutations
from random import Random

import numpy as np
from hypothesis import strategies as st

from services.carbon_accounting.domain.tracing.amounts import Amounts
from services.carbon_accounting.domain.tracing.boundary import (
    Allocation,
    Boundary,
    ExportPolicy,
    Meter,
    Store,
)
from services.carbon_accounting.domain.tracing.origins import Origin, unknown_of
from services.carbon_accounting.domain.tracing.pools import Pool, Pools
from tests.support import tracing as build

KINDS = ("grid", "pv", "wind", "chp", "direct-line-pv")
STORES = ("battery", "flywheel")


@dataclass(frozen=True)
class Case:
    """A boundary, what its meters counted, and what its stores held."""

    boundary: Boundary
    amounts: Amounts
    opening: Pools


@dataclass(frozen=True)
class Size:
    """How large a case is, and how many of its values are unknown (one in …; 0: none)."""

    nodes: int
    stores: int
    intervals: int
    unknown_one_in: int
    seed: int


def cases(with_unknown: bool = False) -> st.SearchStrategy[Case]:
    """Up to four nodes joined in any way, up to two stores, up to five quarters of an hour."""
    unknown = st.sampled_from([5, 30]) if with_unknown else st.just(0)
    counts = (st.integers(1, 4), st.integers(0, 2), st.integers(1, 5))
    return st.builds(Size, *counts, unknown, st.integers(0, 2**32)).map(case_of)


def case_of(size: Size) -> Case:
    """The case of a size; the same one every time."""
    random = Random(repr(size))
    nodes = "abcd"[: size.nodes]
    meters = [meter for node in nodes for meter in _at(random, node)]
    joined = [pair for pair in permutations(nodes, 2) if random.random() < 0.4]
    meters += [build.flow(a, b) for a, b in joined]
    stores = [_store(random, id) for id in STORES[: size.stores]]
    for store in stores:
        meters += build.battery_meters(store.id, random.choice(nodes))
        if random.random() < 0.5:
            second = build.battery_meters(store.id, random.choice(nodes))
            meters += [replace(meter, id=f"{meter.id}2") for meter in second]
    policy = random.choice([*ExportPolicy])
    where = Boundary(tuple(nodes), tuple(meters), build.SHANGHAI, tuple(stores), export=policy)
    opening = Pools({store.id: _pool(random, store.id) for store in stores})
    return Case(where, _amounts(random, where, size), opening)


def _at(random: Random, node: str) -> list[Meter]:
    kinds = random.sample(KINDS, random.randint(0, 4))
    supplies = [build.supply(f"{kind}.{node}", node, kind) for kind in kinds]
    loads = [build.load(f"load{n}.{node}", node) for n in range(random.randint(0, 3))]
    exports = [build.export(f"export{n}.{node}", node) for n in range(random.randint(0, 2))]
    return [*supplies, *loads, *exports]


def _store(random: Random, id: str) -> Store:
    efficiency = random.choice(["1", "9/10", "81/100", "1/3"])
    capacity_wh = random.choice([None, 10**6, random.randint(1, 100)])
    return build.battery(efficiency, random.choice([*Allocation]), capacity_wh, id)


def _pool(random: Random, store_id: str) -> Pool:
    origins = [Origin("pv", "pv.a", 2024), Origin("grid", "grid.a", 2025), unknown_of(store_id)]
    amounts = {origin: random.choice([0, random.randint(1, 10**4)]) for origin in origins}
    return Pool.of({origin: wh for origin, wh in amounts.items() if wh})


def _amounts(random: Random, where: Boundary, size: Size) -> Amounts:
    shape = (len(where.meters), size.intervals)
    draw = np.random.default_rng(random.getrandbits(32))
    scale = draw.choice([0, 3, 10, 1_000, 10**6], shape)
    unknown = draw.random(shape) * size.unknown_one_in < 1
    starts_us = build.NOON_US + build.QUARTER_US * np.arange(size.intervals, dtype=np.int64)
    ids = tuple(meter.id for meter in where.meters)
    return Amounts(ids, starts_us, draw.integers(0, scale + 1), unknown & (size.unknown_one_in > 0))
