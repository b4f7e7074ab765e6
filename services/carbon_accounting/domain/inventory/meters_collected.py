"""Which meters of a park are read automatically: R_z of rules A.4, all declared ones required."""

from services.carbon_accounting.domain.auditing.collection import Collection as Collected
from services.carbon_accounting.domain.auditing.collection import Meter as Required
from services.carbon_accounting.domain.auditing.collection import collection_of
from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.domain.inventory.site import Collection, Site


def collection(site: Site) -> Collected | None:
    """Return how many meters and streams are collected; None while one does not say."""
    if any(one.collection is None for one in site.counting):
        return None
    return collection_of(
        Required(one.id, is_required=True, is_collected=one.collection is Collection.AUTOMATIC)
        for one in site.counting
    )


def collected(site: Site) -> dict[str, Amount]:
    """Return the words of the indicator; nothing while a meter does not say."""
    found = collection(site)
    return {} if found is None else found.amounts()
