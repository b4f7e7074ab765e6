"""Whose a meter is: its Wh, and their money, shared over enterprises by declared keys.

A key says for a line and from an instant on which enterprise has which weight (area, heads, per
mille of a contract). Shares are whole Wh by cumulative floors in the order of the enterprises' ids
(`proportions.shared`), for each origin and interval: the enterprises sum to the meter exactly, by
origin too. Where nobody is declared, the park itself has it, as an enterprise of its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np

from services.carbon_accounting.domain.tracing.amounts import Wh
from services.carbon_accounting.domain.tracing.proportions import SAFE_TOTAL

COMMON = "common"
"""The enterprise that has what nobody is declared for."""
LARGEST_WEIGHTS = SAFE_TOTAL
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Key:
    """The weights of the enterprises on one line from `valid_from` on, until its next key.

    Weights are whole, at least 0, one above 0; where shares have decimals, scale them up.
    """

    line_id: str
    valid_from: datetime
    weights: Mapping[str, int]

    def __post_init__(self) -> None:
        if mistakes := [*self._mistakes()]:
            raise ValueError(f"key of {self.line_id}: " + "; ".join(mistakes))

    @property
    def valid_from_us(self) -> int:
        """Its first instant, in UTC microseconds since the epoch."""
        return (self.valid_from.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)

    def _mistakes(self) -> Iterator[str]:
        if self.valid_from.tzinfo is None:
            yield f"valid_from {self.valid_from.isoformat()} has no zone"
        for enterprise, weight in sorted(self.weights.items()):
            if type(weight) is not int or weight < 0:
                yield f"weight {weight!r} of {enterprise} is not a whole number of at least 0"
        total = sum(self.weights.values())
        if not 0 < total <= LARGEST_WEIGHTS:
            yield f"the weights sum to {total}, not to 1 … {LARGEST_WEIGHTS}"


@dataclass(frozen=True, slots=True)
class Owners:
    """The keys of all lines; `common` takes what no key holds for."""

    keys: tuple[Key, ...]
    common: str = COMMON

    def __post_init__(self) -> None:
        ordered = sorted(self.keys, key=lambda key: (key.line_id, key.valid_from_us))
        object.__setattr__(self, "keys", tuple(ordered))
        for key, later in pairwise(ordered):
            if (key.line_id, key.valid_from_us) == (later.line_id, later.valid_from_us):
                raise ValueError(
                    f"{key.line_id} has two keys valid from {key.valid_from.isoformat()}: "
                    f"{dict(key.weights)} and {dict(later.weights)}; keep one"
                )

    def shares(self, line_id: str, starts_us: Wh, wh: Wh) -> dict[str, Wh]:
        """Return what each enterprise has of a line, in the order of their ids.

        `wh` ends in the axis of the intervals, and so does each share: (origins, intervals) or
        (intervals,). An enterprise without a weight in any of the intervals is not named.
        """
        found: dict[str, Wh] = {}
        for first, last, weights in self._periods(line_id, starts_us):
            for enterprise, part in _by_weight(wh[..., first:last], weights).items():
                found.setdefault(enterprise, np.zeros_like(wh))[..., first:last] = part
        return dict(sorted(found.items()))

    def _periods(self, line_id: str, starts_us: Wh) -> Iterator[tuple[int, int, Mapping[str, int]]]:
        """Yield the intervals from … to (exclusive) of each key that holds for some of them."""
        keys = [key for key in self.keys if key.line_id == line_id]
        begins = np.searchsorted(starts_us, [key.valid_from_us for key in keys]).tolist()
        nobody: Mapping[str, int] = {self.common: 1}
        weights = [nobody, *(key.weights for key in keys)]
        for (first, last), shares in zip(
            pairwise([0, *begins, len(starts_us)]), weights, strict=True
        ):
            if first < last:
                yield first, last, shares


def tenant_sums(parts: Iterable[Mapping[str, Wh]]) -> dict[str, Wh]:
    """Return what each enterprise has of all lines together."""
    found: dict[str, Wh] = {}
    for shares in parts:
        for enterprise, wh in shares.items():
            found[enterprise] = found[enterprise] + wh if enterprise in found else wh
    return dict(sorted(found.items()))


def _by_weight(wh: Wh, weights: Mapping[str, int]) -> dict[str, Wh]:
    whole, upto, before = sum(weights.values()), 0, np.zeros_like(wh)
    exact = wh if not wh.size or int(wh.max()) * whole < 2**63 else wh.astype(object)
    found = {}
    for enterprise in sorted(name for name, weight in weights.items() if weight):
        upto += weights[enterprise]
        floors = (exact * upto // whole).astype(np.int64)
        found[enterprise], before = floors - before, floors
    return found
