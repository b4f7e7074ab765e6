"""What follows from something that never changes, computed once and kept as long as that is."""

from collections.abc import Callable, Hashable
from threading import RLock
from typing import Any, TypeVar

T = TypeVar("T")


class Kept:
    """Answers by name; threads that ask for one at the same time wait for the first of them."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, tuple[object, Any]] = {}
        self._alone = RLock()

    def once(self, name: Hashable, make: Callable[[], T], of: object = None) -> T:
        """Return what `make` returns, made anew only when `of` is another; the newest is kept."""
        with self._alone:
            known = self._answers.get(name)
            if known is None or known[0] != of:
                known = self._answers[name] = (of, make())
        found: T = known[1]
        return found
