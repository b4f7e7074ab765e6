"""Numbers as people write them become whole base units, once, half to even."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Amounts = npt.NDArray[np.int64]

UNSURE = 1e-6
"""So near to a half a product of floats says nothing; then the decimal that was written decides."""
LARGEST = 2.0**53
"""Beyond it a float holds no single units any more."""


class TooLarge(ValueError):
    """An amount that cannot be counted in whole base units."""


def whole(values: Floats, ratio: Fraction) -> Amounts:
    """Return values × ratio in whole units, half to even; any shape. Values are finite.

    A value means the shortest decimal that reads as it: 12.3455 kWh are 12345.5 Wh exactly.
    """
    products = values * float(ratio)
    if np.abs(products).max(initial=0.0) >= LARGEST:
        raise TooLarge(f"{np.abs(values).max():g} is more than whole base units can count")
    rounded = np.rint(products).astype(np.int64)
    unsure = np.abs(np.abs(products - np.trunc(products)) - 0.5) < UNSURE * np.maximum(
        1.0, np.abs(products) * 1e-6
    )
    flat, doubtful = rounded.reshape(-1), values.reshape(-1)
    for at in np.flatnonzero(unsure):
        flat[at] = round(Fraction(Decimal(repr(float(doubtful[at])))) * ratio)
    return flat.reshape(values.shape)
