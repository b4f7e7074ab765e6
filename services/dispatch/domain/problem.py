"""The planning problem: what is known, what may be steered and what it costs. Solver-free.

Arrays are (slots,) unless said otherwise; powers kW, energies kWh, prices currency units per kWh.
Physics is hard. Limits are priced so high that they are broken only when nothing else is possible,
and what is broken is listed. `services.dispatch.domain.softening` makes one of any input.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Prices of broken limits, currency units per kWh, far above any price of energy.
CONNECTION_PRICE = 1000.0
STATE_OF_CHARGE_PRICE = 200.0
VEHICLE_PRICE = 40.0
FEED_IN_PRICE = 20.0
ENERGY_PRICE_MAX = 10.0

# Charging later, moving the battery and curtailing cost next to nothing, so ties have one answer.
TIE_PER_KWH = 1e-4


@dataclass(frozen=True, slots=True)
class Storage:
    """A battery. `wear_per_kwh` is paid per kWh discharged; `end_value_per_kwh` per kWh left."""

    id: str
    power_kw: float
    charge_efficiency: float
    discharge_efficiency: float
    lowest_kwh: float
    highest_kwh: float
    start_kwh: float
    wear_per_kwh: float
    end_value_per_kwh: float

    def __post_init__(self) -> None:
        _must(self.power_kw >= 0, f"{self.id}: power {self.power_kw} kW must not be negative")
        for efficiency in (self.charge_efficiency, self.discharge_efficiency):
            _must(0 < efficiency <= 1, f"{self.id}: efficiency {efficiency} is not in (0, 1]")
        _must(
            0 <= self.lowest_kwh <= self.highest_kwh,
            f"{self.id}: window {self.lowest_kwh}..{self.highest_kwh} kWh is not one",
        )
        _must(self.start_kwh >= 0, f"{self.id}: {self.start_kwh} kWh stored must not be negative")
        _must(self.wear_per_kwh >= 0, f"{self.id}: wear {self.wear_per_kwh} must not be negative")

    @property
    def floor_kwh(self) -> float:
        """The physical lower end: the window, or where it stands when that is below."""
        return min(self.lowest_kwh, self.start_kwh)

    @property
    def ceiling_kwh(self) -> float:
        """The physical upper end: the window, or where it stands when that is above."""
        return max(self.highest_kwh, self.start_kwh)


@dataclass(frozen=True, slots=True, eq=False)
class Production:
    """Curtailable production; `available_kw` is a magnitude."""

    id: str
    available_kw: Floats

    def __post_init__(self) -> None:
        _must(bool((self.available_kw >= 0).all()), f"{self.id}: production must be a magnitude")


@dataclass(frozen=True, slots=True)
class Session:
    """A vehicle at a port: what it still wants and how long it stays (h from issue time)."""

    port_id: str
    power_kw: float
    wanted_kwh: float
    stays_h: float

    def __post_init__(self) -> None:
        _must(self.power_kw >= 0, f"{self.port_id}: power {self.power_kw} kW must not be negative")
        _must(self.wanted_kwh >= 0, f"{self.port_id}: wants {self.wanted_kwh} kWh, not negative")
        _must(self.stays_h >= 0, f"{self.port_id}: stays {self.stays_h} h, not negative")


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One horizon. `hours` is each slot's length; the first may have begun before `issue_time`.

    `intensity_kg_per_kwh` is NaN where unknown: there the plan is not steered by carbon (§4).
    `feed_in_budget_kwh` is what may still be exported under the supply mode; None: no such rule.
    """

    issue_time: datetime
    start: datetime
    step: timedelta
    hours: Floats
    base_kw: Floats
    import_price: Floats
    export_price: Floats
    intensity_kg_per_kwh: Floats
    carbon_price_per_kg: float
    import_limit_kw: float
    export_limit_kw: float
    feed_in_budget_kwh: float | None = None
    storages: tuple[Storage, ...] = ()
    productions: tuple[Production, ...] = ()
    sessions: tuple[Session, ...] = ()
    caveats: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        arrays = {
            "base_kw": self.base_kw,
            "import_price": self.import_price,
            "export_price": self.export_price,
            "hours": self.hours,
            **{p.id: p.available_kw for p in self.productions},
        }
        for name, values in arrays.items():
            _must(
                values.shape == self.hours.shape, f"{name} has shape {values.shape}, not (slots,)"
            )
            _must(bool(np.isfinite(values).all()), f"{name} must be finite; soften it first")
        _must(self.intensity_kg_per_kwh.shape == self.hours.shape, "intensity must be (slots,)")
        _must(bool((self.hours > 0).all()), "every slot must last")
        _must(self.import_limit_kw >= 0, f"import limit {self.import_limit_kw} kW is negative")
        _must(self.export_limit_kw >= 0, f"export limit {self.export_limit_kw} kW is negative")
        names = [s.id for s in self.storages] + [p.id for p in self.productions]
        names += [session.port_id for session in self.sessions]
        _must(len(names) == len(set(names)), f"a device stands twice in {sorted(names)}")

    @property
    def slots(self) -> int:
        """How many slots the horizon has."""
        return len(self.hours)

    @property
    def carbon_price(self) -> Floats:
        """What a kWh of import costs for its carbon; nothing where that is unknown (§4)."""
        return np.nan_to_num(self.intensity_kg_per_kwh * self.carbon_price_per_kg, nan=0.0)

    def presence(self, session: Session) -> Floats:
        """Return the share of each slot that the vehicle is there, (slots,)."""
        ends_h = np.cumsum(self.hours)
        here_h = np.clip(session.stays_h - (ends_h - self.hours), 0.0, self.hours)
        return np.asarray(here_h / self.hours, dtype=np.float64)


def _must(holds: bool, text: str) -> None:
    if not holds:
        raise ValueError(text)
