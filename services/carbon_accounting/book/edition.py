"""A park's indicators, those that come with us and one of each pattern for each of its products."""

from datetime import date
from functools import cache

from services.carbon_accounting.domain.indicators.editions import Edition
from services.carbon_accounting.domain.indicators.identities import Identity
from services.carbon_accounting.domain.inventory.product_words import as_named
from services.carbon_accounting.domain.inventory.site import Product, Site
from services.carbon_accounting.input_files.indicator_import import read_indicators


def edition_of(site: Site) -> Edition:
    """Return the indicators as they stand on the park's day, without one the newest."""
    return _edition(site.products, site.choices.indicators_as_of)


def indicators_of_product(product: str, *, that_may_not_apply: bool = False) -> frozenset[str]:
    """Return the ids of the indicators that each product has one of."""
    some = (one for one in read_indicators().written if one.for_each)
    patterns = [one.id for one in some if one.may_not_apply or not that_may_not_apply]
    return frozenset(pattern.replace("{product}", product) for pattern in patterns)


def explainable_on(day: date | None) -> list[str]:
    """Return the ids of those of them that a park may explain not to have (rules A.3)."""
    definitions = (one.definition for one in _edition((), day).indicators)
    return [one.id for one in definitions if one.may_not_apply]


def indicators_on(day: date | None) -> list[str]:
    """Return the ids of the indicators of any park, as they stand on a day, None for the newest."""
    return [one.definition.id for one in _edition((), day).indicators]


def identities() -> tuple[Identity, ...]:
    """Return what must come out the same by several ways; identities have no versions."""
    return read_indicators().identities


@cache
def _edition(products: tuple[Product, ...], as_of: date | None) -> Edition:
    catalogue = read_indicators(products=[as_named(product) for product in products]).catalogue
    newest = max(definition.valid_from for definition in catalogue.definitions)
    edition = catalogue.edition(as_of or newest)
    if not isinstance(edition, Edition):
        raise ValueError("; ".join(str(fault) for fault in edition.faults))
    return edition
