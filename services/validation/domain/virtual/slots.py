"""The slots of virtual points: which of them readings fall into, and what these are made of."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.energy.readings import Doubt
from services.validation.domain.virtual.formulas import Formulas, Int64s

IN_NO_SLOT = (Doubt.IN_FUTURE, Doubt.TOO_OLD, Doubt.UNKNOWN_POINT)
"""Doubts of readings whose stamp was refused, or whose point was not the park's then (§11.2)."""


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """Slots to evaluate: `place` of a virtual point and the slot's start, each pair once."""

    place: Int64s
    start_us: Int64s

    def __len__(self) -> int:
        return len(self.place)


@dataclass(frozen=True, slots=True, eq=False)
class Needs:
    """What evaluating slots needs: readings of these points in stretches of time, in µs.

    The stretches [from, until) rise and lie apart.
    """

    point_ids: tuple[str, ...]
    from_us: Int64s
    until_us: Int64s


def is_placed(doubt: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Return which readings are in slots, usable or not."""
    return ~np.isin(doubt, IN_NO_SLOT)


def touched(formulas: Formulas, row: Int64s, time_us: Int64s, level: int) -> Slots:
    """Return the slots of the points of a level that readings fall into."""
    which, at = formulas.users.places(row)
    place = formulas.users.items[at]
    own = formulas.level[place] == level
    place, time_us = place[own], time_us[which[own]]
    start_us = time_us - time_us % formulas.step_us[place]
    order = np.lexsort((start_us, place))
    place, start_us = place[order], start_us[order]
    again = (place[1:] == place[:-1]) & (start_us[1:] == start_us[:-1])
    once = np.append(True, ~again)[: len(place)]
    return Slots(place[once], start_us[once])


def needs_of(formulas: Formulas, row: Int64s, time_us: Int64s) -> Needs:
    """Return what is needed to evaluate every slot, of any level, that readings can change.

    That is as much as there is in these slots, however far they lie from each other.
    """
    slots = _reached(formulas, row, time_us)
    places = np.unique(slots.place)
    _, at = formulas.inputs.places(places)
    rows = np.union1d(formulas.row[places], formulas.inputs.items[at])
    stretches = _merged(slots.start_us, slots.start_us + formulas.step_us[slots.place])
    return Needs(tuple(formulas.ids[row] for row in rows.tolist()), *stretches)


def _reached(formulas: Formulas, row: Int64s, time_us: Int64s) -> Slots:
    """Return the slots that readings fall into, and those that these fall into in turn."""
    found = []
    for level in range(int(formulas.level.max(initial=-1)) + 1):
        slots = touched(formulas, row, time_us, level)
        row = np.append(row, formulas.row[slots.place])
        time_us = np.append(time_us, slots.start_us)
        found.append(slots)
    return Slots(
        np.concatenate([slots.place for slots in found]),
        np.concatenate([slots.start_us for slots in found]),
    )


def _merged(from_us: Int64s, until_us: Int64s) -> tuple[Int64s, Int64s]:
    """Return the union of stretches [from, until), those that meet as one."""
    order = np.argsort(from_us)
    from_us, until_us = from_us[order], np.maximum.accumulate(until_us[order])
    opens = np.append(True, from_us[1:] > until_us[:-1])[: len(from_us)]
    return from_us[opens], until_us[np.append(opens[1:], True)[: len(from_us)]]
