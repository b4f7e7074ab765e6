"""Factors, certificates and matching of the live service, put together."""

from collections.abc import Callable
from dataclasses import dataclass

from services.carbon_accounting.live.certificate_desk import CertificateDesk
from services.carbon_accounting.live.consumptions import Consumptions
from services.carbon_accounting.live.factor_desk import FactorDesk
from services.carbon_accounting.live.matcher import Matcher
from services.carbon_accounting.live.matching import MatchingDesk
from services.carbon_accounting.live.rules_now import RulesNow
from services.runtime.clock import ParkClock
from services.runtime.database import Database


@dataclass(frozen=True, slots=True)
class Attributes:
    """Who answers about factors, certificates and matching, and who keeps the coverage."""

    clock: ParkClock
    factors: FactorDesk
    certificates: CertificateDesk
    matching: MatchingDesk
    matcher: Matcher


def attributes_of(
    database: Database, rules: RulesNow, clock: ParkClock, changed: Callable[[], None]
) -> Attributes:
    """Put them together; `changed` wakes the bookkeeper: factors or coverage are others."""
    site = rules.site
    consumptions = Consumptions(database, rules.factors)
    matcher = Matcher(database, site, consumptions, clock, changed)
    return Attributes(
        clock,
        FactorDesk(database, rules.factors, changed),
        CertificateDesk(database, site, consumptions, matcher.wake),
        MatchingDesk(database, site, consumptions),
        matcher,
    )
