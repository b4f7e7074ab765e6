"""The rules of the live books as of now: those of the park file, with the factors there are."""

from dataclasses import replace

from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.live.factors import Known, LiveFactors
from services.carbon_accounting.live.inventories import Accounted
from services.carbon_accounting.live.live_rules import LiveRules
from services.runtime.database import Connection


class RulesNow:
    """Asked in the transaction that books, so every replica takes a new factor at once."""

    def __init__(self, rules: LiveRules, factors: LiveFactors | None = None) -> None:
        self.factors = factors or LiveFactors(rules.site, rules.accounted.rules.factors)
        self._rules = rules
        self._known: Known | None = None

    @property
    def site(self) -> Site:
        """What is accounted for."""
        return self._rules.site

    @property
    def accounted(self) -> Accounted:
        """What is accounted for, by the newest rules that this process has seen."""
        return self._rules.accounted

    async def of(self, connection: Connection) -> LiveRules:
        """Return the rules as of now; the same object while nothing was put in."""
        known = await self.factors.known(connection)
        if known is not self._known:
            accounted = Accounted(self.site, self.factors.rules_of(known.store))
            self._rules = replace(self._rules, accounted=accounted)
            self._known = known
        return self._rules
