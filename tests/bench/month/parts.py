"""The demo park's parts as a park problem has them, from its park file; what it lacks is assumed.

The park file has no demand charge: 4.5 GBP per kW and month (a Chinese maximum-demand price of
about 40 CNY) on quarter hours is our assumption.
"""

from dataclasses import dataclass
from functools import lru_cache

from services.dispatch.domain.foresight.peaks import Shaver
from services.dispatch.domain.park.network import DemandCharge, Grid
from services.dispatch.domain.park.quantities import Series
from services.dispatch.domain.park.storage import Store
from services.energy.site import DeviceKind
from tests.support.builders import a_park

PEAK_PRICE = 4.5
KILO, MICROS = 1e3, 1e6


@dataclass(frozen=True, slots=True)
class Contract:
    """The connection: what may go in and out, kW, what feeding in earns, what a peak costs."""

    import_limit_kw: float
    export_limit_kw: float
    export_price: float
    peak_price: float = PEAK_PRICE


@lru_cache(maxsize=1)
def connection() -> Contract:
    """Return what the park file says of the connection."""
    found = a_park().connection
    return Contract(
        found.import_limit_w / KILO,
        found.export_limit_w / KILO,
        found.feed_in_price_micros_per_kwh / MICROS,
    )


def grid(contract: Contract, price: Series, charge: DemandCharge) -> Grid:
    """Return the connection of a problem."""
    return Grid(
        id="grid",
        import_price=price,
        export_price=contract.export_price,
        import_limit_kw=contract.import_limit_kw,
        export_limit_kw=contract.export_limit_kw,
        demand_charge=charge,
    )


@lru_cache(maxsize=1)
def battery() -> Store:
    """Return the battery, half full."""
    (device,) = a_park().devices_of(DeviceKind.BATTERY)
    rating = device.battery
    if rating is None:
        raise ValueError("the demo park's battery has no rating")
    capacity_kwh = rating.capacity_wh / KILO
    return Store(
        id="battery",
        lowest_kwh=capacity_kwh * rating.state_of_charge_min_pct / 100.0,
        highest_kwh=capacity_kwh * rating.state_of_charge_max_pct / 100.0,
        start_kwh=capacity_kwh / 2.0,
        charge_kw=rating.power_w / KILO,
        discharge_kw=rating.power_w / KILO,
        charge_efficiency=rating.charge_efficiency,
        discharge_efficiency=rating.discharge_efficiency,
        wear_per_kwh=rating.wear_cost_micros_per_kwh / MICROS,
    )


def shaver() -> Shaver:
    """Return the battery as it shaves peaks."""
    store = battery()
    return Shaver(
        store.highest_kwh - store.lowest_kwh,
        store.charge_kw,
        store.discharge_kw,
        store.charge_efficiency,
        store.discharge_efficiency,
    )


def port_kw() -> float:
    """Return what a charging port gives."""
    return float(a_park().devices_of(DeviceKind.CHARGER)[0].rating_w or 0.0) / KILO
