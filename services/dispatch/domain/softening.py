"""Any input becomes a usable problem: what is not a number, absurd or contradictory is softened.

Every softening leaves a caveat; nothing is repaired in silence (§4).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo

import numpy as np

from services.dispatch.domain.framed import Framed
from services.dispatch.domain.park.demand import Load, Session
from services.dispatch.domain.park.horizon import Floats, Horizon
from services.dispatch.domain.park.network import Grid, Production
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.quantities import SHORTEST_H
from services.dispatch.domain.park.rules import Balance, CarbonRule, Former, SupplyMode
from services.dispatch.domain.park.storage import Store

ABSURD_KW = 1e6
ABSURD_KWH = 1e7
ENERGY_PRICE_MAX = 10.0
LOSSLESS = 1.0
LONGEST_STAY_H = 24.0 * 365
LONGEST_YEAR_H = 24.0 * 366
TIE_PER_KWH = 1e-4
"""Curtailing costs next to nothing, so that ties have one answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftMode:
    """A supply mode and the year so far before anyone has looked at its numbers; see `SupplyMode`.

    A share of None is no rule.
    """

    feed_in_share: float | None = None
    self_use_share: float | None = None
    load_share: float | None = None
    no_feed_in: bool = False
    generated_kwh: float = 0.0
    fed_in_kwh: float = 0.0
    used_kwh: float = 0.0
    year_ends_h: float | None = None


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


@dataclass(frozen=True, slots=True)
class DraftSession:
    """A vehicle at a port before anyone has looked at its numbers; it stays for `stays_h`."""

    port_id: str
    power_kw: float
    wanted_kwh: float
    stays_h: float


@dataclass(frozen=True, slots=True)
class Draft:
    """A problem before anyone has looked at its numbers. Powers kW, energies kWh, arrays (steps,).

    `loads` and `sources` are not steered: a load that is negative gives, a source that is negative
    takes. `productions` may be curtailed. `former_kw` is what the plan before has devices do.
    """

    issue_time: datetime
    start: datetime
    step: timedelta
    hours: Floats
    import_price: Floats
    export_price: Floats
    intensity_kg_per_kwh: Floats
    carbon_price_per_kg: float
    import_limit_kw: float
    export_limit_kw: float
    zone: tzinfo = UTC
    grid_id: str = "grid"
    currency: str = "CNY"
    mode: DraftMode = field(default_factory=DraftMode)
    loads: tuple[tuple[str, Floats], ...] = ()
    sources: tuple[tuple[str, Floats], ...] = ()
    productions: tuple[tuple[str, Floats], ...] = ()
    storages: tuple[DraftStorage, ...] = ()
    sessions: tuple[DraftSession, ...] = ()
    former_kw: Mapping[str, Floats] = field(default_factory=dict)
    move_cost_per_kw: float = 0.0
    caveats: tuple[str, ...] = ()


@dataclass
class _Softener:
    steps: int
    caveats: list[str] = field(default_factory=list)

    def within(self, name: str, value: float, low: float, high: float, stand_in: float) -> float:
        """Return a usable number: itself, clipped, or the stand-in when it is none."""
        if not np.isfinite(value):
            self.caveats.append(f"{name}: {value} is not a number; {stand_in:g} stands in")
            return stand_in
        if not low <= value <= high:
            clipped = min(max(value, low), high)
            self.caveats.append(f"{name}: {value:g} is taken as {clipped:g} ({low:g}..{high:g})")
            return float(clipped)
        return float(value)

    def line(self, name: str, values: Floats, low: float, high: float) -> Floats:
        """Return (steps,) usable numbers; holes take the last good value before (or after) them."""
        line = np.full(self.steps, np.nan)
        given = np.asarray(values, dtype=np.float64).ravel()[: self.steps]
        line[: len(given)] = given
        if holes := int((~np.isfinite(line)).sum()):
            self.caveats.append(
                f"{name}: {holes} of {self.steps} missing; the last known stands in"
            )
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


