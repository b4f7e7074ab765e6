"""Year to date and the forecast of the rest make the year: totals are added, then divided.

A ratio of a year is the ratio of the year's totals, never a mean of ratios.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from services.carbon_accounting.domain.indicators.editions import Edition
from services.carbon_accounting.domain.indicators.showing import Shown, shown
from services.carbon_accounting.domain.indicators.snapshots import Period, Snapshot
from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.domain.indicators.vocabulary import Vocabulary, Word
from services.carbon_accounting.domain.units import ratio


@dataclass(frozen=True, slots=True)
class Projected:
    """An indicator so far and at the end of the year.

    `not_foreseen` are the inputs that are known so far and were not forecast: the year misses them.
    """

    so_far: Shown
    at_year_end: Shown
    not_foreseen: tuple[str, ...]


def projected(
    edition: Edition,
    so_far: Snapshot,
    rest: Snapshot,
    *,
    year_end: date,
    explained: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Projected]:
    """Return every indicator projected to the end of the year, by id.

    `rest` holds the forecast amounts of [so_far's end, the year's end); ValueError when the two
    leave a gap or overlap. What holds on a day (a size, a count) is taken from the forecast where
    it says so, else as it is.
    """
    if so_far.period.end != rest.period.start:
        raise ValueError(
            f"the year to date ends {so_far.period.end} and the forecast begins "
            f"{rest.period.start}; they must meet"
        )
    amounts = _of_both(so_far.amounts, rest.amounts, edition.vocabulary)
    period = Period(so_far.period.kind, so_far.period.start, rest.period.end, year_end)
    of_year = Snapshot(period, amounts, so_far.doubts)
    now, then = shown(edition, so_far, explained), shown(edition, of_year, explained)
    unforeseen = {
        name for name in so_far.amounts if name not in amounts and name in edition.vocabulary.words
    }
    return {
        one.definition.id: Projected(
            now[one.definition.id],
            then[one.definition.id],
            tuple(
                name
                for name in edition.only(one.definition.id).vocabulary.words
                if name in unforeseen
            ),
        )
        for one in edition.indicators
    }


def _of_both(
    so_far: Mapping[str, Amount], rest: Mapping[str, Amount], vocabulary: Vocabulary
) -> dict[str, Amount]:
    found = {}
    for name, word in vocabulary.words.items():
        if (amount := _of_year(word, so_far.get(name), rest.get(name))) is not None:
            found[name] = amount
    return found


def _of_year(word: Word, so_far: Amount | None, rest: Amount | None) -> Amount | None:
    """Return the year's amount; None when a part of what adds up is unknown."""
    if not word.adds_up:
        return rest or so_far
    if so_far is None or rest is None:
        return None
    total = so_far.value * ratio(so_far.unit, word.unit) + rest.value * ratio(rest.unit, word.unit)
    return Amount(total, word.unit)
