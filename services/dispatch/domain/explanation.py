"""Why a device is told what it is told: inputs, binding limits, marginal prices, in words."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from services.dispatch.domain.framing import Knowledge
from services.dispatch.domain.plan import Plan
from services.dispatch.domain.planning import Planned
from services.dispatch.domain.plant import Plant, rating_of
from services.energy.site import Battery, Device, DeviceKind

NEAR_W = 1_000.0
NEAR_PCT = 0.2
MICROS = 1e6
WORTH_MICROS = 1


@dataclass(frozen=True, slots=True)
class Reasons:
    """What a plan rests on, kept beside it; lists are per slot, prices currency units per kWh.

    The marginal lists are empty for a plan that no solver priced (last plan, rules).
    """

    import_price: list[float]
    export_price: list[float]
    intensity_g_per_kwh: list[float | None]
    price_source: list[str]
    energy: list[float] = field(default_factory=list)
    import_room: list[float] = field(default_factory=list)
    export_room: list[float] = field(default_factory=list)
    stored: dict[str, list[float]] = field(default_factory=dict)
    feed_in: float = 0.0


@dataclass(frozen=True, slots=True)
class Input:
    """One number the decision rests on; value None: unknown."""

    name: str
    value: float | None
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class Binding:
    """A limit that binds, and what one more kWh of room would be worth."""

    en: str
    zh: str
    worth_micros_per_kwh: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """One decision of a plan."""

    slot: int
    power_w: float
    inputs: tuple[Input, ...]
    bindings: tuple[Binding, ...]
    marginal_micros_per_kwh: int | None
    text_en: str
    text_zh: str


def reasons_of(planned: Planned, known: Knowledge) -> Reasons:
    """Return what is kept beside a plan to explain it later."""
    problem, prices = planned.problem, planned.prices
    moments = [problem.start + k * problem.step for k in range(problem.slots)]
    sources = []
    for moment in moments:
        at, before = known.import_prices.at(moment), known.import_prices.same_hour_before(moment)
        sources.append(
            at.source if at else f"{before.source}, a former day" if before else "stand-in"
        )
    base = Reasons(
        problem.import_price.round(6).tolist(),
        problem.export_price.round(6).tolist(),
        [None if np.isnan(v) else round(v * 1e3, 3) for v in problem.intensity_kg_per_kwh],
        sources,
    )
    if prices is None:
        return base
    return Reasons(
        base.import_price,
        base.export_price,
        base.intensity_g_per_kwh,
        base.price_source,
        prices.energy.round(6).tolist(),
        prices.import_room.round(6).tolist(),
        prices.export_room.round(6).tolist(),
        {name: values.round(6).tolist() for name, values in prices.stored.items()},
        round(prices.feed_in, 6),
    )


def explained(
    plant: Plant, plan: Plan, reasons: Reasons, device: Device, moment: datetime
) -> Explanation:
    """Return why `plan` has `device` do what it does in the slot of `moment`."""
    slot = plan.slot_at(moment)
    if slot is None or moment < plan.start:
        raise ValueError(f"{moment} is not inside {plan.start}..{plan.end}; ask for a time in it")
    course = plan.courses.get(device.id)
    power_w = float(course.power_w[slot]) if course else 0.0
    bindings = tuple(b for b in _bindings(plant, plan, reasons, device, slot, power_w))
    marginal = micros(reasons.energy[slot]) if reasons.energy else None
    en, zh = _words(plant, plan, reasons, device, slot, power_w, bindings)
    inputs = tuple(_inputs(plan, reasons, device, slot))
    return Explanation(slot, power_w, inputs, bindings, marginal, en, zh)


def micros(price: float) -> int:
    """Return a price per kWh in millionths."""
    return round(price * MICROS)


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


def _bindings(
    plant: Plant, plan: Plan, reasons: Reasons, device: Device, slot: int, power_w: float
) -> Iterator[Binding]:
    grid_w = float(plan.grid_w[slot])
    if grid_w >= plant.import_limit_w - NEAR_W:
        yield Binding(
            "import limit of the connection", "并网点受入功率上限", _at(reasons.import_room, slot)
        )
    if grid_w <= -plant.export_limit_w + NEAR_W:
        yield Binding(
            "export limit of the connection", "并网点上网功率上限", _at(reasons.export_room, slot)
        )
    if micros(reasons.feed_in) > WORTH_MICROS:
        yield Binding(
            "feed-in share of the supply mode", "绿电直连上网电量比例上限", micros(reasons.feed_in)
        )
    if device.battery is not None:
        yield from _battery_bindings(plan, reasons, device, device.battery, slot, power_w)
    elif device.kind is DeviceKind.CHARGER and power_w >= rating_of(device) - NEAR_W:
        yield Binding("power of the charging port", "充电桩额定功率", 0)


def _battery_bindings(
    plan: Plan, reasons: Reasons, device: Device, battery: Battery, slot: int, power_w: float
) -> Iterator[Binding]:
    course, name = plan.courses.get(device.id), device.id
    if course is None:
        return
    level, worth = float(course.stored_pct[slot]), reasons.stored.get(name, [])
    later = worth[min(slot + 1, len(worth) - 1)] - worth[slot] if worth else 0.0
    if level <= battery.state_of_charge_min_pct + NEAR_PCT:
        yield Binding(
            f"{name} state of charge at its lower limit",
            "储能荷电状态达到下限",
            micros(max(0.0, -later)),
        )
    if level >= battery.state_of_charge_max_pct - NEAR_PCT:
        yield Binding(
            f"{name} state of charge at its upper limit",
            "储能荷电状态达到上限",
            micros(max(0.0, later)),
        )
    if abs(power_w) >= battery.power_w - NEAR_W:
        yield Binding(
            f"{name} power", "储能额定功率", _power_worth(reasons, battery, name, slot, power_w)
        )


def _power_worth(reasons: Reasons, battery: Battery, name: str, slot: int, power_w: float) -> int:
    if not reasons.energy or name not in reasons.stored:
        return 0
    price, stored = reasons.energy[slot], reasons.stored[name][slot]
    if power_w > 0:
        return micros(max(0.0, stored * battery.charge_efficiency - price))
    wear = battery.wear_cost_micros_per_kwh / MICROS
    return micros(max(0.0, price - wear - stored / battery.discharge_efficiency))


def _at(values: list[float], slot: int) -> int:
    return micros(values[slot]) if values else 0


def _words(
    plant: Plant,
    plan: Plan,
    reasons: Reasons,
    device: Device,
    slot: int,
    power_w: float,
    bindings: tuple[Binding, ...],
) -> tuple[str, str]:
    at = (plan.start + slot * plan.step).astimezone(plant.park.time_zone)
    kw, price = abs(power_w) / 1e3, reasons.import_price[slot]
    does_en, does_zh = _verbs(plan, device, slot, power_w)
    en = f"At {at:%H:%M} {device.name.en} {does_en.format(kw=kw)}."
    zh = f"{at:%H:%M} {device.name.zh}{does_zh.format(kw=kw)}。"
    en += f" Grid energy costs {price:.3f} {plan.currency}/kWh then"
    zh += f"此时购电价为 {price:.3f} {plan.currency}/kWh"
    if reasons.energy:
        en += f" and one more kWh used in the park costs {reasons.energy[slot]:.3f}"
        zh += f"，园区多用一度电的边际成本为 {reasons.energy[slot]:.3f}"
    if device.battery is not None and device.id in reasons.stored:
        worth = reasons.stored[device.id][slot]
        en += f"; a stored kWh is worth {worth:.3f} later"
        zh += f"；储存一度电的未来价值为 {worth:.3f}"
    if bindings:
        en += "; binding: " + ", ".join(b.en for b in bindings)
        zh += "；起作用的约束：" + "、".join(b.zh for b in bindings)
    return en + ".", zh + "。"


def _verbs(plan: Plan, device: Device, slot: int, power_w: float) -> tuple[str, str]:
    if device.battery is not None:
        if power_w > NEAR_W:
            return "charges with {kw:.0f} kW", "以 {kw:.0f} kW 充电"
        if power_w < -NEAR_W:
            return "discharges {kw:.0f} kW", "以 {kw:.0f} kW 放电"
        return "rests", "静置"
    if device.kind is DeviceKind.CHARGER:
        return "gives a vehicle {kw:.1f} kW", "向车辆提供 {kw:.1f} kW"
    course = plan.courses.get(device.id)
    if course is not None and len(course.curtailed_w) and course.curtailed_w[slot] > NEAR_W:
        cut = f"{course.curtailed_w[slot] / 1e3:.0f}"
        return f"produces {{kw:.0f}} kW, {cut} kW less than it could", (
            f"发电 {{kw:.0f}} kW，弃电 {cut} kW"
        )
    return "produces all it can, {kw:.0f} kW", "全额发电 {kw:.0f} kW"
