"""Any input becomes a usable problem: what is not a number, absurd or contradictory is softened.

Every softening leaves a caveat; nothing is repaired in silence (§4).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from services.dispatch.domain.problem import (
    ENERGY_PRICE_MAX,
    Floats,
    Problem,
    Production,
    Session,
    Storage,
)

ABSURD_KW = 1e6
ABSURD_KWH = 1e8
LOSSLESS = 1.0


@dataclass(frozen=True, slots=True)
class Draft:
    """A problem before anyone has looked at its numbers; the fields are those of `Problem`."""

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
    storages: tuple["DraftStorage", ...] = ()
    productions: tuple[tuple[str, Floats], ...] = ()
    sessions: tuple[tuple[str, float, float, float], ...] = ()
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftStorage:
    """A battery before anyone has looked at its numbers."""

    id: str
    power_kw: float
    charge_efficiency: float
    discharge_efficiency: float
    lowest_kwh: float
    highest_kwh: float
    start_kwh: float
    wear_per_kwh: float


@dataclass
class _Softener:
    caveats: list[str] = field(default_factory=list)

    def within(self, name: str, value: float, low: float, high: float, stand_in: float) -> float:
        """Return a usable number: itself, clipped, or the stand-in when it is none."""
        if not np.isfinite(value):
            self.caveats.append(f"{name}: {value} is not a number; {stand_in:g} stands in")
            return stand_in
        if not low <= value <= high:
            clipped = min(max(value, low), high)
            self.caveats.append(f"{name}: {value:g} is taken as {clipped:g} ({low:g}..{high:g})")
            return clipped
        return float(value)

    def series(self, name: str, values: Floats, slots: int, low: float, high: float) -> Floats:
        """Return (slots,) usable numbers; holes take the last good value before (or after) them."""
        line = np.full(slots, np.nan)
        given = np.asarray(values, dtype=np.float64).ravel()[:slots]
        line[: len(given)] = given
        if holes := int((~np.isfinite(line)).sum()):
            self.caveats.append(f"{name}: {holes} of {slots} missing; the last known stands in")
            line = _held(line)
        if absurd := int(((line < low) | (line > high)).sum()):
            self.caveats.append(f"{name}: {absurd} values outside {low:g}..{high:g} were clipped")
        return np.asarray(np.clip(line, low, high), dtype=np.float64)


def _held(line: Floats) -> Floats:
    good = np.flatnonzero(np.isfinite(line))
    if not len(good):
        return np.zeros_like(line)
    before = np.searchsorted(good, np.arange(len(line)), side="right") - 1
    return np.asarray(line[good[np.maximum(before, 0)]], dtype=np.float64)


def softened(draft: Draft) -> Problem:
    """Return a valid problem whatever the draft holds."""
    soft, slots = _Softener(), max(1, len(draft.hours))
    hours = soft.series("slot length", draft.hours, slots, 1e-3, 24.0)
    import_price = soft.series(
        "import price", draft.import_price, slots, -ENERGY_PRICE_MAX, ENERGY_PRICE_MAX
    )
    export_price = soft.series(
        "export price", draft.export_price, slots, -ENERGY_PRICE_MAX, ENERGY_PRICE_MAX
    )
    intensity = _intensity(draft, slots)
    carbon_price = soft.within("carbon price", draft.carbon_price_per_kg, 0.0, 10.0, 0.0)
    paid = import_price + np.nan_to_num(intensity * carbon_price)
    budget = draft.feed_in_budget_kwh
    if budget is not None:
        budget = soft.within("feed-in budget", budget, -ABSURD_KWH, ABSURD_KWH, 0.0)
    storages = tuple(_storage(soft, storage, paid) for storage in _unlike(soft, draft.storages))
    productions = tuple(
        Production(name, soft.series(f"{name} production", values, slots, 0.0, ABSURD_KW))
        for name, values in draft.productions
    )
    return Problem(
        issue_time=draft.issue_time,
        start=draft.start,
        step=draft.step,
        hours=hours,
        base_kw=soft.series("net load", draft.base_kw, slots, -ABSURD_KW, ABSURD_KW),
        import_price=import_price,
        export_price=export_price,
        intensity_kg_per_kwh=intensity,
        carbon_price_per_kg=carbon_price,
        import_limit_kw=soft.within("import limit", draft.import_limit_kw, 0.0, ABSURD_KW, 0.0),
        export_limit_kw=soft.within("export limit", draft.export_limit_kw, 0.0, ABSURD_KW, 0.0),
        feed_in_budget_kwh=budget,
        storages=storages,
        productions=productions,
        sessions=tuple(_session(soft, *session) for session in draft.sessions),
        caveats=(*draft.caveats, *soft.caveats),
    )


def _unlike(soft: _Softener, storages: tuple[DraftStorage, ...]) -> tuple[DraftStorage, ...]:
    """Leave out a storage whose numbers describe none; it is then not steered."""
    usable = []
    for storage in storages:
        if not storage.power_kw > 0 or not storage.highest_kwh > 0:
            soft.caveats.append(f"{storage.id}: no usable rating; it is planned at 0")
        else:
            usable.append(storage)
    return tuple(usable)


def _storage(soft: _Softener, storage: DraftStorage, paid: Floats) -> Storage:
    name = storage.id
    highest = soft.within(f"{name} upper window", storage.highest_kwh, 0.0, ABSURD_KWH, 0.0)
    lowest = soft.within(f"{name} lower window", storage.lowest_kwh, 0.0, highest, 0.0)
    out = soft.within(
        f"{name} discharge efficiency", storage.discharge_efficiency, 0.3, 1.0, LOSSLESS
    )
    wear = soft.within(f"{name} wear", storage.wear_per_kwh, 0.0, ENERGY_PRICE_MAX, 0.0)
    return Storage(
        id=name,
        power_kw=soft.within(f"{name} power", storage.power_kw, 0.0, ABSURD_KW, 0.0),
        charge_efficiency=soft.within(
            f"{name} charge efficiency", storage.charge_efficiency, 0.3, 1.0, LOSSLESS
        ),
        discharge_efficiency=out,
        lowest_kwh=lowest,
        highest_kwh=highest,
        start_kwh=soft.within(f"{name} stored energy", storage.start_kwh, 0.0, ABSURD_KWH, lowest),
        wear_per_kwh=wear,
        end_value_per_kwh=end_value_per_kwh(paid, out, wear),
    )


def end_value_per_kwh(paid: Floats, discharge_efficiency: float, wear_per_kwh: float) -> float:
    """Return what a stored kWh is worth after the horizon: the median price it will replace.

    So the battery is not emptied at the horizon's end, and not filled at a price above usual.
    """
    return max(0.0, discharge_efficiency * (float(np.median(paid)) - wear_per_kwh))


def _session(soft: _Softener, port: str, power: float, wanted: float, stays: float) -> Session:
    return Session(
        port,
        soft.within(f"{port} power", power, 0.0, 1000.0, 0.0),
        soft.within(f"{port} wanted energy", wanted, 0.0, 1000.0, 0.0),
        soft.within(f"{port} stay", stays, 0.0, 24.0 * 365, 0.0),
    )


def _intensity(draft: Draft, slots: int) -> Floats:
    """Return the intensity with NaN where it is unknown or absurd: it is never filled."""
    line = np.full(slots, np.nan)
    given = np.asarray(draft.intensity_kg_per_kwh, dtype=np.float64).ravel()[:slots]
    line[: len(given)] = np.where((given >= 0) & (given <= 5), given, np.nan)
    return line
