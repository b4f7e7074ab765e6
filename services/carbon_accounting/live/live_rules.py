"""The rules of the live books of one park: its site, its factors, and when a quarter is late."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

from services.carbon_accounting.domain.factoring.store import FactorStore
from services.carbon_accounting.domain.inventory.choosing import chosen
from services.carbon_accounting.domain.inventory.rules import NATIONAL, Rules
from services.carbon_accounting.domain.inventory.site import Activity, Choices, Site
from services.carbon_accounting.live.inventories import Accounted
from services.energy.site import Park

METHOD = 3
"""Counts up when the same words, site and factors are booked otherwise by new code."""
USUAL_ACCEPTANCE_YEAR = Choices("").acceptance_factor_year


@dataclass(frozen=True)
class LiveRules:
    """Everything besides words and coverage that decides what is booked, and when."""

    accounted: Accounted
    ledger_from: datetime
    late_after: timedelta

    @property
    def site(self) -> Site:
        """What is accounted for."""
        return self.accounted.site

    @cached_property
    def registers(self) -> tuple[str, ...]:
        """The registers that quarters wait for: all that ledgers count, by their words' unit."""
        return tuple(one for one in self.accounted.counted if one not in self.resources)

    @cached_property
    def resources(self) -> frozenset[str]:
        """The registers of water, waste, heat: in balances and indicators, in no ledger."""
        streams = self.site.streams
        return frozenset(one.id for one in streams if one.activity is Activity.RESOURCE)

    @cached_property
    def fingerprint(self) -> str:
        """A short digest; quarters booked under another one are booked again."""
        factors = sorted(map(repr, self.accounted.rules.factors))
        parts = [str(METHOD), repr(self.site), str(self.late_after), str(self.ledger_from)]
        return hashlib.sha256("\n".join([*parts, *factors]).encode()).hexdigest()[:16]


def live_rules(park: Park, site: Site, acceptance_year: int, factors: FactorStore) -> LiveRules:
    """Return the rules; what `accounting` does not say, the file's `carbon` and settings do."""
    site = replace(site, choices=_choices(park, site.choices, acceptance_year))
    rules = Rules(chosen(site, factors), site.choices.region, site.time_zone)
    return LiveRules(Accounted(site, rules), park.ledger_from, park.carbon.late_after)


def _choices(park: Park, said: Choices, acceptance_year: int) -> Choices:
    size, usual = park.carbon.annual_energy_tce, USUAL_ACCEPTANCE_YEAR
    stated = said.acceptance_factor_year
    return replace(
        said,
        region=park.carbon.grid_region if said.region == NATIONAL else said.region,
        factor_year=said.factor_year or park.carbon.factor_year,
        acceptance_factor_year=acceptance_year if stated == usual else stated,
        annual_energy_tce=said.annual_energy_tce or (None if size is None else Decimal(str(size))),
    )
