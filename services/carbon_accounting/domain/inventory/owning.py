"""Whose each meter, stream and loss is, as sharing takes it: keys by line, in whole weights."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.costing.declared import Charge
from services.carbon_accounting.domain.inventory.site import PARK, Owner, Site
from services.carbon_accounting.domain.tracing.sharing import Key, Owners

EVER = datetime(1970, 1, 1, tzinfo=UTC)
LOSSES = "losses@"


def owners_of(site: Site) -> Owners:
    """Return who owns what; what belongs to nobody in particular is the park's."""
    owned: dict[str, Owner] = {meter.id: meter.owner for meter in site.meters}
    owned |= {one.id: one.owner for one in site.streams}
    owned |= {one.id: one.owner for one in site.gas_balances}
    owned |= {f"{LOSSES}{store.id}": store.owner for store in site.stores}
    keys = (key for line_id, owner in owned.items() for key in _keys(site, line_id, owner))
    return Owners(tuple(keys), PARK)


def owners_of_charge(site: Site, charge: Charge) -> Owners:
    """Return who pays what a month is charged with."""
    keys = _keys(site, charge.id, Owner(charge.enterprise, charge.key))
    return Owners(tuple(keys), PARK)


def _keys(site: Site, line_id: str, owner: Owner) -> Iterator[Key]:
    if owner.key is None:
        yield Key(line_id, EVER, {owner.enterprise: 1})
        return
    for key in site.keys:
        if key.id == owner.key:
            since = _begins(key.valid_from, site.time_zone)
            yield Key(line_id, since, whole_weights(key.weights))


def whole_weights(weights: Mapping[str, Decimal]) -> dict[str, int]:
    """Return the same proportions in whole numbers: 0.6 and 0.4 are 6 and 4."""
    digits = max(0, *(-int(weight.as_tuple().exponent) for weight in weights.values()))
    return {name: int(weight.scaleb(digits)) for name, weight in weights.items()}


def _begins(day: date, zone: ZoneInfo) -> datetime:
    return EVER if day <= EVER.date() else datetime(day.year, day.month, day.day, tzinfo=zone)
