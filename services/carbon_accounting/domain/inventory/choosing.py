"""A park's choices of years for factors, as stand-ins of the factor store."""

from collections.abc import Iterator
from datetime import date

from services.carbon_accounting.domain.activities.electricity import GRID, GRID_QUANTITY
from services.carbon_accounting.domain.factoring.store import FactorStore, StandIn
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.ledgers import Ledger


def chosen(site: Site, factors: FactorStore) -> FactorStore:
    """Return the factors with the years that the park chose to stand in for all its periods."""
    return factors.standing_in(_stand_ins(site))


def _stand_ins(site: Site) -> Iterator[StandIn]:
    for ledger in Ledger:
        year = site.choices.factor_year
        if ledger is Ledger.PARK_ACCEPTANCE:
            year = site.choices.acceptance_factor_year or year
        if year is not None:
            yield StandIn(ledger, GRID_QUANTITY.get(ledger, GRID), date(year, 1, 1))
