"""Why a device is told what it is told: inputs with their sources, and what binds at the margin."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.dispatch.domain.explaining.because import Because, Explained, Kind
from services.dispatch.domain.explaining.explained import explained as told
from services.dispatch.domain.framed import Framed
from services.dispatch.domain.framing import Knowledge, foreseen_intensity, foreseen_price
from services.dispatch.domain.model.planning import Planned
from services.dispatch.domain.park.demand import Load
from services.dispatch.domain.park.network import Carrier, Grid, Production
from services.dispatch.domain.park.problem import GROUPS
from services.dispatch.domain.plan import Plan
from services.energy.site import Device

MICROS = 1e6


@dataclass(frozen=True, slots=True)
class Reasons:
    """What a plan's prices are and where they came from; lists are per step, a kWh each."""

    import_price: list[float]
    export_price: list[float]
    intensity_g_per_kwh: list[float | None]
    price_source: list[str]


@dataclass(frozen=True, slots=True)
class Input:
    """One number the decision rests on; value None: unknown."""

    name: str
    value: float | None
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One decision of a plan; `because` holds prices, then limits, then other moves (§12)."""

    slot: int
    power_w: float
    inputs: tuple[Input, ...]
    because: tuple[Because, ...]
    marginal_micros_per_kwh: int | None
    text_en: str
    text_zh: str

    @property
    def limits(self) -> Iterator[Because]:
        """The limits that bind, the dearest first."""
        return (one for one in self.because if one.kind is Kind.LIMIT)


def reasons_of(framed: Framed, known: Knowledge) -> Reasons:
    """Return what is kept beside a plan to explain its inputs later."""
    (grid,), array = framed.park.grids, framed.park.horizon.array
    intensities = [foreseen_intensity(known, moment) for moment in framed.moments]
    prices = [foreseen_price(known, moment) for moment in framed.moments]
    return Reasons(
        array(grid.import_price).round(6).tolist(),
        array(grid.export_price).round(6).tolist(),
        [None if one is None else round(one.value, 3) for one in intensities],
        ["stand-in" if one is None else one.source for one in prices],
    )


def explained(
    plan: Plan, reasons: Reasons, planned: Planned | None, device: Device, moment: datetime
) -> Explanation:
    """Return why `plan` has `device` do what it does in the step of `moment`."""
    slot = plan.slot_at(moment)
    if slot is None or moment < plan.start:
        raise ValueError(f"{moment} is not inside {plan.start}..{plan.end}; ask for a time in it")
    known = None if planned is None else _told(planned, device, slot)
    prices = plan.prices.get(Carrier.ELECTRICITY)
    price = math.nan if prices is None else float(prices[slot])
    en, zh = _words(plan, reasons, device, slot, known)
    return Explanation(
        slot,
        _power_w(plan, planned, device, slot),
        tuple(_inputs(plan, reasons, device, slot)),
        known.because if known else (),
        None if math.isnan(price) else micros(price),
        en,
        zh,
    )


def micros(price: float) -> int:
    """Return a price in millionths."""
    return round(price * MICROS)


def _told(planned: Planned, device: Device, slot: int) -> Explained | None:
    """Return the explanation of the plan's margins; None for a device that is not planned."""
    if device.id not in planned.schedule.devices:
        return None
    return next(told(planned, device.id, range(slot, slot + 1)))


def _power_w(plan: Plan, planned: Planned | None, device: Device, slot: int) -> float:
    """Return what the device does by the plan, W into it; 0 for one that is not planned."""
    if (course := plan.courses.get(device.id)) is not None:
        return float(course.power_w[slot])
    if planned is None or device.id not in planned.schedule.devices:
        return 0.0
    courses = {name: float(kw[slot]) for name, kw in planned.schedule.devices[device.id].items()}
    parts = {part.id: part for group in GROUPS for part in getattr(planned.problem, group)}
    match parts[device.id]:
        case Grid():
            return (courses["import_kw"] - courses["export_kw"]) * 1e3
        case Production():
            return -courses["power_kw"] * 1e3
        case Load():
            return courses["power_kw"] * 1e3
        case _:
            return 0.0


def _inputs(plan: Plan, reasons: Reasons, device: Device, slot: int) -> Iterator[Input]:
    issue = plan.forecast_issue_time
    forecast = f"forecast {issue:%H:%M} p50" if issue else "persistence of the last reading"
    price = f"{plan.currency}/kWh"
    yield Input("net_load", float(plan.base_w[slot]), "W", forecast)
    yield Input("import_price", reasons.import_price[slot], price, reasons.price_source[slot])
    yield Input("export_price", reasons.export_price[slot], price, "curve or park file")
    yield Input("carbon_intensity", reasons.intensity_g_per_kwh[slot], "g/kWh", "market.intensity")
    course = plan.courses.get(device.id)
    if course is not None and len(course.stored_pct):
        level = float(course.stored_pct[slot])
        yield Input("state_of_charge_at_end", level, "%", "plan")
    if course is not None and len(course.curtailed_w):
        available = float(course.curtailed_w[slot] - course.power_w[slot])
        yield Input("available_power", available, "W", forecast)
    yield Input("grid_power", float(plan.grid_w[slot]), "W", "plan")


def _words(
    plan: Plan, reasons: Reasons, device: Device, slot: int, known: Explained | None
) -> tuple[str, str]:
    """Return the sentences: what it does and why, and what grid energy costs then."""
    en = known.en if known else "not in this plan; its caveats may say why."
    zh = known.zh if known else "不在该计划中，原因见计划说明。"
    price = f"{reasons.import_price[slot]:.3f} {plan.currency}/kWh"
    return (
        f"{device.name.en}: {en} Grid energy costs {price} then.",
        f"{device.name.zh}：{zh}此时购电价为 {price}。",
    )
