"""A framed problem that keeps ready for what the forecast's medians do not tell (§10, §14)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from services.dispatch.domain.expected import Forecast, ResidualPaths
from services.dispatch.domain.framed import Framed
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.plan import MICROS, Plan
from services.dispatch.domain.plant import Plant
from services.dispatch.domain.uncertainty.hedging import hedged
from services.energy.quantities import Quantity

NO_PATHS = "no joint paths of this forecast: nothing is held for what is not foreseen"


@dataclass(frozen=True, slots=True, eq=False)
class Risk:
    """What import above the limit costs, and what is known of it beside the forecast's paths.

    `cap_kw` is what the control cycle keeps import below: it spends what is held above that.
    `batches_kw` (steps,) is what required batches draw by the plan before. `bounded` says for which
    points, and where (steps,), requirements set what is planned for: no forecast is off there.
    """

    price_per_kwh: float
    cap_kw: float
    batches_kw: Floats
    bounded: Mapping[str, Floats]


def risk_of(plant: Plant, free: Framed, framed: Framed, former: Plan | None) -> Risk | None:
    """Return the risk of a problem, `free` before requirements; None where there is none to weigh.

    That is where the park file names no price, or nothing can hold energy.
    """
    price = plant.park.dispatch.import_risk_micros_per_kwh / MICROS
    if price <= 0.0 or not framed.park.stores:
        return None
    changed = _bounded(free, framed)
    bounded = {
        device.point_id(Quantity.ACTIVE_POWER): changed[device.id]
        for device in plant.park.devices
        if device.id in changed
    }
    return Risk(price, plant.import_cap_w / 1e3, _batches_kw(framed, former), bounded)


def ready(framed: Framed, forecast: Forecast, paths: ResidualPaths | None, risk: Risk) -> Framed:
    """Return the problem with hedges of its batteries against import above the limit."""
    if paths is None or forecast.residual is None or paths.issue_time != forecast.issue_time:
        return replace(framed, caveats=(*framed.caveats, NO_PATHS))
    off_w = paths.off_w(paths.power_w, forecast.residual, framed.moments)
    for point, steps in risk.bounded.items():
        if point in paths.parts_w and point in forecast.series:
            own_w = paths.off_w(paths.parts_w[point], forecast.series[point], framed.moments)
            off_w = off_w - own_w * steps
    taken_kw = _unsteered_kw(framed) + risk.batches_kw + off_w / 1e3
    limit_kw = framed.park.horizon.array(framed.park.grids[0].import_limit_kw)
    held_kw = np.minimum(limit_kw, risk.cap_kw)
    return replace(framed, park=hedged(framed.park, taken_kw, held_kw, risk.price_per_kwh))


def _bounded(free: Framed, framed: Framed) -> dict[str, Floats]:
    """Return where requirements changed loads and productions, by device, (steps,) 0 or 1."""
    before, after = _powers_kw(free), _powers_kw(framed)
    changed = {name: (kw != after[name]) * 1.0 for name, kw in before.items() if name in after}
    return {name: steps for name, steps in changed.items() if steps.any()}


def _powers_kw(framed: Framed) -> dict[str, Floats]:
    park, array = framed.park, framed.park.horizon.array
    return {one.id: array(one.power_kw) for one in park.loads} | {
        one.id: array(one.available_kw) for one in park.productions
    }


def _batches_kw(framed: Framed, former: Plan | None) -> Floats:
    total_kw = np.zeros(framed.steps)
    for one in framed.park.processes:
        power_w = former.at(one.id, framed.moments) if former else None
        if power_w is not None:
            total_kw += np.nan_to_num(power_w) / 1e3
    return total_kw


def _unsteered_kw(framed: Framed) -> Floats:
    """Return what is planned to be taken without steering, (steps,) kW."""
    unsteered_kw = framed.base_kw
    for one in framed.park.productions:
        if one.curtailable:
            unsteered_kw = unsteered_kw - framed.park.horizon.array(one.available_kw)
    return unsteered_kw
