"""What the solver knows at the margin: reduced costs of columns, duals of rows, by device and step.

First-order truths: they hold for the next kW, not for the next hundred.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csc_matrix

from services.dispatch.domain.explaining.blocks import (
    Named,
    bounds_alone,
    is_wish,
    owner_and_what,
    steps_of,
)
from services.dispatch.domain.model.builder import MILLI
from services.dispatch.domain.model.marginal import Prices
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.park.horizon import Floats

NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a device in a step; `reduced` is what one unit more of it costs, currency.

    `binding` is the same, as far as it holds for a little more use and for a little less.
    """

    index: int
    what: str
    step: int
    value: float
    lower: float
    upper: float
    reduced: float
    binding: float

    @property
    def is_low(self) -> bool:
        """Whether it is at its lower bound."""
        return self.value <= self.lower + NEAR

    @property
    def is_high(self) -> bool:
        """Whether it is at its upper bound."""
        return self.value >= self.upper - NEAR


@dataclass(frozen=True, slots=True)
class Row:
    """A row that a device's columns stand in; `dual` is what one more on its right side costs, as
    far as that holds for a little more use and for a little less.
    """

    owner: str
    what: str
    offset: int
    dual: float
    is_equality: bool


class Margins:
    """A solution with prices, looked at by device and step."""

    def __init__(self, prices: Prices) -> None:
        self.solution, self._unknown = prices.solution, prices.unknown
        self.program = prices.solution.program
        self._by_column: csc_matrix = self.program.matrix.tocsc()
        eased = self.solution.duals if prices.eased is None else prices.eased
        self._both = self.solution.duals, eased
        self._reduced = tuple(self._reduced_by(duals) for duals in self._both)
        self._duals = nearer_to_nothing(*self._both)

    def _reduced_by(self, duals: Floats) -> Floats:
        spent = self.program.matrix.T @ duals
        return np.asarray((self.program.cost - spent) / MILLI, np.float64)

    @cached_property
    def _rows(self) -> list[Named]:
        """Owner, what and offset of each row."""
        named = [("", "", 0)] * self.program.matrix.shape[0]
        for name, index in self.program.rows.items():
            owner, what = owner_and_what(name)
            for offset, row in enumerate(index.tolist()):
                named[row] = (owner, what, offset)
        return named

    def price(self, name: str, place: int) -> float:
        """Return what one more on the right side of a row costs, currency units."""
        return float(self.solution.duals[self.program.rows[name][place]] / MILLI)

    def price_at(self, node: str, step: int) -> float | None:
        """Return what one more kWh used at a node costs, currency units; None: nobody knows."""
        if self._unknown[node][step]:
            return None
        hours = float(self.solution.problem.horizon.hours[step])
        return self.price(f"{node}.balance", step) / hours

    def columns(self, device: Any, step: int) -> Iterator[Column]:
        """Yield a device's columns of a step."""
        for what, index in self.blocks(device).items():
            if (place := self.place(device, what, step)) is not None:
                yield self._column(device, int(index[place]), what, step)

    def blocks(self, device: Any) -> dict[str, Index]:
        """Return a device's columns by what they are."""
        return self._blocks.get(device.id, {})

    @cached_property
    def _blocks(self) -> dict[str, dict[str, Index]]:
        blocks: dict[str, dict[str, Index]] = {}
        for name, index in self.program.columns.items():
            owner, what = owner_and_what(name)
            blocks.setdefault(owner, {})[what] = index
        return blocks

    def place(self, device: Any, what: str, step: int) -> int | None:
        """Return where in a block of columns a step is; None where it is not in it."""
        if (index := self.blocks(device).get(what)) is None:
            return None
        found = np.flatnonzero(steps_of(self.solution.problem, device, what, len(index)) == step)
        return int(found[0]) if len(found) else None

    def _touching(self, column: int) -> Index:
        pointers = self._by_column.indptr
        return np.asarray(self._by_column.indices[pointers[column] : pointers[column + 1]])

    def _column(self, device: Any, at: int, what: str, step: int) -> Column:
        """Return a column with the rows that bound it alone taken as its bounds."""
        lower, upper = float(self.program.lower[at]), float(self.program.upper[at])
        value, alone = float(self.solution.values[at]), self._alone(device, at, what)
        if value > lower + NEAR and self._are_full(alone):
            upper = min(upper, value)
        reduced, eased = self._without(at, alone)
        if what == "input" and value >= upper - NEAR:
            more, more_eased = self._of_last_piece(device, step)
            reduced, eased = reduced + more, eased + more_eased
        return Column(at, what, step, value, lower, upper, reduced, _nearer(reduced, eased))

    def is_priced(self, column: Column) -> bool:
        """Whether somebody knows the prices of the nodes that a column flows into or takes from."""
        named = [self._rows[row] for row in self._touching(column.index).tolist()]
        nodes = [(owner, k) for owner, what, k in named if what == "balance"]
        return not any(self._unknown[node][k] for node, k in nodes if node in self._unknown)

    def _alone(self, device: Any, at: int, what: str) -> list[int]:
        """Return the rows that bound a column alone."""
        touching = self._touching(at).tolist()
        return [row for row in touching if bounds_alone(device, what, self._rows[row])]

    def _are_full(self, rows: list[int]) -> bool:
        """Whether one of some rows leaves no room above."""
        reached = self.program.matrix[rows] @ self.solution.values
        return bool((reached >= self.program.row_upper[rows] - NEAR).any())

    def _without(self, at: int, rows: list[int]) -> tuple[float, float]:
        """Return what one unit more of a column costs if it were not for some of its rows: for a
        little more use, and for a little less.
        """
        filled = self.program.matrix[rows, :][:, [at]].toarray().ravel() / MILLI
        more, less = (
            float(reduced[at] + filled @ duals[rows])
            for reduced, duals in zip(self._reduced, self._both, strict=True)
        )
        return more, less

    def _of_last_piece(self, device: Any, step: int) -> tuple[float, float]:
        """Return what more of a unit's input costs in the last piece of its curves, which is full;
        nothing where it has no pieces.
        """
        pieces = [one for one in self.blocks(device).items() if one[0].startswith("piece[")]
        usable = [(what, int(at[step])) for what, at in pieces if self.program.upper[at[step]] > 0]
        if not usable:
            return 0.0, 0.0
        what, at = usable[-1]
        return self._without(at, self._alone(device, at, what))

    def costs_without(self, device: Any, what: str, rows: frozenset[str]) -> Floats:
        """Return what one unit more of each column of a block costs if the device had no rows of
        these names: (2, columns) currency units, for a little more use and for a little less.
        """
        costs = [self._cost_without(device, int(at), rows) for at in self.blocks(device)[what]]
        return np.array(costs).T

    def costs_without_ties(self, device: Any, what: str, rows: frozenset[str]) -> Floats:
        """Return the same of columns that cost nothing themselves but what breaks ties."""
        ties = self.program.cost[self.blocks(device)[what]] / MILLI
        return np.asarray(self.costs_without(device, what, rows) - ties, np.float64)

    def cost_without(self, device: Any, what: str, place: int, rows: frozenset[str]) -> float:
        """Return the same of one column, as far as it holds both ways."""
        return _nearer(*self._cost_without(device, int(self.blocks(device)[what][place]), rows))

    def _cost_without(self, device: Any, at: int, rows: frozenset[str]) -> tuple[float, float]:
        named = [(row, self._rows[row]) for row in self._touching(at).tolist()]
        return self._without(
            at, [row for row, (owner, name, _) in named if owner == device.id and name in rows]
        )

    def rows(self, device: Any, columns: list[Column]) -> Iterator[Row]:
        """Yield the rows with a price that some columns stand in, each once; not those that bound
        one of them alone.
        """
        touched, alone, wishes = set[int](), set[int](), dict[int, int]()
        for one in columns:
            rows = self._touching(one.index).tolist()
            touched |= set(rows)
            alone |= set(self._alone(device, one.index, one.what))
            wishes |= {row: one.index for row in rows if is_wish(one.what, self._rows[row][1])}
        for row in sorted((touched | self._caps(touched)) - alone):
            dual = float(self._duals[row] / MILLI)
            if row in wishes:
                dual = self._as_used(row, wishes[row], dual)
            if abs(dual) > NEAR:
                same = self.program.row_lower[row] == self.program.row_upper[row]
                yield Row(*self._rows[row], dual, bool(same))

    def _as_used(self, row: int, column: int, dual: float) -> float:
        """Return what one more on the right side of a row costs where only that column moves.

        A column at a bound of its own leaves several duals right, up to the price of a violation.
        """
        filled = float(self.program.matrix[row, column])
        alone = _nearer(*self._without(column, [row])) / filled
        return _nearer(alone, dual)

    def _caps(self, rows: set[int]) -> set[int]:
        """Return the rows in which the carbon stands that some rows add up."""
        steps = [self._rows[row][2] for row in rows if self._rows[row][:2] == ("carbon", "kg")]
        each = [self._touching(int(self.program.columns["carbon.kg"][step])) for step in steps]
        return {row for touched in each for row in touched.tolist()}


def _nearer(one: float, other: float) -> float:
    return float(nearer_to_nothing(np.array([one]), np.array([other]))[0])


def nearer_to_nothing(one: Floats, other: Floats) -> Floats:
    """Return of each pair the one nearer to 0; 0 where one is above and the other below it."""
    least = np.minimum(np.abs(one), np.abs(other))
    return np.asarray(np.where(one * other > 0.0, np.sign(one) * least, 0.0), np.float64)
