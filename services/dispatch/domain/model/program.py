"""A linear program in sparse arrays, some of its columns whole numbers."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from services.dispatch.domain.park.horizon import Floats

Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Roles:
    """Which rows couple devices, and what a solution hardly ever needs.

    `shared`: rows through which devices that have nothing else in common meet (balances of electric
    nodes, rules of the whole park). `seldom_columns` (of violations) and `seldom_rows` (that hardly
    ever bind) may be left out of a first try, each group as a whole. `starts`: rows and columns of
    starts and stops, without which a relaxation is weaker and much easier.
    """

    shared: tuple[Index, ...] = ()
    seldom_columns: tuple[Index, ...] = ()
    seldom_rows: tuple[Index, ...] = ()
    start_rows: tuple[Index, ...] = ()
    start_columns: tuple[Index, ...] = ()

    @property
    def shared_rows(self) -> Index:
        """All rows that couple devices, in one array."""
        return np.concatenate([*self.shared, np.zeros(0, np.int64)])


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """min cost·x, row_lower <= A·x <= row_upper, lower <= x <= upper; names of blocks.

    `integer` are the columns that are whole numbers. Money in thousandths of the currency.
    """

    lower: Floats
    upper: Floats
    cost: Floats
    matrix: csr_matrix
    row_lower: Floats
    row_upper: Floats
    integer: Index
    columns: dict[str, Index]
    rows: dict[str, Index]
    roles: Roles = field(default_factory=Roles)