def softened(draft: Draft) -> Framed:
    """Return a valid problem whatever the draft holds."""
    soft = _Softener(max(1, len(draft.hours)))
    hours = soft.line("step length", draft.hours, SHORTEST_H, 24.0)
    grid = _grid(soft, draft)
    carbon = CarbonRule(
        price_per_kg=soft.within("carbon price", draft.carbon_price_per_kg, 0, 10, 0)
    )
    paid = _paid(grid, carbon)
    begins = draft.start + draft.step - timedelta(hours=float(hours[0]))
    park = ParkProblem(
        horizon=Horizon(start=begins.astimezone(draft.zone), steps_h=tuple(hours.tolist())),
        currency=draft.currency,
        grids=(grid,),
        productions=(*_sources(soft, draft), *_productions(soft, draft)),
        loads=(*_loads(soft, draft), *_own_uses(soft, draft)),
        sessions=tuple(_session(soft, session) for session in draft.sessions),
        stores=tuple(_store(soft, storage, paid) for storage in _usable(soft, draft.storages)),
        mode=_mode(soft, draft.mode),
        carbon=carbon,
        former=_former(soft, draft),
    )
    park = _without_vain_share(soft, park)
    caveats = (*draft.caveats, *soft.caveats)
    return Framed(draft.issue_time, draft.start, draft.step, park, caveats)


def _without_vain_share(soft: _Softener, park: ParkProblem) -> ParkProblem:
    """Leave out a share of load that nothing here can reach: the year is not over yet.

    As a violation it would stand in every price, and nobody could do anything about it.
    """
    if (share := park.mode.load_share) is None:
        return park
    for (hours, so_far), when in zip(park.mode.years(park.horizon), SPANS, strict=False):
        most, taken = _most_own_kwh(park, hours, so_far), _taken_kwh(park, hours, so_far)
        if most >= share * taken or taken <= 0.0:
            continue
        soft.caveats.append(
            f"own energy is at most {most / taken:.0%} of the load, {when};"
            f" at least {share:.0%} are asked for: this cannot steer"
        )
        return replace(park, mode=replace(park.mode, load_share=None))
    return park


SPANS = (
    "of the year so far and this horizon together",
    "of what this horizon holds of the next year",
)


def _most_own_kwh(park: ParkProblem, hours: Floats, so_far: Balance) -> float:
    array = park.horizon.array
    made = sum(float(array(one.available_kw) @ hours) for one in park.productions)
    return made + so_far.generated_kwh - so_far.fed_in_kwh


def _taken_kwh(park: ParkProblem, hours: Floats, so_far: Balance) -> float:
    """Return what loads take, and vehicles in the year that the horizon begins in."""
    taken = sum(float(park.horizon.array(one.power_kw) @ hours) for one in park.loads)
    if hours[0] > 0.0:
        taken += sum(one.wanted_kwh for one in park.sessions)
    return taken + so_far.used_kwh


def series(line: Floats) -> tuple[float, ...]:
    """Return an array as the problem's series."""
    return tuple(line.tolist())


def _grid(soft: _Softener, draft: Draft) -> Grid:
    most = ENERGY_PRICE_MAX
    return Grid(
        id=draft.grid_id,
        import_price=series(soft.line("import price", draft.import_price, -most, most)),
        export_price=series(soft.line("export price", draft.export_price, -most, most)),
        import_limit_kw=soft.within("import limit", draft.import_limit_kw, 0.0, ABSURD_KW, 0.0),
        export_limit_kw=soft.within("export limit", draft.export_limit_kw, 0.0, ABSURD_KW, 0.0),
        carbon_kg_per_kwh=_intensity(draft, soft.steps),
    )


def _intensity(draft: Draft, steps: int) -> tuple[float, ...] | None:
    """Return the intensity, 0 where it is unknown or absurd: there carbon does not steer (§4)."""
    line = np.full(steps, np.nan)
    given = np.asarray(draft.intensity_kg_per_kwh, dtype=np.float64).ravel()[:steps]
    line[: len(given)] = np.where((given >= 0) & (given <= 5), given, np.nan)
    return None if np.isnan(line).all() else series(np.nan_to_num(line))


def _paid(grid: Grid, carbon: CarbonRule) -> Floats:
    """Return what a kWh of import costs with its carbon."""
    kg = 0.0 if grid.carbon_kg_per_kwh is None else np.array(grid.carbon_kg_per_kwh)
    return np.asarray(np.array(grid.import_price) + kg * carbon.price_per_kg, np.float64)


def _loads(soft: _Softener, draft: Draft) -> list[Load]:
    return [
        Load(id=name, power_kw=series(soft.line(name, kw, -ABSURD_KW, ABSURD_KW)))
        for name, kw in draft.loads
    ]


def _sources(soft: _Softener, draft: Draft) -> list[Production]:
    """Return what produces and is not curtailed."""
    lines = ((name, soft.line(name, kw, -ABSURD_KW, ABSURD_KW)) for name, kw in draft.sources)
    return [
        Production(id=name, available_kw=series(np.maximum(kw, 0.0)), curtailable=False)
        for name, kw in lines
    ]


