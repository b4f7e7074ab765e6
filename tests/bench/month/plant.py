"""One quarter of the park as it really went, with what the control cycle does to it.

The recordings are means of quarters, so within a quarter nothing moves but what is steered. The
control cycle measures once a second what is not steered and keeps the connection's limits with
`domain/guard.py`: it follows the plan's set-points unless the import would pass the limit or the
peak that the plan accepts (`cap_kw`), or the export its limit. Its first seconds are not counted,
and there is no `limit_margin_kw`, which is for what moves within a quarter.
"""

from dataclasses import dataclass, field

from services.dispatch.domain.charging import Vehicle, allocated, planned_w
from services.dispatch.domain.guard import Group, Guarded, guarded
from services.dispatch.domain.park.storage import Store
from services.dispatch.domain.plant import fail_safe_of
from services.dispatch.domain.snapshot import Trims
from services.energy.site import DeviceKind
from services.forecasting.domain.series import Ints
from tests.bench.month.fleet import Fleet
from tests.bench.month.parts import Contract, battery, port_kw
from tests.bench.month.truth import QUARTER_H, QUARTER_S, Truth
from tests.support.builders import a_park

KILO = 1e3


@dataclass(frozen=True, slots=True)
class Wish:
    """What a plan wants of a quarter, kW: the battery (charging positive), the fleet by vehicle.

    `pv_kw` is what PV may give at most, None: all; `cap_kw` the highest mean import it accepts.
    Steering none: the battery rests, and vehicles charge at once.
    """

    battery_kw: float = 0.0
    vehicle_kw: dict[int, float] = field(default_factory=dict)
    pv_kw: float | None = None
    cap_kw: float = float("inf")
    steers: bool = True


NOTHING = Wish(steers=False)


@dataclass(frozen=True, slots=True)
class Quarter:
    """What a quarter came to, kW and kWh; `charged_kw` by vehicle."""

    import_kw: float
    export_kw: float
    battery_kw: float
    level_kwh: float
    pv_kw: float
    charged_kw: dict[int, float]


@dataclass(frozen=True, slots=True, eq=False)
class Plant:
    """The park's devices, and what really happened to it.

    `leaves_s` is when the control cycle thinks each vehicle leaves: as announced, or as it does.
    """

    truth: Truth
    fleet: Fleet
    contract: Contract
    leaves_s: Ints

    def after(
        self, quarter: int, level_kwh: float, left_kwh: dict[int, float], wish: Wish
    ) -> Quarter:
        """Return what a quarter comes to; `left_kwh` is what each vehicle there still wants."""
        row = quarter - self.truth.first
        vehicles = self._vehicles(quarter, left_kwh)
        base_kw, pv_kw = float(self.truth.base_kw[row]), float(self.truth.pv_kw[row])
        guard = self._guarded(base_kw, pv_kw, level_kwh, vehicles, wish)
        battery_kw, fleet_kw, made_kw = (
            w / KILO for w in (guard.battery_w, guard.fleet_w, -guard.production_w)
        )
        grid_kw = base_kw + battery_kw + fleet_kw - made_kw
        shares = allocated(vehicles, guard.fleet_w)
        charged = {int(port): w / KILO for port, w in shares.items()}
        level_kwh += _inside_kw(battery(), battery_kw) * QUARTER_H
        return Quarter(
            max(grid_kw, 0.0), max(-grid_kw, 0.0), battery_kw, level_kwh, made_kw, charged
        )

    def _vehicles(self, quarter: int, left_kwh: dict[int, float]) -> list[Vehicle]:
        found = []
        for vehicle, left in left_kwh.items():
            most_kw = min(port_kw() * self.fleet.here_h(vehicle, quarter), left) / QUARTER_H
            stays_s = float(self.leaves_s[vehicle] - quarter * QUARTER_S)
            wanted_wh = left * KILO
            found.append(Vehicle(str(vehicle), wanted_wh, stays_s, most_kw * KILO, 0.0))
        return found

    def _guarded(
        self, base_kw: float, pv_kw: float, level_kwh: float, vehicles: list[Vehicle], wish: Wish
    ) -> Guarded:
        low_kw, high_kw = _reach_kw(battery(), level_kwh) if wish.steers else (0.0, 0.0)
        most_w = sum(v.most_w for v in vehicles)
        fleet_w = self._fleet_w(vehicles, wish)
        limit_kw = pv_kw if wish.pv_kw is None else min(pv_kw, wish.pv_kw)
        cap_kw = min(self.contract.import_limit_kw, wish.cap_kw)
        return guarded(
            base_kw * KILO,
            Group("battery", wish.battery_kw * KILO, low_kw * KILO, high_kw * KILO),
            Group("fleet", fleet_w, 0.0 if wish.steers else fleet_w, most_w),
            Group("production", -limit_kw * KILO, -pv_kw * KILO, 0.0),
            import_cap_w=cap_kw * KILO,
            export_cap_w=self.contract.export_limit_kw * KILO,
            before=Trims(),
        )

    def _fleet_w(self, vehicles: list[Vehicle], wish: Wish) -> float:
        if not wish.steers:
            return sum(v.most_w for v in vehicles)
        session_w = {str(vehicle): kw * KILO for vehicle, kw in wish.vehicle_kw.items()}
        return planned_w(vehicles, session_w, _gentle_w())


def _gentle_w() -> float:
    """Return what a port gives a vehicle that no plan knows yet."""
    return fail_safe_of(a_park().devices_of(DeviceKind.CHARGER)[0])


def _inside_kw(store: Store, kw: float) -> float:
    """Return what gets into the store of a power at the connection; negative: out of it."""
    return kw * store.charge_efficiency if kw > 0.0 else kw / store.discharge_efficiency


def _reach_kw(store: Store, level_kwh: float) -> tuple[float, float]:
    """Return the lowest and the highest power that the battery can hold for a quarter."""
    out = (level_kwh - store.lowest_kwh) * store.discharge_efficiency / QUARTER_H
    into = (store.highest_kwh - level_kwh) / store.charge_efficiency / QUARTER_H
    return -min(store.discharge_kw, max(out, 0.0)), min(store.charge_kw, max(into, 0.0))
