"""New factors on trial: whether their units meet what the park books, before any is kept.

A factor that no booking can use would stop the books, so it is refused with its line and the cure.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import partial

import numpy as np

from services.carbon_accounting.domain.activities.basis import Basis
from services.carbon_accounting.domain.activities.electricity import quantity_of, supplied
from services.carbon_accounting.domain.factoring.factor import Factor
from services.carbon_accounting.domain.factoring.store import FactorStore
from services.carbon_accounting.domain.inventory.electricity import OWN_FUELLED
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.inventory.streams import booking_of, quantities_of
from services.carbon_accounting.domain.units import unit
from services.carbon_accounting.input_files.factor_import import Read
from services.carbon_accounting.input_files.mistakes import Mistake

GRID, GENERATED = "grid", "electricity"
ONE = np.ones(1, np.int64)
AT_ANY_TIME = date(2000, 1, 1)
Try = Callable[[Basis], object]


def unbookable(
    name: str, new: Sequence[Read], known: FactorStore, rules: Rules, site: Site
) -> list[Mistake]:
    """Return what of the new factors cannot be used, one mistake a line of the file.

    `known` is what there was before, `rules` are those with the new ones.
    """
    of_quantity = {quantity: list(tries) for quantity, tries in _tries(site).items()}
    told: dict[int, Mistake] = {}
    for read in new:
        factor = read.factor
        cures = [*_another_kind(factor, known)]
        if factor.ledger in site.ledgers:
            cures += _refusals(factor, rules, of_quantity.get(factor.quantity, ()))
        for cure in cures:
            told.setdefault(read.line, Mistake(name, read.line, "unit", repr(factor.unit), cure))
    return list(told.values())


def _another_kind(factor: Factor, known: Iterable[Factor]) -> Iterator[str]:
    """Yield why a unit cannot meet what the same quantity of the ledger is counted in elsewhere."""
    alike = [f for f in known if (f.ledger, f.quantity) == (factor.ledger, factor.quantity)]
    own = unit(factor.unit).dimensionality
    if alike and all(unit(f.unit).dimensionality != own for f in alike):
        yield (
            f"{factor.quantity} is per another kind of amount in {factor.ledger.key}; give it in "
            f"{alike[0].unit} or a unit that converts to it"
        )


def _refusals(factor: Factor, rules: Rules, tries: Iterable[Try]) -> Iterator[str]:
    day = factor.validity.start or factor.validity.end or AT_ANY_TIME
    basis = Basis(rules.boundary(factor.ledger), rules.factors, rules.region_of(factor.ledger), day)
    for book in tries:
        try:
            book(basis)
        except ValueError as error:
            yield str(error)


def _tries(site: Site) -> dict[str, list[Try]]:
    """Return by quantity how one base unit of each of the park's activities is booked."""
    tries: dict[str, list[Try]] = {}
    for stream in site.streams:
        for quantity in quantities_of(stream):
            tries.setdefault(quantity, []).append(partial(booking_of(stream), ONE))
    made = {OWN_FUELLED.get(meter.kind, meter.kind) for meter in site.meters if meter.kind}
    for kind in sorted(made | {GRID}):
        for quantity in {quantity_of(kind, ledger) for ledger in site.ledgers}:
            tries.setdefault(quantity, []).append(partial(supplied, kind, GENERATED, ONE))
    return tries