def _own_uses(soft: _Softener, draft: Draft) -> list[Load]:
    """Return what sources take while they do not produce."""
    quiet = _Softener(soft.steps)  # what is wrong with them is said once
    taken = ((name, -quiet.line(name, kw, -ABSURD_KW, 0.0)) for name, kw in draft.sources)
    return [
        Load(id=f"{name}.own_use", power_kw=series(kw)) for name, kw in taken if (kw > 0.0).any()
    ]


def _productions(soft: _Softener, draft: Draft) -> list[Production]:
    return [
        Production(
            id=name,
            available_kw=series(soft.line(f"{name} production", kw, 0.0, ABSURD_KW)),
            curtailment_price=TIE_PER_KWH,
        )
        for name, kw in draft.productions
    ]


def _usable(soft: _Softener, storages: tuple[DraftStorage, ...]) -> tuple[DraftStorage, ...]:
    """Leave out a storage whose numbers describe none; it is then not steered."""
    usable = []
    for storage in storages:
        if not storage.power_kw > 0 or not storage.highest_kwh > 0:
            soft.caveats.append(f"{storage.id}: no usable rating; it is planned at 0")
        else:
            usable.append(storage)
    return tuple(usable)


def _store(soft: _Softener, storage: DraftStorage, paid: Floats) -> Store:
    name = storage.id
    power = soft.within(f"{name} power", storage.power_kw, 0.0, ABSURD_KW, 0.0)
    highest = soft.within(f"{name} upper window", storage.highest_kwh, 0.0, ABSURD_KWH, 0.0)
    lowest = soft.within(f"{name} lower window", storage.lowest_kwh, 0.0, highest, 0.0)
    out = soft.within(
        f"{name} discharge efficiency", storage.discharge_efficiency, 0.3, 1.0, LOSSLESS
    )
    wear = soft.within(f"{name} wear", storage.wear_per_kwh, 0.0, ENERGY_PRICE_MAX, 0.0)
    return Store(
        id=name,
        charge_kw=power,
        discharge_kw=power,
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


def _session(soft: _Softener, session: DraftSession) -> Session:
    port = session.port_id
    return Session(
        id=port,
        power_kw=soft.within(f"{port} power", session.power_kw, 0.0, 1000.0, 0.0),
        wanted_kwh=soft.within(f"{port} wanted energy", session.wanted_kwh, 0.0, 1000.0, 0.0),
        leaves_h=soft.within(
            f"{port} stay", session.stays_h, SHORTEST_H, LONGEST_STAY_H, SHORTEST_H
        ),
    )


def _mode(soft: _Softener, mode: DraftMode) -> SupplyMode:
    def energy(name: str, kwh: float) -> float:
        return soft.within(f"{name} energy of the year", kwh, 0.0, ABSURD_KWH, 0.0)

    def share(name: str, value: float | None) -> float | None:
        return None if value is None else soft.within(name, value, 0.0, 1.0, 0.0)

    return SupplyMode(
        feed_in_share=share("feed-in share", mode.feed_in_share),
        self_use_share=share("self-use share", mode.self_use_share),
        load_share=share("load share", mode.load_share),
        no_feed_in=mode.no_feed_in,
        so_far=Balance(
            generated_kwh=energy("generated", mode.generated_kwh),
            fed_in_kwh=energy("fed-in", mode.fed_in_kwh),
            used_kwh=energy("used", mode.used_kwh),
        ),
        year_ends_h=_year_ends_h(soft, mode.year_ends_h),
    )


def _year_ends_h(soft: _Softener, ends_h: float | None) -> float | None:
    if ends_h is None:
        return None
    return soft.within("end of the year", ends_h, SHORTEST_H, LONGEST_YEAR_H, LONGEST_YEAR_H)


def _former(soft: _Softener, draft: Draft) -> Former | None:
    """Return the former powers of devices; nobody is held to what are no numbers."""
    if not draft.former_kw or not draft.move_cost_per_kw > 0:
        return None
    lines = {name: kw for name, kw in draft.former_kw.items() if np.isfinite(kw).all()}
    return Former(
        power_kw={
            name: series(soft.line(f"{name} before", kw, -ABSURD_KW, ABSURD_KW))
            for name, kw in lines.items()
        },
        move_cost_per_kw=draft.move_cost_per_kw,
    )
