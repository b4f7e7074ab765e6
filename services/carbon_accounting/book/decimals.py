"""Numbers of a decimal column (decimal128 of Parquet) into whole base units, exact to the last
digit: nothing passes through a float."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from services.carbon_accounting.domain.factoring.exact import scaled
from services.carbon_accounting.domain.inventory.amounts import LARGEST, Amounts, TooLarge
from services.carbon_accounting.domain.inventory.readings import Mask

WORD_BITS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Decimals:
    """Values (high × 2^64 + low) / 10^scale, arrays of shape (rows,); where there is none, 0."""

    low: npt.NDArray[np.uint64]
    high: Amounts
    scale: int

    @classmethod
    def of(cls, column: pa.Array) -> "Decimals | None":
        """Return the numbers of a column; None where it is not of decimals."""
        if not pa.types.is_decimal128(column.type):
            return None
        filled = column.fill_null(pa.scalar(Decimal(0), column.type))
        if not len(filled):
            return cls(np.zeros(0, np.uint64), np.zeros(0, np.int64), column.type.scale)
        words = np.frombuffer(filled.buffers()[1], np.uint64).reshape(-1, 2)
        words = words[filled.offset : filled.offset + len(filled)]
        return cls(words[:, 0], words[:, 1].astype(np.int64), column.type.scale)

    def __getitem__(self, rows: Amounts | Mask | slice) -> "Decimals":
        """Return some of them."""
        return Decimals(self.low[rows], self.high[rows], self.scale)

    def whole(self, ratio: Fraction) -> Amounts:
        """Return values × ratio in whole units, half to even; TooLarge as `amounts.whole`."""
        by = ratio / Fraction(10) ** self.scale
        short = self.low.astype(np.int64)
        fits = self.high == short >> (WORD_BITS - 1)
        wide = {at: self._unscaled(at) * by for at in np.flatnonzero(~fits).tolist()}
        largest = max(map(abs, wide.values()), default=Fraction(0))
        if fits.any():
            ends = (int(short[fits].max()), int(short[fits].min()))
            largest = max(largest, *(abs(one * by) for one in ends))
        if largest >= LARGEST:
            value = float(largest / ratio)
            raise TooLarge(f"{value:g} is more than whole base units can count")
        found = np.zeros(len(short), np.int64)
        found[fits] = scaled(short[fits], by, "a decimal")
        for at, exact in wide.items():
            found[at] = round(exact)
        return found

    def _unscaled(self, at: int) -> int:
        return (int(self.high[at]) << WORD_BITS) + int(self.low[at])
