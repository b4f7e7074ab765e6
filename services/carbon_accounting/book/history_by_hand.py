"""Readings of a file beside the history's: what no register counts, as coal that is weighed."""

from collections.abc import Iterator

import numpy as np

from services.carbon_accounting.book.history_link import HistoryRefused
from services.carbon_accounting.book.history_readings import Question
from services.carbon_accounting.book.history_words import QUARTER_US
from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.energy.time_grid import from_microseconds


def given_by(file: ActivityData) -> list[str]:
    """Return the meters that a file holds a value of."""
    return [meter for row, meter in enumerate(file.meters) if file.known[row].any()]


def complete(data: ActivityData, file: ActivityData, question: Question) -> None:
    """Put a file's readings into activity data of the same meters, in their place.

    What lies outside of the asked days is left out. HistoryRefused where no days were asked and
    the file reaches beyond what the history knows: nothing is lost unsaid.
    """
    column = (file.starts_us - data.starts_us[0]) // QUARTER_US
    if told := [*_beyond(data, file, column, question)]:
        raise HistoryRefused(*told)
    here = (column >= 0) & (column < len(data))
    for meter in given_by(file):
        row, of_file = data.rows[meter], file.rows[meter]
        data.amounts[row, column[here]] = file.amounts[of_file, here]
        data.known[row, column[here]] = file.known[of_file, here]
        data.measured[row, column[here]] = file.measured[of_file, here]


def _beyond(
    data: ActivityData, file: ActivityData, column: Whole, question: Question
) -> Iterator[str]:
    given = file.known.any(axis=0)
    if not given.any():
        return
    first, last = (int(np.flatnonzero(given)[end]) for end in (0, -1))
    if column[first] < 0 and question.first_day is None:
        begins = from_microseconds(int(file.starts_us[first]))
        yield f"begins {data.begins}, --readings {begins}: name the first day with --from"
    if column[last] >= len(data) and question.last_day is None:
        at = from_microseconds(int(file.starts_us[last]))
        yield f"ends {data.ends}, --readings has {at}: name the last day with --to"
