"""The words that stand, as the activity data of a span."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.readings import ActivityData, Mask
from services.energy.time_grid import QUARTER, Interval, to_microseconds

QUARTER_US = 900_000_000


@dataclass(frozen=True, slots=True, eq=False)
class RegisterQuarters:
    """What is known of one register: arrays of shape (quarters,), `energy_wh` in whole Wh.

    `starts_us` are in no order, each once.
    `known`: the energy is known for all of the quarter hour; `measured`: all of it is believed.
    """

    point_id: str
    starts_us: Whole
    energy_wh: Whole
    known: Mask
    measured: Mask


def activity_of(
    registers: Iterable[RegisterQuarters], meters: Sequence[str], span: Interval
) -> ActivityData:
    """Return what these meters counted in the quarter hours of a span.

    A span is whole quarter hours. What nobody said anything about is unknown; registers that are
    none of `meters` are left out.
    """
    names = tuple(sorted(meters))
    starts_us = np.arange(to_microseconds(span.start), to_microseconds(span.end), QUARTER_US)
    amounts = np.zeros((len(names), len(starts_us)), np.int64)
    known, measured = np.zeros(amounts.shape, np.bool_), np.zeros(amounts.shape, np.bool_)
    rows = {name: row for row, name in enumerate(names)}
    for one in registers:
        if (row := rows.get(one.point_id)) is not None:
            at = (one.starts_us - starts_us[0]) // QUARTER_US
            amounts[row, at] = np.where(one.known, one.energy_wh, 0)
            known[row, at], measured[row, at] = one.known, one.known & one.measured
    return ActivityData(starts_us, QUARTER, names, amounts, known, measured)
