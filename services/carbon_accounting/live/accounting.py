"""What a live park file accounts for, and by which rules."""

from pathlib import Path

from services.carbon_accounting.book.site_file import load_site
from services.carbon_accounting.domain.inventory.choosing import chosen
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.factor_import import load_factor_store
from services.carbon_accounting.live.inventories import Accounted


def accounted_of(park_file: Path) -> Accounted:
    """Return a park's site and rules; BadSite or FactorMistakes with every mistake."""
    site = load_site(park_file)
    factors = chosen(site, load_factor_store())
    return Accounted(site, Rules(factors, site.choices.region, site.time_zone))
