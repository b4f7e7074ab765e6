"""What is known of each quarter as a whole: its balance, what it waits for, what is set aside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.readings import Mask
from services.carbon_accounting.domain.inventory.site import Activity, Role, Site
from services.carbon_accounting.domain.live.reasons import few
from services.carbon_accounting.domain.live.word_table import WordTable
from services.carbon_accounting.domain.tracing.origins import OWN_GREEN
from services.carbon_accounting.domain.words import QUARTER_US
from services.energy.quantities import ENERGY_UNIT, register_unit

FLOWS = (
    "grid_import_wh",
    "grid_export_wh",
    "pv_wh",
    "wind_wh",
    "other_green_wh",
    "own_fuelled_wh",
    "charge_wh",
    "discharge_wh",
    "loads_wh",
)
CAME_IN = ("grid_import_wh", "pv_wh", "wind_wh", "other_green_wh", "own_fuelled_wh", "discharge_wh")
WENT_OUT = ("loads_wh", "charge_wh", "grid_export_wh")
GAS = "natural-gas"
NOTHING: Mapping[int, str] = {}
LARGE_GAP_PARTS = 100
BY_ROLE = {
    Role.GRID_IMPORT: "grid_import_wh",
    Role.EXPORT: "grid_export_wh",
    Role.CHARGE: "charge_wh",
    Role.DISCHARGE: "discharge_wh",
    Role.CONSUMPTION: "loads_wh",
}


@dataclass(frozen=True, slots=True)
class QuarterFacts:
    """One quarter: `flows` None unless all electricity is known; `gas_wh` is what is known of it.

    A positive gap came in without a metered consumer.
    """

    start_us: int
    waits_for: str
    set_aside: str
    is_measured: bool
    flows: tuple[int, ...] | None
    gas_wh: int
    gap_wh: int | None
    gap_is_large: bool | None
    claimed_beyond: str = ""


def facts_of(
    site: Site, table: WordTable, first: int = 0, beyond: Mapping[int, str] = NOTHING
) -> list[QuarterFacts]:
    """Return the facts of each quarter of a table from the place `first` on.

    `beyond`: by place, what certificates cover beyond what was used.
    """
    flows = _flows(site, table)
    came_in, gap = _sum(flows, CAME_IN), _sum(flows, CAME_IN) - _sum(flows, WENT_OUT)
    beyond_rounding = np.abs(gap) > len(site.meters)
    large = (beyond_rounding & (np.abs(gap) * LARGE_GAP_PARTS > came_in)).tolist()
    whole, metered = _known(table, table.points), _known(table, [m.id for m in site.meters])
    measured, gas = _throughout(table.measured), _gas(site, table).tolist()
    by_quarter = list(zip(*(flows[name].tolist() for name in FLOWS), strict=True))
    aside = np.logical_or.reduce(table.columns["suspense_wh"] > 0, axis=0).tolist()
    return [
        QuarterFacts(
            start_us=int(table.starts_us[at]),
            waits_for="" if whole[at] else _waits_for(table, at),
            set_aside=_set_aside(table, at) if aside[at] else "",
            is_measured=measured[at],
            flows=by_quarter[at] if metered[at] else None,
            gas_wh=gas[at],
            gap_wh=int(gap[at]) if metered[at] else None,
            gap_is_large=large[at] if metered[at] else None,
            claimed_beyond=beyond.get(at, ""),
        )
        for at in range(first, len(table.starts_us))
    ]


def _flows(site: Site, table: WordTable) -> dict[str, Whole]:
    rows = {point: row for row, point in enumerate(table.points)}
    found = {name: np.zeros(len(table.starts_us), np.int64) for name in FLOWS}
    energy = np.where(table.known, table.energy_wh, 0)
    for meter in site.meters:
        if meter.role is not Role.FLOW:
            found[_name(meter.role, meter.kind)] += energy[rows[meter.id]]
    return found


def _name(role: Role, kind: str | None) -> str:
    if role in BY_ROLE:
        return BY_ROLE[role]
    if kind in OWN_GREEN:
        return f"{kind}_wh" if kind in ("pv", "wind") else "other_green_wh"
    return "grid_import_wh" if role is Role.DIRECT_LINE else "own_fuelled_wh"


def _known(table: WordTable, meters: Iterable[str]) -> list[bool]:
    rows = {point: row for row, point in enumerate(table.points)}
    return _throughout(table.known[[rows[meter] for meter in meters]])


def _throughout(mask: Mask) -> list[bool]:
    found: list[bool] = np.logical_and.reduce(mask, axis=0).tolist()
    return found


def _gas(site: Site, table: WordTable) -> Whole:
    rows = {point: row for row, point in enumerate(table.points)}
    burnt = [
        rows[one.id]
        for one in site.streams
        if one.id in rows
        and one.substance == GAS
        and one.activity is Activity.COMBUSTION
        and register_unit(one.id) == ENERGY_UNIT
    ]
    gas: Whole = np.where(table.known, table.energy_wh, 0)[burnt].sum(axis=0)
    return gas


def _sum(flows: Mapping[str, Whole], names: Sequence[str]) -> Whole:
    total: Whole = np.sum([flows[name] for name in names], axis=0)
    return total


def _set_aside(table: WordTable, at: int) -> str:
    wh = table.columns["suspense_wh"][:, at].tolist()
    told = zip(table.points, wh, strict=True)
    return few([f"{w} {register_unit(point)} of {point}" for point, w in told if w])


def _waits_for(table: WordTable, at: int) -> str:
    """Name the registers, those with energy set aside first: somebody must decide about them."""
    aside = table.columns["suspense_wh"][:, at].tolist()
    known_us = table.columns["known_us"][:, at].tolist()
    missing = np.flatnonzero(~table.known[:, at]).tolist()
    ordered = [row for row in missing if aside[row]] + [row for row in missing if not aside[row]]
    return few([_what_is_known(table.points[row], aside[row], known_us[row]) for row in ordered])


def _what_is_known(point: str, suspense_wh: int, known_us: int) -> str:
    if suspense_wh:
        return f"{point} ({suspense_wh} {register_unit(point)} set aside)"
    if known_us:
        return f"{point} (known for {known_us // 1_000_000} of {QUARTER_US // 1_000_000} s)"
    return point
