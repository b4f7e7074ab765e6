"""The rules of the live books, of a park file and the factors that come with the service."""

from pathlib import Path

from services.carbon_accounting.book.site_file import load_site
from services.carbon_accounting.input_files.factor_import import load_factor_store
from services.carbon_accounting.live.live_rules import LiveRules, live_rules
from services.energy.site import Park


def rules_for(park: Park, park_file: Path, acceptance_year: int) -> LiveRules:
    """Return the rules; BadSite or FactorMistakes with every mistake of the files."""
    return live_rules(park, load_site(park_file), acceptance_year, load_factor_store())
