"""Factors, certificates and matching of the live service, put together."""

from collections.abc import Callable
from dataclasses import dataclass

from services.carbon_accounting.live.certificate_desk import CertificateDesk
from services.carbon_accounting.live.consumptions import Consumptions
from services.carbon_accounting.live.factor_desk import FactorDesk
from services.carbon_accounting.live.issuing import IssuingDesk
from services.carbon_accounting.live.matcher import Matcher
from services.carbon_accounting.live.matching import MatchingDesk
from services.carbon_accounting.live.quality_desk import QualityDesk
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.live.settling import SettlingDesk
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
    issuing: IssuingDesk
    quality: QualityDesk
    settling: SettlingDesk


def attributes_of(
    database: Database,
    rules: RulesNow,
    clock: ParkClock,
    changed: Callable[[], None],
    reading: Database | None = None,
) -> Attributes:
    """Put them together; `changed` wakes the bookkeeper: factors or coverage are others.

    What only reads goes through `reading` where it is given.
    """
    site, read_from = rules.site, reading or database
    consumptions = Consumptions(read_from, rules.factors)
    matcher = Matcher(database, site, consumptions, clock, changed)
    return Attributes(
        clock,
        FactorDesk(database, rules.factors, changed, read_from),
        CertificateDesk(database, site, consumptions, matcher.wake, read_from),
        MatchingDesk(read_from, site, consumptions),
        matcher,
        IssuingDesk(site, consumptions),
        QualityDesk(read_from, site, rules.factors),
        SettlingDesk(read_from, site, consumptions),
    )
