"""One quarter of an hour: from border registers to entries of every ledger."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.attribution import Flows, attributed
from services.carbon_accounting.domain.entries import Entry, EntryKey, Quality
from services.carbon_accounting.domain.factors import FactorSet
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.meters import Meters
from services.carbon_accounting.domain.registers import Border
from services.energy.time_grid import QUARTER

GRID_IMPORT = "grid-import"
NATURAL_GAS = "natural-gas"
PV_SELF_USE = "pv-self-use"
WIND_SELF_USE = "wind-self-use"
UNACCOUNTED_LOAD = "unaccounted-load"
UNACCOUNTED_SUPPLY = "unaccounted-supply"
QUANTITIES = (GRID_IMPORT, NATURAL_GAS, PV_SELF_USE, WIND_SELF_USE, UNACCOUNTED_LOAD)
SHOWN = 3

Borders = Mapping[tuple[str, datetime], Border]


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything besides readings that decides what is booked."""

    meters: Meters
    factors: FactorSet
    ledger_from: datetime
    late_after: timedelta
    oldest: timedelta
    time_zone: ZoneInfo

    @property
    def fingerprint(self) -> str:
        """A short digest; quarters booked under another one are booked again."""
        factors = sorted(
            f"{factor.id} v{factor.version} {factor.mg_per_wh} {factor.trust} "
            f"{quantity} {factor.unverified_because}"
            for (_, quantity), factor in self.factors.by_quantity.items()
        )
        text = "\n".join([str(self.meters), *factors, str(self.late_after), str(self.time_zone)])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def is_late(self, start: datetime, watermark: datetime) -> bool:
        """Whether the quarter may be estimated: the newest event time is that far ahead."""
        return watermark >= start + QUARTER + self.late_after


@dataclass(frozen=True, slots=True)
class Booked:
    """A quarter in the books."""

    start: datetime
    flows: Flows
    entries: tuple[Entry, ...]
    quality: Quality


@dataclass(frozen=True, slots=True)
class Waiting:
    """A quarter that cannot be booked (yet): `waits_for` names registers and moments."""

    start: datetime
    waits_for: str


Outcome = Booked | Waiting


@dataclass(frozen=True, slots=True)
class _Line:
    activity: str
    quantity: str
    scope: int
    energy_wh: int
    points: tuple[str, ...]


def book(start: datetime, borders: Borders, rules: Rules) -> Outcome:
    """Return the entries of the quarter that begins at `start`, or what is missing.

    `borders` holds what may be used: interpolated registers only once the quarter is late.
    """
    end = start + QUARTER
    missing = [
        (point, moment)
        for point in rules.meters.all
        for moment in (start, end)
        if (point, moment) not in borders
    ]
    if missing:
        return Waiting(start, _waits_for(missing))
    backwards = [
        point for point in rules.meters.all if borders[point, end].wh < borders[point, start].wh
    ]
    if backwards:
        return Waiting(start, f"a correction of {_few(backwards)}, which counts backwards")
    flows = _flows(start, borders, rules.meters)
    lines = _lines(flows, rules.meters)
    entries = tuple(
        _entry(line, ledger, start, borders, rules) for ledger in Ledger for line in lines
    )
    quality = _quality(rules.meters.all, start, borders)
    return Booked(start, flows, entries, quality)


def _flows(start: datetime, borders: Borders, meters: Meters) -> Flows:
    def counted(points: Sequence[str]) -> int:
        end = start + QUARTER
        return sum(borders[point, end].wh - borders[point, start].wh for point in points)

    return Flows(
        grid_import_wh=counted(meters.grid_import),
        grid_export_wh=counted(meters.grid_export),
        pv_wh=counted(meters.pv),
        wind_wh=counted(meters.wind),
        charge_wh=counted(meters.charge),
        discharge_wh=counted(meters.discharge),
        loads_wh=counted(meters.loads),
        chargers_wh=counted(meters.chargers),
        gas_wh=tuple(counted([point]) for point in meters.gas),
        register_count=len(meters.electricity),
    )


def _lines(flows: Flows, meters: Meters) -> list[_Line]:
    """Return the lines of a quarter, always the same set; a line may be 0 Wh."""
    shares = attributed(flows)
    green = (*meters.pv, *meters.wind, *meters.grid_export)
    surplus = meters.electricity if shares.unaccounted_load_wh else ()
    deficit = meters.electricity if shares.unaccounted_supply_wh else ()
    return [
        _Line(GRID_IMPORT, GRID_IMPORT, 2, shares.grid_import_wh, meters.grid_import),
        _Line(PV_SELF_USE, PV_SELF_USE, 2, shares.pv_self_use_wh, green),
        _Line(WIND_SELF_USE, WIND_SELF_USE, 2, shares.wind_self_use_wh, green),
        _Line(UNACCOUNTED_LOAD, UNACCOUNTED_LOAD, 2, shares.unaccounted_load_wh, surplus),
        _Line(UNACCOUNTED_SUPPLY, GRID_IMPORT, 2, shares.unaccounted_supply_wh, deficit),
        *(
            _Line(f"gas:{point.split('.')[0]}", NATURAL_GAS, 1, energy_wh, (point,))
            for point, energy_wh in zip(meters.gas, flows.gas_wh, strict=True)
        ),
    ]


def _entry(line: _Line, ledger: Ledger, start: datetime, borders: Borders, rules: Rules) -> Entry:
    factor = rules.factors.of(ledger, line.quantity)
    end = start + QUARTER
    return Entry(
        key=EntryKey(start, ledger, line.activity),
        scope=line.scope,
        energy_wh=line.energy_wh,
        factor=factor,
        unverified=factor.is_unverified_in(start.astimezone(rules.time_zone).year),
        quality=_quality(line.points, start, borders),
        sources=tuple(
            f"{point}@{borders[point, start]}..{borders[point, end]}" for point in line.points
        ),
    )


def _quality(points: Sequence[str], start: datetime, borders: Borders) -> Quality:
    estimated = any(
        borders[point, moment].interpolated
        for point in points
        for moment in (start, start + QUARTER)
    )
    return Quality.ESTIMATED if estimated else Quality.MEASURED


def _waits_for(missing: Sequence[tuple[str, datetime]]) -> str:
    return _few([f"{point} at {moment:%Y-%m-%dT%H:%MZ}" for point, moment in missing])


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
