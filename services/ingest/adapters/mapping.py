"""What a source's section says of single points and set-points, for protocols that map them.

points: [{point: pv.active_power_w, …address…, scale: -1000}]
setpoints: [{device: battery, quantity: active_power_w, …address…, scale: 1000, tolerance_w: 50}]
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

from services.runtime.field_protocols import Expected
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import Misread, not_negative, number, one_of

QUANTITIES = ("active_power_w", "active_power_limit_w")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Scale:
    """How the device's number becomes one in our unit and sign: `factor` times it plus `offset`."""

    factor: float = 1.0
    offset: float = 0.0

    def ours(self, theirs: float) -> float:
        """Return the device's number in our unit."""
        return theirs * self.factor + self.offset

    def theirs(self, ours: float) -> float:
        """Return our number as the device counts."""
        return (ours - self.offset) / self.factor


@dataclass(frozen=True, slots=True)
class Order:
    """Which set-points go to an address; a read-back may differ by `tolerance_w`."""

    device_id: str
    quantity: str
    scale: Scale
    tolerance_w: float


def read_scale(at: Section) -> Scale:
    """Return the scale of a mapped point or set-point."""
    factor = at.may("scale", _not_zero, 1.0)
    return at.build_open(Scale, factor=factor, offset=at.may("offset", number, 0.0))


def read_order(at: Section, expected: Expected) -> Order:
    """Return which set-points a mapping takes."""
    return at.build_open(
        Order,
        device_id=at.need("device", expected.device),
        quantity=at.need("quantity", one_of(*QUANTITIES)),
        scale=read_scale(at),
        tolerance_w=at.may("tolerance_w", not_negative(number), 1.0),
    )


def read_all(
    sections: list[Section],
    read: Callable[[Section], T],
    *once: tuple[str, Callable[[T], Hashable]],
) -> tuple[T, ...]:
    """Return what `read` makes of each section; WRONG when one is.

    `once` names keys, and what of an entry no other may have there.
    """
    entries = [read(at) for at in sections]
    for key, identity in once:
        _check_once(sections, entries, key, identity)
    return WRONG if any(entry is WRONG for entry in entries) else tuple(entries)


def _check_once(
    sections: list[Section], entries: list[T], key: str, identity: Callable[[T], Hashable]
) -> None:
    first: dict[Hashable, int] = {}
    for at, entry in zip(sections, entries, strict=True):
        if entry is WRONG:
            continue
        mine = identity(entry)
        if mine in first:
            what = f"stands twice ({at.scalar(key)!r}, first in line {first[mine]})"
            at.wrong(key, what, "keep one of them")
        first.setdefault(mine, at.line_of(key))


def _not_zero(text: str) -> float:
    value = number(text)
    if value == 0:
        raise Misread("is zero", "write what one unit of the device is in ours, e.g. 1000 for kW")
    return value
