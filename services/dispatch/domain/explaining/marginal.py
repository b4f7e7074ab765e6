"""What the solver knows at the margin: reduced costs of columns, duals of rows, by device and step.

First-order truths: they hold for the next kW, not for the next hundred.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csc_matrix

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
        self._reduced = self._reduced_by(self.solution.duals)
        self._binding, self._duals = self._reduced, self.solution.duals
        if prices.eased is not None:
            self._binding = nearer_to_nothing(self._reduced, self._reduced_by(prices.eased))
            self._duals = nearer_to_nothing(self.solution.duals, prices.eased)

    def _reduced_by(self, duals: Floats) -> Floats:
        spent = self.program.matrix.T @ duals
        return np.asarray((self.program.cost - spent) / MILLI, np.float64)

    @cached_property
    def _rows(self) -> list[tuple[str, str, int]]:
        """Owner, what and offset of each row."""
        named = [("", "", 0)] * self.program.matrix.shape[0]
        for name, index in self.program.rows.items():
            owner, _, what = name.partition(".")
            for offset, row in enumerate(index.tolist()):
                named[row] = (owner, what, offset)
        return named

    def price(self, name: str, step: int) -> float:
        """Return what one more on the right side of a row costs, currency units."""
        return float(self.solution.duals[self.program.rows[name][step]] / MILLI)

    def price_at(self, node: str, step: int) -> float | None:
        """Return what one more kWh used at a node costs, currency units; None: nobody knows."""
        if self._unknown[node][step]:
            return None
        hours = float(self.solution.problem.horizon.hours[step])
        return self.price(f"{node}.balance", step) / hours

    def columns(self, device: str, step: int) -> Iterator[Column]:
        """Yield a device's columns of a step."""
        for name, index in self.program.columns.items():
            if name.startswith(f"{device}."):
                at = self._of_step(index, step)
                if at is not None:
                    yield self._column(at, name.removeprefix(f"{device}."), step)

    def _of_step(self, index: Index, step: int) -> int | None:
        """Return which of a block's columns is the one of a step; None where it has none."""
        steps = len(self.solution.problem.horizon)
        if len(index) == steps:
            return int(index[step])
        for column in index.tolist():
            if any(what == "balance" and k == step for _, what, k in self._named(column)):
                return int(column)
        return None

    def _named(self, column: int) -> Iterator[tuple[str, str, int]]:
        for row in self._touching(column).tolist():
            yield self._rows[row]

    def _touching(self, column: int) -> Index:
        pointers = self._by_column.indptr
        return np.asarray(self._by_column.indices[pointers[column] : pointers[column + 1]])

    def _column(self, at: int, what: str, step: int) -> Column:
        program, values = self.program, self.solution.values
        lower, upper = float(program.lower[at]), float(program.upper[at])
        value, reduced = float(values[at]), float(self._reduced[at])
        return Column(at, what, step, value, lower, upper, reduced, float(self._binding[at]))

    def rows(self, columns: list[Column]) -> Iterator[Row]:
        """Yield the rows with a price that some columns stand in, each once."""
        touched = np.unique(np.concatenate([self._touching(one.index) for one in columns]))
        for row in touched.tolist():
            dual = float(self._duals[row] / MILLI)
            if abs(dual) > NEAR:
                same = self.program.row_lower[row] == self.program.row_upper[row]
                owner, what, offset = self._rows[row]
                yield Row(owner, what, offset, dual, bool(same))


def nearer_to_nothing(one: Floats, other: Floats) -> Floats:
    """Return of each pair the one nearer to 0; 0 where one is above and the other below it."""
    least = np.minimum(np.abs(one), np.abs(other))
    return np.asarray(np.where(one * other > 0.0, np.sign(one) * least, 0.0), np.float64)
