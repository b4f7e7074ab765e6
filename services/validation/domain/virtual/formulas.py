"""The park's virtual points compiled into columns, so that all of them are evaluated at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from services.energy.formula import (
    Constant,
    Extreme,
    Formula,
    Input,
    Scaled,
    Sum,
    VirtualPoint,
    in_order,
)

MICROSECOND = timedelta(microseconds=1)
Int64s = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """Lists of numbers end to end: list i is `items[begins[i]:begins[i + 1]]`."""

    begins: Int64s
    items: Int64s

    @classmethod
    def of(cls, lists: Sequence[Sequence[int]]) -> "Lists":
        """Return the lists end to end."""
        begins = np.concatenate([[0], np.cumsum([len(one) for one in lists], dtype=np.int64)])
        return cls(begins.astype(np.int64), np.array([n for one in lists for n in one], np.int64))

    def places(self, which: Int64s) -> tuple[Int64s, Int64s]:
        """Return (position in `which`, place in `items`) for every item of these lists."""
        length = self.begins[which + 1] - self.begins[which]
        position = np.repeat(np.arange(len(which)), length)
        into = np.arange(len(position)) - np.repeat(np.cumsum(length) - length, length)
        return position, self.begins[which][position] + into


@dataclass(frozen=True, slots=True, eq=False)
class Formulas:
    """Virtual points by place, each after those it needs; `ids` are all points by row.

    `level` of a point is 0 when it needs no other virtual point, else one above those it needs.
    `inputs` lists each point's input rows, `users` each row's points. Of a `linear` point `factor`
    stands beside each of its inputs, and `constant` is what it adds.
    """

    points: tuple[VirtualPoint, ...]
    ids: tuple[str, ...]
    row_of: Mapping[str, int] = field(repr=False)
    row: Int64s
    step_us: Int64s
    level: Int64s
    inputs: Lists
    users: Lists
    linear: npt.NDArray[np.bool_]
    factor: Floats
    constant: Floats

    @classmethod
    def of(cls, points: Sequence[VirtualPoint]) -> "Formulas":
        """Return the formulas; ValueError when they need each other in a ring."""
        ordered = in_order(points)
        ids = tuple(dict.fromkeys(name for p in ordered for name in (*p.inputs, p.id)))
        row_of = {name: row for row, name in enumerate(ids)}
        users: list[list[int]] = [[] for _ in ids]
        for place, point in enumerate(ordered):
            for name in point.inputs:
                users[row_of[name]].append(place)
        sums = [linear_of(point.formula) for point in ordered]
        each = zip(ordered, sums, strict=True)
        factors = [(own or {}).get(name, 0.0) for point, own in each for name in point.inputs]
        return cls(
            points=ordered,
            ids=ids,
            row_of=row_of,
            row=np.array([row_of[point.id] for point in ordered], np.int64),
            step_us=np.array([point.step // MICROSECOND for point in ordered], np.int64),
            level=_levels(ordered),
            inputs=Lists.of([[row_of[name] for name in point.inputs] for point in ordered]),
            users=Lists.of(users),
            linear=np.array([one is not None for one in sums], np.bool_),
            factor=np.array(factors, np.float64),
            constant=np.array([(one or {}).get(None, 0.0) for one in sums], np.float64),
        )

    def rows_of(self, point_ids: Sequence[str]) -> Int64s:
        """Return the row of each point, -1 where no formula needs it."""
        return np.array([self.row_of.get(name, -1) for name in point_ids], np.int64)


def linear_of(formula: Formula) -> dict[str | None, float] | None:
    """Return the factor of each input and, under None, the constant; None when not linear."""
    match formula:
        case Input(point_id):
            return {point_id: 1.0}
        case Constant(value):
            return {None: value}
        case Scaled(factor, of):
            inner = linear_of(of)
            return None if inner is None else {name: factor * own for name, own in inner.items()}
        case Sum(terms):
            total: dict[str | None, float] = {}
            for term in terms:
                if (inner := linear_of(term)) is None:
                    return None
                for name, own in inner.items():
                    total[name] = total.get(name, 0.0) + own
            return total
        case Extreme():
            return None


def _levels(ordered: Sequence[VirtualPoint]) -> Int64s:
    levels: dict[str, int] = {}
    for point in ordered:
        levels[point.id] = 1 + max((levels.get(name, -1) for name in point.inputs), default=-1)
    return np.array([levels[point.id] for point in ordered], np.int64)
