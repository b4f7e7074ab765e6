"""Open items of months that were added up one by one, as those of all of them together."""

from collections.abc import Collection, Sequence

from services.carbon_accounting.domain.inventory.open_items import Kind, OpenItem

AT_THE_START = "of unknown origin at the start"
"""How what a store held at first is told: of each month, as if it were the first."""


def joined_items(months: Sequence[Collection[OpenItem]]) -> set[OpenItem]:
    """Return what is open of ordered months together.

    What is unfinished in one month only ends in another: it is open where no month has its end, and
    then as the newest one says. What stores held at first is told by the first month.
    """
    if not months:
        return set()
    named = [{one.subject for one in items if _is_unfinished(one)} for items in months]
    never = set.intersection(*named)
    found = {one for items in months for one in items if not _is_of_an_end(one)}
    found |= {one for one in months[0] if _is_of_the_start(one)}
    return found | {one for one in months[-1] if _is_unfinished(one) and one.subject in never}


def _is_of_an_end(one: OpenItem) -> bool:
    return _is_unfinished(one) or _is_of_the_start(one)


def _is_unfinished(one: OpenItem) -> bool:
    return one.kind == Kind.UNFINISHED


def _is_of_the_start(one: OpenItem) -> bool:
    return one.kind == Kind.STORE and one.what.endswith(AT_THE_START)
