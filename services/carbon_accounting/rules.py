"""The rules of booking of one park: its meters, its factors and the choices of its park file."""

from services.carbon_accounting.domain.booking import Rules
from services.carbon_accounting.domain.factors import FactorSet
from services.carbon_accounting.domain.meters import meters_of
from services.energy.site import Park


def rules_for(park: Park, factors: FactorSet) -> Rules:
    """Return the rules; every factor has been found already."""
    return Rules(
        meters=meters_of(park),
        factors=factors,
        ledger_from=park.ledger_from,
        late_after=park.carbon.late_after,
        oldest=park.telemetry.oldest,
        time_zone=park.time_zone,
    )
