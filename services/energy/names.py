"""The point ids of frames: a source names the same points over and over.

Equal ids are one tuple, and what is made of a tuple is made once, so that names cost a frame next
to nothing a reading. Both memories are bounded; forgetting costs time, never correctness.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T")
Names = tuple[str, ...]
UNKNOWN = -1
MOST_NAMES = 400_000
"""Of all remembered tuples together: some 40 MB where every one is another."""


class _Remembered(Generic[T]):
    """The tuples used last with something about each, `MOST_NAMES` names in all."""

    def __init__(self) -> None:
        self._held: OrderedDict[Hashable, tuple[Hashable, Names, T]] = OrderedDict()
        self._names = 0

    def get(self, key: Hashable) -> tuple[Names, T] | None:
        held = self._held.get(key)
        if held is None:
            return None
        known, names, about = held
        self._held.move_to_end(known)  # the very key: an equal one is compared name by name
        return names, about

    def put(self, key: Hashable, names: Names, about: T) -> None:
        self._held[key] = key, names, about
        self._names += len(names)
        while self._names > MOST_NAMES and len(self._held) > 1:
            _, (_, forgotten, _) = self._held.popitem(last=False)
            self._names -= len(forgotten)


_known: _Remembered[None] = _Remembered()


def same_names(names: Iterable[str]) -> Names:
    """Return these names as a tuple, the very one that was returned for them before."""
    asked = tuple(names)
    if (held := _known.get(asked)) is not None:
        return held[0]
    _known.put(asked, asked, None)
    return asked


class PerNames(Generic[T]):
    """What `make` makes of names, made once for each tuple (not for each equal one)."""

    def __init__(self, make: Callable[[Names], T]) -> None:
        self._make = make
        self._made: _Remembered[T] = _Remembered()

    def __call__(self, names: Names) -> T:
        """Return what was made of this tuple, or make it; what `make` raises is not remembered."""
        held = self._made.get(id(names))
        if held is not None:  # it holds its tuple, so no other one can have this id
            return held[1]
        made = self._make(names)
        self._made.put(id(names), names, made)
        return made


def rows_among(known: Iterable[str]) -> PerNames[npt.NDArray[np.int64]]:
    """Return what tells each name's place among `known`, UNKNOWN where it is not there."""
    row_of = {name: row for row, name in enumerate(known)}
    return PerNames(
        lambda names: np.fromiter((row_of.get(n, UNKNOWN) for n in names), np.int64, len(names))
    )
