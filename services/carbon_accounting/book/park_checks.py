"""Gas balances that no booking can follow, tried on every ledger before a file is written."""

from collections.abc import Iterator

from services.carbon_accounting.domain.activities.boundary import Gwp
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.inventory.streams import leak


def odd_leaks(site: Site, rules: Rules) -> Iterator[str]:
    """Yield a line for each balance that cannot be booked, with its place in the park file."""
    gwp = Gwp(site.choices.gwp.lower())
    for balance in site.gas_balances:
        for ledger in site.ledgers:
            try:
                leak(ledger, balance, gwp, rules)
            except ValueError as error:
                yield f"accounting.gas_balances[{balance.id}]: {error}"
