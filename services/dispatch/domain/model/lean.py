"""Linear programs without what they hardly ever need: it comes back where a solution asks for it.

Columns of violations and rows that hardly ever bind make a large program several times slower. A
solution without them is the solution with them where no row is broken and no column would pay.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from services.dispatch.domain.model.program import Index, Program
from services.dispatch.domain.park.horizon import Floats

TOLERANCE = 1e-6
"""Of a row's own size, and of a column's own cost."""


@dataclass
class Needed:
    """Which groups of seldom columns and rows solutions have asked for so far."""

    columns: set[int] = field(default_factory=set)
    rows: set[int] = field(default_factory=set)

    def lean(self, program: Program) -> Program:
        """Return the program with nothing but what is needed."""
        roles, upper = program.roles, program.upper.copy()
        row_lower, row_upper = program.row_lower.copy(), program.row_upper.copy()
        for columns in _others(roles.seldom_columns, self.columns):
            upper[columns] = program.lower[columns]
        for rows in _others(roles.seldom_rows, self.rows):
            row_lower[rows], row_upper[rows] = -np.inf, np.inf
        return replace(program, upper=upper, row_lower=row_lower, row_upper=row_upper)

    def asks_for(self, program: Program, values: Floats, duals: Floats) -> bool:
        """Add what a solution of the lean program asks for; whether that is anything."""
        needs_columns = self.asks_for_columns(program, duals)
        return self.asks_for_rows(program, values) or needs_columns

    def asks_for_columns(self, program: Program, duals: Floats) -> bool:
        """Add the columns that would pay; whether there are new ones."""
        worth, before = _reduced(program, duals), len(self.columns)
        groups = enumerate(program.roles.seldom_columns)
        self.columns |= {i for i, group in groups if (worth[group] < 0).any()}
        return len(self.columns) > before

    def asks_for_rows(self, program: Program, values: Floats) -> bool:
        """Add the rows that are broken; whether there are new ones."""
        broken, before = _breaks(program, values), len(self.rows)
        groups = enumerate(program.roles.seldom_rows)
        self.rows |= {i for i, group in groups if broken[group].any()}
        return len(self.rows) > before

    def take_columns(self, program: Program) -> bool:
        """Take all columns; whether some were left out."""
        everything = set(range(len(program.roles.seldom_columns)))
        was_lean = self.columns < everything
        self.columns = everything
        return was_lean

    def take_all(self, program: Program) -> None:
        """Take all columns and rows."""
        self.take_columns(program)
        self.rows = set(range(len(program.roles.seldom_rows)))


def _others(groups: tuple[Index, ...], needed: set[int]) -> Iterable[Index]:
    return (group for i, group in enumerate(groups) if i not in needed)


def _reduced(program: Program, duals: Floats) -> Floats:
    """Return reduced costs, below 0 only where they are so by more than noise."""
    reduced = program.cost - program.matrix.T @ duals
    return np.asarray(reduced + TOLERANCE * (1.0 + np.abs(program.cost)), np.float64)


def _breaks(program: Program, values: Floats) -> Floats:
    """Return whether a solution breaks each row."""
    is_at = program.matrix @ values
    noise = TOLERANCE * (1.0 + np.abs(is_at))
    beyond = np.maximum(program.row_lower - is_at, is_at - program.row_upper)
    return np.asarray(beyond > noise, np.bool_)
