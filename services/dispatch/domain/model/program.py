"""A linear program in sparse arrays, some of its columns whole numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from services.dispatch.domain.park.horizon import Floats

Index = NDArray[np.int64]


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
